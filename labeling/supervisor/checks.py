"""What must hold before the parts are started; each failure is one line."""

import errno
import shutil
import socket
import time
from pathlib import Path

import psycopg
from kombu import Connection

from labeling.supervisor.faults import Fault

LEAST_FREE_BYTES = 64 * 2**20  # a fresh cluster takes 40 MB, its write-ahead log 16 MB at a time
PORT_PATIENCE_SECONDS = 3.0  # processes of a server that was killed let go of the port a moment later
BROKER_PATIENCE_SECONDS = 5
DATABASE_PATIENCE_SECONDS = 5


def disk(folder: Path) -> None:
    """Room for the embedded servers' files."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Fault(f"The disk that holds {folder} is full ({free // 2**20} MB left): free some space.")


def port(host: str, number: int) -> None:
    """Nobody else listens there."""
    deadline = time.monotonic() + PORT_PATIENCE_SECONDS
    while (problem := _bind(host, number)) is not None:
        if time.monotonic() > deadline:
            reason = "it is taken" if problem.errno == errno.EADDRINUSE else (problem.strerror or str(problem)).lower()
            raise Fault(f"Cannot listen at port {number} of {host} ({reason}): choose another by --port.")
        time.sleep(0.1)


def _bind(host: str, number: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        return error
    return None


def database(url: str) -> None:
    """PostgreSQL answers and has pgvector, or can be given it."""
    try:
        with psycopg.connect(url, connect_timeout=DATABASE_PATIENCE_SECONDS) as connection:
            found = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise Fault(f"PostgreSQL cannot be reached ({reason}): see DATABASE_URL.") from error
    if found is None:
        raise Fault("This PostgreSQL lacks pgvector: install the extension 'vector' on it, or unset DATABASE_URL.")


def broker(url: str) -> None:
    """The queue's broker answers."""
    try:
        with Connection(url, connect_timeout=BROKER_PATIENCE_SECONDS) as connection:
            connection.ensure_connection(max_retries=1, timeout=BROKER_PATIENCE_SECONDS)
    except Exception as error:  # each transport of kombu has kinds of its own
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise Fault(f"The broker cannot be reached ({reason}): see BROKER_URL.") from error
