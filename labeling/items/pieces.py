"""A zip that came in pieces: where these lie, and how they are read as one file without being joined."""

import io
from typing import Any

from django.core.files.storage import default_storage

from labeling.items.storage import incoming_key

NAME = "pieces"  # the name of the whole, of which only the pieces lie in storage
BYTES = 4 * 2**20  # a piece's, the last one apart: half a minute at 1 Mbit/s is what a broken connection can lose


def key(upload_id: int, start: int) -> str:
    """Where the piece that begins at this byte lies."""
    return incoming_key(upload_id, f"piece-{start}")


def keys(upload_id: int, size: int) -> list[str]:
    """All that a zip of this size has once it is whole."""
    return [key(upload_id, start) for start in range(0, size, BYTES)]


def length(start: int, size: int) -> int:
    """Bytes that the piece beginning here must have."""
    return min(BYTES, size - start)


class Joined(io.RawIOBase):
    """The pieces in storage, read as one file; one of them is open at a time."""

    def __init__(self, upload_id: int, size: int) -> None:
        super().__init__()
        self.upload_id, self.size, self.at = upload_id, size, 0
        self.start, self.piece = -1, None  # type: int, Any

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always: the directory of a zip stands at its end."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a byte, counted from the beginning, from here or from the end."""
        self.at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence])
        return self.at

    def tell(self) -> int:
        """The byte that is read next."""
        return self.at

    def readinto(self, into: Any) -> int:
        """Fill the buffer as far as the piece at hand goes."""
        if self.at >= self.size:
            return 0
        start = self.at - self.at % BYTES
        if start != self.start:
            self._let_go()
            self.start, self.piece = start, default_storage.open(key(self.upload_id, start), "rb")
        self.piece.seek(self.at - start)
        data: bytes = self.piece.read(len(into))
        into[: len(data)] = data
        self.at += len(data)
        return len(data)

    def close(self) -> None:
        """Close the piece that is open."""
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self.piece is not None:
            self.piece.close()
            self.start, self.piece = -1, None
