"""Folders of this machine, and manifests that name files beside them."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from labeling.errors import BadInput
from labeling.items.examine import MAX_FILE_BYTES
from labeling.items.manifest import parse
from labeling.items.names import climbs_out
from labeling.items.sources.entries import CLIMBS, MISSING, Entry, Source, Unread, assemble, refusing


def open_folder(root: Path, only: str = "") -> Source:
    """Every file below `root` in order of names, or `only` the one."""
    paths = [only] if only else list(_walk(root))
    return assemble([_entry(root, path) for path in paths])


def open_listed(manifest: Path) -> Source:
    """The files that a manifest names, relative to it, and no others."""
    try:
        rows = parse(manifest.name, manifest.read_bytes())
    except OSError as error:
        raise BadInput(f"The manifest cannot be read: {error.strerror}.", field="path") from error
    entries = []
    for path, row in rows.items():
        if climbs_out(path):
            entries.append(refusing(path, CLIMBS, row))
        elif not (manifest.parent / path).is_file():
            entries.append(refusing(path, MISSING, row))
        else:
            found = _entry(manifest.parent, path)
            entries.append(Entry(found.path, found.size, found.read, row))
    return Source(entries)


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            yield Path(folder, name).relative_to(root).as_posix()


def _entry(root: Path, path: str) -> Entry:
    place = root / path
    if place.is_symlink() and not place.resolve().is_relative_to(root.resolve()):
        return refusing(path, CLIMBS)
    try:
        size = place.stat().st_size
    except OSError as error:
        return refusing(path, f"It cannot be read: {error.strerror}.")
    if not place.is_file():
        return refusing(path, "This is no ordinary file.")
    return Entry(path, size, partial(_read, place))


def _read(place: Path) -> bytes:
    try:
        with place.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Unread(f"It cannot be read: {error.strerror}.") from error
