"""Counts over large tables: kept as long as counting anew would not be worth its time."""

import time
from collections.abc import Callable

from django.core.cache import cache

CHEAP_SECONDS = 0.25  # what counts faster is counted each time, and so always exact
WORTH = 100  # what is kept takes one part in so many of the time at most


def kept(name: str, count: Callable[[], int]) -> int:
    """The number, where counting takes long one that this process found a while ago."""
    known: int | None = cache.get(f"count:{name}")
    if known is None:
        begun = time.monotonic()
        known = count()
        spent = time.monotonic() - begun
        if spent > CHEAP_SECONDS:
            cache.set(f"count:{name}", known, WORTH * spent)
    return known
