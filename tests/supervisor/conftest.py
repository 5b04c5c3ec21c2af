"""Servers of their own for the tests of the supervisor."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.bench.server import Server, end, launch, wait


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder; outside tmp_path, whose parents pytest closes to PostgreSQL's own user."""
    with tempfile.TemporaryDirectory(prefix="emerald-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "data"


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    """A running server on a fresh data folder."""
    running = launch(data)
    try:
        wait(running)
        yield running
    finally:
        end(running)


def tree(server: Server) -> list[psutil.Process]:
    """Every process below the supervisor."""
    below: list[psutil.Process] = psutil.Process(server.process.pid).children(recursive=True)
    return below
