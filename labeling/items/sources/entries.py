"""What every source gives: files by path, read one at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from labeling.errors import BadInput
from labeling.items.manifest import NOTHING_SAID, ManifestRow, is_manifest, parse
from labeling.items.names import climbs_out, is_hidden, parts

MISSING = "The manifest names this file, but it is not there."
CLIMBS = "The path leads out of the folder or archive."


class Unread(Exception):
    """One file cannot be read at all; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One file; `read` gives its bytes or raises Unread."""

    path: str
    size: int
    read: Callable[[], bytes]
    row: ManifestRow = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Source:
    """All files of an upload, their number, and how many hidden ones were passed over."""

    entries: Sequence[Entry] = field(default_factory=tuple)
    ignored: int = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def refusing(path: str, reason: str, row: ManifestRow | None = None) -> Entry:
    """A file whose refusal is known before it is read."""

    def read() -> bytes:
        raise Unread(reason)

    return Entry(path, 0, read, row or NOTHING_SAID)


def assemble(entries: Sequence[Entry]) -> Source:
    """Leave out hidden files, take the manifest out of the files and lay its rows beside the others."""
    seen = [entry for entry in entries if not is_hidden(entry.path)]
    manifest = min(
        (entry for entry in seen if is_manifest(entry.path)), key=lambda entry: len(parts(entry.path)), default=None
    )
    ignored = len(entries) - len(seen)
    if manifest is None:
        return Source(seen, ignored)
    rows = _rows_of(manifest)
    others = [entry for entry in seen if not is_manifest(entry.path)]
    return Source([*_labelled(others, rows), *_missing(others, rows)], ignored)


def _rows_of(manifest: Entry) -> Mapping[str, ManifestRow]:
    """The manifest's rows by path from the top, where the manifest may lie deeper."""
    try:
        rows = parse(manifest.path, manifest.read())
    except Unread as error:
        raise BadInput(f"The manifest cannot be read: {error.reason}", field="manifest") from error
    folder = PurePosixPath(manifest.path).parent
    return {path if climbs_out(path) else str(folder / path): row for path, row in rows.items()}


def _labelled(entries: Sequence[Entry], rows: Mapping[str, ManifestRow]) -> Iterator[Entry]:
    for entry in entries:
        row = rows.get(str(PurePosixPath(entry.path)))
        yield entry if row is None else Entry(entry.path, entry.size, entry.read, row)


def _missing(entries: Sequence[Entry], rows: Mapping[str, ManifestRow]) -> Iterator[Entry]:
    there = {str(PurePosixPath(entry.path)) for entry in entries}
    for path in rows:
        if path not in there:
            yield refusing(path, CLIMBS if climbs_out(path) else MISSING)
