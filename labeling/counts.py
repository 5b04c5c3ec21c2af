"""Counts over large tables: kept as long as counting anew would not be worth its time."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

CHEAP_SECONDS = 0.25  # what counts faster is counted each time, and so always exact
WORTH = 100  # what is kept takes one part in so many of the time at most
WATCHED = 10  # the same of figures on a page that somebody watches
Found = TypeVar("Found")


def seldom(name: str, work: Callable[[], int], worth: int = WATCHED) -> int:
    """How much was done; where looking takes long and there was nothing to do, the next looks are left out."""
    if cache.get(f"nothing:{name}"):
        return 0
    begun = time.monotonic()
    done = work()
    spent = time.monotonic() - begun
    if not done and spent > CHEAP_SECONDS:
        cache.set(f"nothing:{name}", True, worth * spent)
    return done


def paced(name: str, work: Callable[[], int], worth: int = WATCHED) -> int:
    """How much was done; where it takes long, the next turns are left out, however much there is to do."""
    if cache.get(f"paced:{name}"):
        return 0
    begun = time.monotonic()
    done = work()
    spent = time.monotonic() - begun
    if spent > CHEAP_SECONDS:
        cache.set(f"paced:{name}", True, worth * spent)
    return done


def kept(name: str, count: Callable[[], Found], worth: int = WORTH) -> Found:
    """The number or figures; where counting takes long, what this process found a while ago."""
    known: tuple[Found] | None = cache.get(f"count:{name}")
    if known is not None:
        return known[0]
    begun = time.monotonic()
    found = count()
    spent = time.monotonic() - begun
    if spent > CHEAP_SECONDS:
        cache.set(f"count:{name}", (found,), worth * spent)
    return found
