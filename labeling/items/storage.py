"""Where files lie: keys, and writes that are whole or not at all."""

import os
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage

from labeling.errors import NO_SPACE, disk_full

ARCHIVE = "archive.zip"


class WholeFiles(FileSystemStorage):
    """Files below MEDIA_ROOT, each written beside its place and renamed into it; writing it again replaces it."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Keys are chosen by content or by row, so the name asked for is the right one."""
        return name

    def _save(self, name: str, content: "File[bytes]") -> str:
        place = Path(self.path(name))
        try:
            handle, part = tempfile.mkstemp(dir=place.parent, prefix=".part-")
        except FileNotFoundError:
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=place.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as out:
                for chunk in content.chunks():
                    out.write(chunk)
            os.chmod(part, self.file_permissions_mode or 0o644)
            os.replace(part, place)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        return name


def blob_key(sha256: str) -> str:
    """The original's key. One level of 256 folders: on ext4 a new folder costs more than a small file."""
    return f"blobs/{sha256[:2]}/{sha256}"


def blob_path(sha256: str) -> Path | None:
    """Where a file's bytes lie on disk; None where the storage keeps them elsewhere, in a bucket."""
    try:
        return Path(default_storage.path(blob_key(sha256)))
    except NotImplementedError:  # Django's own word for "not on a disk"
        return None


def derived_key(sha256: str, kind: str) -> str:
    """A derivative's key; `kind` is its ending: webp (thumbnail), view.webp, peaks.json."""
    return f"derived/{sha256[:2]}/{sha256}.{kind}"


def incoming_key(upload_id: int, name: str) -> str:
    """The key of what an upload still needs: its zip or its manifest."""
    return f"incoming/{upload_id}/{name}"


def put(key: str, data: bytes) -> None:
    """Store bytes under a key that follows from their content; what is there already stays."""
    if not default_storage.exists(key):
        save(key, ContentFile(data))


def save(key: str, content: "File[bytes]") -> None:
    """Stream a file into storage; raises Unavailable on a full disk, with nothing left half-written."""
    try:
        default_storage.save(key, content)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise disk_full() from error
        raise


def read(key: str) -> bytes:
    """All bytes under a key; FileNotFoundError where there are none."""
    with default_storage.open(key, "rb") as opened:
        data: bytes = opened.read()
    return data


def remove(*keys: str) -> None:
    """Delete files; those already gone are no matter."""
    for key in keys:
        default_storage.delete(key)
