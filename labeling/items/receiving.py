"""What a request brings: files by path, a manifest, a zip."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from labeling.errors import BadInput
from labeling.items.examine import MAX_FILE_BYTES
from labeling.items.manifest import NOTHING_SAID, ManifestRow, is_manifest
from labeling.items.names import is_hidden, spellings

MANY = 2000  # files in one request


def files_in(data: Any) -> list[tuple[str, "UploadedFile[Any]"]]:
    """(path, file) pairs of a multipart body; `paths` gives each file's place where names alone do not tell."""
    if not isinstance(data, QueryDict):
        return []
    files = [file for file in data.getlist("files") if isinstance(file, UploadedFile)]
    paths = data.getlist("paths") or [file.name or "" for file in files]
    if len(paths) != len(files):
        raise BadInput("one path for each file", field="paths")
    if len(files) > MANY:
        raise BadInput(f"at most {MANY:,} files in one request", field="files")
    return [(str(path).strip("/"), file) for path, file in zip(paths, files, strict=True)]


def split_manifest(
    files: list[tuple[str, "UploadedFile[Any]"]],
) -> tuple[tuple[str, "UploadedFile[Any]"] | None, list[tuple[str, "UploadedFile[Any]"]]]:
    """The manifest among the files, and the others."""
    manifest = next((pair for pair in files if is_manifest(pair[0])), None)
    return manifest, [pair for pair in files if not is_manifest(pair[0])]


def visible(files: list[tuple[str, "UploadedFile[Any]"]]) -> list[tuple[str, "UploadedFile[Any]"]]:
    """Without hidden and system files."""
    return [(path, file) for path, file in files if not is_hidden(path)]


def with_rows(
    files: list[tuple[str, "UploadedFile[Any]"]], rows: Mapping[str, ManifestRow]
) -> Iterator[tuple[str, bytes, ManifestRow]]:
    """Path, bytes and manifest row, one file read at a time; a byte above the limit is enough to refuse it."""
    for path, file in files:
        row = next((rows[name] for name in spellings(path) if name in rows), NOTHING_SAID)
        yield path, file.read(MAX_FILE_BYTES + 1), row
