"""Tables that name files and what is known of them: CSV or JSON lines."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from labeling.errors import BadInput
from labeling.items.names import plain

NAMES = frozenset({"manifest.csv", "manifest.jsonl"})
MAX_BYTES = 256 * 2**20
MAX_VALUE = 10_000  # characters of one value
_OWN = frozenset({"file", "label", "supposed", "source", "group"})
_LIMITS = {"label": 80, "source": 80, "group": 120}


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """What a manifest says of one file; empty where it says nothing."""

    label: str = ""
    source: str = "manifest"
    group: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


NOTHING_SAID = ManifestRow()


def parse(name: str, data: bytes) -> dict[str, ManifestRow]:
    """Rows by the path of their file, relative to the manifest; raises BadInput."""
    if len(data) > MAX_BYTES:
        raise BadInput("The manifest is too large.", field="manifest")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("The manifest is not UTF-8 text.", field="manifest") from error
    records = _json_lines(text) if name.lower().endswith((".jsonl", ".ndjson")) else _csv(text)
    return dict(_row(number, record) for number, record in records)


def is_manifest(path: str) -> bool:
    """Whether a file inside a folder or zip is its manifest, by its name."""
    return PurePosixPath(path).name.lower() in NAMES


def _csv(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows: Iterable[list[str]] = list(reader)
    except csv.Error as error:
        raise BadInput(f"Manifest line {reader.line_num}: {error}.", field="manifest") from error
    columns: list[str] | None = None
    for number, row in enumerate(rows, start=1):
        if columns is None:
            columns = _columns(row)
        elif any(cell.strip() for cell in row):
            if len(row) > len(columns):
                raise BadInput(f"Manifest line {number} has more values than columns.", field="manifest")
            yield number, dict(zip(columns, row, strict=False))


def _columns(header: list[str]) -> list[str]:
    names = [name.strip() for name in header]
    lowered = [name.lower() if name.lower() in _OWN else name for name in names]
    if "file" not in lowered:
        raise BadInput("The manifest has no column “file”.", field="manifest")
    if len(set(lowered)) != len(lowered):
        raise BadInput("The manifest names a column twice.", field="manifest")
    return lowered


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"Manifest line {number} is not JSON.", field="manifest") from error
        if not isinstance(record, dict) or not isinstance(record.get("file"), str):
            raise BadInput(f"Manifest line {number} is no object with a “file”.", field="manifest")
        yield number, record


def _row(number: int, record: dict[str, Any]) -> tuple[str, ManifestRow]:
    path = plain(str(record["file"])).strip().removeprefix("./")
    if not path:
        raise BadInput(f"Manifest line {number} names no file.", field="manifest")
    own = {key: plain(str(record.get(key) or "")).strip() for key in ("label", "source", "group")}
    own["label"] = own["label"] or plain(str(record.get("supposed") or "")).strip()
    for key, limit in _LIMITS.items():
        if len(own[key]) > limit:
            raise BadInput(f"Manifest line {number}: “{key}” is longer than {limit} characters.", field="manifest")
    more = {key: value for key, value in record.items() if key not in _OWN and value not in ("", None)}
    metadata = {plain(key): _value(value) for key, value in more.items()}
    return path, ManifestRow(own["label"], own["source"] or "manifest", own["group"], metadata)


def _value(value: Any) -> Any:
    """Numbers, booleans and texts stay; anything deeper is kept as the text of its JSON, so that no NUL hides in it."""
    if isinstance(value, bool | int) or (isinstance(value, float) and value == value and abs(value) != float("inf")):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return plain(text)[:MAX_VALUE]
