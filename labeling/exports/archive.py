"""A zip with a folder for each class, made while it is sent."""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import IO

from django.core.files.storage import default_storage

from labeling.items.storage import blob_key

CHUNK_BYTES = 256 * 1024
# Letters that some file systems refuse in names, and those that would leave the folder.
REFUSED = '<>:"/\\|?*\0'


class Outgoing:
    """A file that cannot be sought: what zipfile writes is handed on and forgotten."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        data = b"".join(self.parts)
        self.parts.clear()
        return data


def tidy(name: str) -> str:
    """A class or file name as one harmless part of a path."""
    plain = "".join("_" if letter in REFUSED or not letter.isprintable() else letter for letter in name)
    return plain.strip(" .") or "_"


def place(label: str, item: int, name: str) -> str:
    """Where an item's file lies in the zip; the item's number keeps equal names apart."""
    return f"{tidy(label)}/{item}-{tidy(PurePosixPath(name).name)}"


def zip_by_class(files: Iterable[tuple[str, int, str, str]]) -> Iterator[bytes]:
    """The zip's bytes, stored and not compressed; memory grows by the zip's own table alone (under 1 kB a file)."""
    out = Outgoing()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for label, item, name, sha256 in files:
            try:
                source = default_storage.open(blob_key(sha256), "rb")
            except FileNotFoundError:
                continue  # erased since the zip was begun
            with source:
                yield from _member(archive, out, place(label, item, name), source)
    yield out.take()


def _member(archive: zipfile.ZipFile, out: Outgoing, path: str, source: IO[bytes]) -> Iterator[bytes]:
    with archive.open(path, "w", force_zip64=True) as member:
        while chunk := source.read(CHUNK_BYTES):
            member.write(chunk)
            yield out.take()
