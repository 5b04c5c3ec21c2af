"""The server that the demo drives: on a data folder and a port that nobody else uses."""

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx

from labeling.supervisor.faults import Fault
from labeling.supervisor.folder import locked
from labeling.supervisor.process import Child, Farewell, spawn, stop

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 180.0
FAREWELL: Farewell = ((signal.SIGTERM, 60.0),)


@dataclass(frozen=True)
class Server:
    """A running `manage.py serve`."""

    url: str
    folder: Path
    log: Path
    child: Child
    environment: dict[str, str]

    def check(self) -> None:
        """Fault when it has ended."""
        if self.child.poll() is not None:
            raise Fault(f"The server ended: {last_line(self.log)} (all of it in {self.log})")


def last_line(log: Path) -> str:
    """What the server said last."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


@contextmanager
def own_folder(root: Path) -> Iterator[Path]:
    """An empty folder below `root`, kept from other demos for as long as the block lasts; what an ended one left goes.

    The first demo takes demo-1, one beside it demo-2, and so on: the disk never holds more than ran side by side.
    """
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o711)  # PostgreSQL may run as another user and must pass through
    with ExitStack() as stack:
        for number in count(1):
            try:
                stack.enter_context(locked(root / f"demo-{number}.lock"))
                break
            except BlockingIOError:
                continue
        folder = root / f"demo-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        folder.chmod(0o711)
        yield folder


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or any other where that is taken."""
    for number in (wanted, 0):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, number))
            except OSError:
                continue
            return int(trial.getsockname()[1])
    raise Fault(f"No port is free at {host}.")


@contextmanager
def serving(folder: Path, *, host: str, port: int) -> Iterator[Server]:
    """A server for as long as the block lasts; what it prints goes to a file."""
    environment = {**os.environ, "EMERALD_DATA": str(folder), "PYTHONUNBUFFERED": "1", "EMERALD_LOG_LEVEL": "WARNING"}
    log = folder.with_suffix(".log")
    command = [sys.executable, str(ROOT / "manage.py"), "serve", "--host", host, "--port", str(port)]
    with log.open("wb") as output:
        child = spawn(command, on_orphan=signal.SIGTERM, environment=environment, output=output)
    server = Server(f"http://{host}:{port}", folder, log, child, environment)
    try:
        wait_ready(server)
        yield server
    finally:
        stop(child, FAREWELL)


def wait_ready(server: Server) -> None:
    """Return when the server answers requests."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        server.check()
        try:
            httpx.get(f"{server.url}/api/schema", timeout=30)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise Fault(f"The server did not answer within {READY_SECONDS:.0f} s; see {server.log}.")
