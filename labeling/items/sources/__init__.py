"""Folders, zips and manifests as one stream of files to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from django.core.files.storage import default_storage

from labeling.errors import BadInput
from labeling.items import pieces
from labeling.items.sources.archive import open_archive
from labeling.items.sources.entries import Entry, Source, Unread
from labeling.items.sources.folder import open_folder, open_listed

__all__ = ["Entry", "Source", "Unread", "open_path", "open_pieces", "open_stored"]

BUFFER = 64 * 1024  # bytes: small files of a zip are read some at a time


@contextmanager
def open_stored(key: str) -> Iterator[Source]:
    """A zip that lies in storage."""
    if not default_storage.exists(key):
        raise BadInput("What was uploaded is gone.", field="upload")
    with default_storage.open(key, "rb") as file, open_archive(file) as source:
        yield source


@contextmanager
def open_pieces(upload_id: int, size: int) -> Iterator[Source]:
    """A zip that lies in storage in pieces."""
    if not all(default_storage.exists(key) for key in pieces.keys(upload_id, size)):
        raise BadInput("What was uploaded is gone.", field="upload")
    with BufferedReader(pieces.Joined(upload_id, size), BUFFER) as file, open_archive(file) as source:
        yield source


@contextmanager
def open_path(path: Path) -> Iterator[Source]:
    """A folder, a zip, a manifest or one file on this machine."""
    if path.is_dir():
        yield open_folder(path)
    elif path.suffix.lower() == ".zip" and path.is_file():
        with path.open("rb") as file, open_archive(file) as source:
            yield source
    elif path.suffix.lower() in (".csv", ".jsonl", ".ndjson"):
        yield open_listed(path)
    elif path.is_file():
        yield open_folder(path.parent, only=path.name)
    else:
        raise BadInput(f"There is no file or folder {path}.", field="path")
