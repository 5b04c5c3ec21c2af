"""File names as rows and pages can hold them."""

import hashlib
from pathlib import PurePosixPath

PATH_LENGTH = 500
NAME_LENGTH = 300
_SYSTEM = frozenset({"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin"})


def plain(text: str) -> str:
    """Text that the database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def row_path(path: str) -> str:
    """A path as outcomes are kept by; overlong ones are cut and told apart by their hash."""
    path = plain(path)
    if len(path) <= PATH_LENGTH:
        return path
    return f"{path[: PATH_LENGTH - 20]}… {hashlib.sha256(path.encode()).hexdigest()[:16]}"


def item_name(path: str) -> str:
    """The end of the path, which tells most."""
    return plain(path)[-NAME_LENGTH:]


def is_hidden(path: str) -> bool:
    """Whether the file belongs to an operating system rather than to the person."""
    return any((part.startswith(".") and part not in (".", "..")) or part.lower() in _SYSTEM for part in parts(path))


def spellings(path: str) -> tuple[str, str]:
    """A path as it was sent, and as the manifest inside a dropped folder writes it: without that folder's name."""
    return path, path.partition("/")[2]


def climbs_out(path: str) -> bool:
    """Whether the path leads out of the folder or archive that it stands in."""
    return path.startswith(("/", "\\")) or ".." in parts(path) or ":" in parts(path)[0]


def parts(path: str) -> tuple[str, ...]:
    """Folder names and file name, whichever slash parts them."""
    return PurePosixPath(path.replace("\\", "/")).parts or ("",)
