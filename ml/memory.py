"""Work done in pieces as large as memory lets them be."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

T = TypeVar("T")


def in_pieces(count: int, size: int, work: Callable[[int, int], T]) -> Iterator[T]:
    """What `work` makes of each (start, end) in 0..count; pieces are halved for good where memory does not suffice.

    Raises torch.OutOfMemoryError where it does not suffice for one alone.
    """
    start = 0
    while start < count:
        end = min(start + size, count)
        made = _tried(work, start, end)
        if made is None:
            size = max(1, (end - start) // 2)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            continue
        yield made[0]
        start = end


def _tried(work: Callable[[int, int], T], start: int, end: int) -> tuple[T] | None:
    """None where memory does not suffice; the error, which holds on to what was made so far, is gone by then."""
    try:
        return (work(start, end),)
    except torch.OutOfMemoryError:
        if end - start <= 1:
            raise
        return None
