"""The embedded servers of a data folder: kept by one process at a time, lent to commands."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import psycopg

from labeling.supervisor import checks, postgres, valkey
from labeling.supervisor.faults import Fault, InUse
from labeling.supervisor.folder import DataFolder, locked
from labeling.supervisor.tree import Part, Tree

LEFTOVER_PATIENCE_SECONDS = 40.0  # longer than the embedded servers take to end after their parent was killed
START_PATIENCE_SECONDS = 90.0
LONGEST_LOAN_SECONDS = 24 * 3600.0
DATABASE = "emerald"


@dataclass(frozen=True)
class Keeper:
    """The one process that may start servers on a data folder; its children hold the folder's second lock too."""

    folder: DataFolder
    leftovers: IO[str]

    @property
    def database(self) -> postgres.Postgres:
        return postgres.Postgres(self.folder.cluster, self.folder.database_sockets)

    @property
    def keep_open(self) -> tuple[int, ...]:
        return (self.leftovers.fileno(),)

    def database_part(self) -> Part:
        """PostgreSQL."""
        start = partial(postgres.start, self.database, keep_open=self.keep_open)
        return Part("PostgreSQL", start, postgres.FAREWELL, partial(postgres.wait_ready, self.database))

    def queue_part(self) -> Part:
        """Valkey."""
        places = (self.folder.queue, self.folder.queue_socket)
        start = partial(valkey.start, *places, keep_open=self.keep_open)
        return Part("Valkey", start, valkey.FAREWELL, partial(valkey.wait_ready, *places))


@contextmanager
def kept(folder: DataFolder) -> Iterator[Keeper]:
    """Be the keeper of a data folder, after whatever a killed one left behind has ended."""
    folder.make()
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context(locked(folder.root / "keeper.lock"))
        except BlockingIOError as error:
            holder = (folder.root / "keeper.lock").read_text().strip() or "another process"
            reason = f"The data folder {folder.root} is in use by {holder}: stop it first, or name another."
            raise InUse(reason) from error
        lock.truncate(0)
        lock.write(f"{' '.join(sys.argv[1:2]) or 'a command'} (process {os.getpid()})")
        lock.flush()
        try:
            servers = folder.root / "servers.lock"
            leftovers = stack.enter_context(locked(servers, wait_seconds=LEFTOVER_PATIENCE_SECONDS))
        except BlockingIOError as error:
            raise Fault(f"Servers of an earlier run on {folder.root} are still ending: try again.") from error
        yield Keeper(folder, leftovers)


@contextmanager
def borrowed(folder: DataFolder) -> Iterator[None]:
    """The folder's servers for one command: those that run, or else ones that end with the last who borrowed them."""
    with contextlib.ExitStack() as stack:
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while not (_host(folder, stack) or _join(folder, stack)):
            if time.monotonic() > deadline:
                raise Fault(f"The servers of {folder.root} did not come up: see {folder.cluster}.log.")
            time.sleep(0.1)
        yield


def _host(folder: DataFolder, stack: contextlib.ExitStack) -> bool:
    """Start the servers, unless another process keeps the folder."""
    try:
        keeper = stack.enter_context(kept(folder))
    except InUse:
        return False
    checks.disk(folder.root)
    tree = Tree()
    stack.callback(tree.stop)
    tree.add(keeper.database_part())
    postgres.create_database(keeper.database, DATABASE)
    tree.add(keeper.queue_part())
    stack.callback(_wait_for_borrowers, folder)
    return True


def _join(folder: DataFolder, stack: contextlib.ExitStack) -> bool:
    """Use the servers of whoever keeps the folder, who will wait for us to be done."""
    with contextlib.ExitStack() as own:
        own.enter_context(locked(_borrowers(folder), shared=True, wait_seconds=START_PATIENCE_SECONDS))
        try:
            psycopg.connect(folder.database_url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        stack.push(own.pop_all())
        return True


def _wait_for_borrowers(folder: DataFolder) -> None:
    with locked(_borrowers(folder), wait_seconds=LONGEST_LOAN_SECONDS):
        pass


def _borrowers(folder: DataFolder) -> Path:
    return folder.root / "borrowers.lock"
