"""A private `manage.py serve` for benchmarks and browser tests."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120.0
STOP_SECONDS = 60.0
# What the tests set for themselves, and what would make the server use another's database.
NOT_INHERITED = {"DATABASE_URL", "BROKER_URL", "EMERALD_DATA", "EMERALD_STATIC_HASHED", "EMERALD_TEST_RUN"}


@dataclass
class Server:
    """A running server: its address, data folder, and what it has printed."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    environment: dict[str, str]
    lines: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    @property
    def database_url(self) -> str:
        """Where psycopg finds its database."""
        return f"postgresql://postgres@/emerald?host={self.folder / 'sockets' / 'pg'}"

    def manage(self, *arguments: str, timeout: float = 300) -> str:
        """Run a management command on the server's data and return what it printed."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)} failed: {done.stdout}{done.stderr}")
        return done.stdout


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def environment_for(folder: Path, extra: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a server on a data folder of its own."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return {**inherited, "EMERALD_DATA": str(folder), "PYTHONUNBUFFERED": "1", **(extra or {})}


def launch(folder: Path, *, port: int | None = None, extra: dict[str, str] | None = None) -> Server:
    """Start a server without waiting for it; the caller ends it."""
    number = port or free_port()
    environment = environment_for(folder, extra)
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "serve", "--port", str(number), "--data", str(folder)],
        env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    server = Server(f"http://127.0.0.1:{number}", folder, process, environment)
    threading.Thread(target=_listen, args=(server,), daemon=True).start()
    return server


def _listen(server: Server) -> None:
    assert server.process.stdout is not None
    with server.process.stdout as output:
        for line in output:
            server.lines.append(line.rstrip())
            if line.startswith("Emerald is ready"):
                server.ready.set()
    server.ready.set()  # it ended: nobody shall wait for it


def wait(server: Server) -> None:
    """Return when the server is ready; RuntimeError with what it printed when it is not."""
    if not server.ready.wait(READY_SECONDS) or server.process.poll() is not None:
        raise RuntimeError("The server did not start:\n" + "\n".join(server.lines))


def end(server: Server) -> int:
    """Stop a server as Ctrl-C does and return its exit code."""
    with contextlib.suppress(ProcessLookupError):
        server.process.send_signal(signal.SIGINT)
    try:
        return server.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.kill()  # its children die with it
        return server.process.wait()


@contextmanager
def serving(
    folder: Path | None = None, *, port: int | None = None, extra: dict[str, str] | None = None
) -> Iterator[Server]:
    """A server for as long as the block lasts, on data that exist already or on fresh ones, dropped at the end."""
    own = folder is None
    place = folder or Path(tempfile.mkdtemp(prefix="emerald-server-"))
    place.chmod(0o711)
    server = launch(place, port=port, extra=extra)
    try:
        wait(server)
        yield server
    finally:
        end(server)
        if own:
            shutil.rmtree(place, ignore_errors=True)
