"""Tests that number their rows from one again, as a replay's own database does."""

from collections.abc import Iterator

import pytest

from labeling.consensus import evidence
from labeling.guidelines import outdated


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Drop what this process keeps by row number: the same numbers mean other rows before and after such a test."""
    forget()
    yield
    forget()


def forget() -> None:
    """A server's process never sees a number twice, so that the product itself needs no such thing."""
    evidence._stored.cache_clear()
    outdated.outdated_by.cache_clear()
