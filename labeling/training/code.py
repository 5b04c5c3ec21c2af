"""Which code trains: its version, and a hash of the library's own source files."""

import functools
import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings

DIGITS = 12


@functools.cache
def code_version() -> str:
    """For a run's row: a model is made again by the same snapshot, recipe with its seed, and code."""
    digest = hashlib.sha256()
    library = Path(settings.BASE_DIR) / "ml"
    for path in sorted(library.rglob("*.py")):
        digest.update(path.relative_to(library).as_posix().encode() + b"\0" + path.read_bytes())
    try:
        torch = version("torch")
    except PackageNotFoundError:  # a build without metadata
        torch = "unknown"
    return f"ml {digest.hexdigest()[:DIGITS]}, torch {torch}"
