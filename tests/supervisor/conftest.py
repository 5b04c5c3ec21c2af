"""Servers of their own for the tests of the supervisor."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.bench.server import Server, end, launch, wait

PLAIN = {"EMERALD_STATIC_HASHED": "false"}  # what these tests look at needs no hashed files, which take seconds


@contextmanager
def folder() -> Iterator[Path]:
    """A data folder; outside pytest's own temporary one, which pytest closes to PostgreSQL's own user."""
    with tempfile.TemporaryDirectory(prefix="emerald-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o711)
        yield Path(place) / "data"


@contextmanager
def served() -> Iterator[Server]:
    """A running server on a fresh data folder."""
    with folder() as place:
        running = launch(place, extra=PLAIN)
        try:
            wait(running)
            yield running
        finally:
            end(running)


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder for one test."""
    with folder() as place:
        yield place


@pytest.fixture
def server() -> Iterator[Server]:
    """A server for one test, which may end it."""
    with served() as running:
        yield running


@pytest.fixture(scope="module")
def lasting_server() -> Iterator[Server]:
    """A server for the tests that leave it running."""
    with served() as running:
        yield running


def tree(server: Server) -> list[psutil.Process]:
    """Every process below the supervisor."""
    below: list[psutil.Process] = psutil.Process(server.process.pid).children(recursive=True)
    return below
