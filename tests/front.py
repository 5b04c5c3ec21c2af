"""The real front, in a process of its own, before the database of the test that runs."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from django.db import connection

from tests.bench.server import ROOT, free_port

READY_SECONDS = 60.0


def database_url() -> str:
    """Where the tests' tables are."""
    place = connection.settings_dict
    return f"postgresql://{place['USER']}@/{place['NAME']}?host={place['HOST']}"


@pytest.fixture
def fronted(transactional_db: None) -> Iterator[str]:
    """Its address; one worker, so that a test knows whom it speaks to."""
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": database_url(), "EMERALD_DATABASE_KEPT": "120"}
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--no-ws", "--workers", "1",
        "--workers-kill-timeout", "2", "--log-level", "warning", "labeling.asgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the front did not start"
        try:
            urllib.request.urlopen(f"{address}/sign-in", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise AssertionError("the front did not answer")
