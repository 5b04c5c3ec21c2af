"""CSV and JSON lines, written as the rows come."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from labeling.exports.reads import Row

BLOCK_BYTES = 64 * 1024
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Line:
    """A file to csv.writer that only remembers the last line."""

    text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)


def cell(value: Any) -> Any:
    """A value as a cell: nothing for None, times in ISO 8601, text that a spreadsheet would run made plain."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def csv_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """A header and a line for each row; what is not in `columns` is left out."""
    line = Line()
    writer = csv.writer(line)
    writer.writerow([cell(column) for column in columns])
    yield line.text.encode()
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
        yield line.text.encode()


def json_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """A JSON object on a line of its own for each row."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, default=datetime.isoformat).encode() + b"\n"


def blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces large enough for the network."""
    gathered, size = [], 0
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size >= BLOCK_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)
