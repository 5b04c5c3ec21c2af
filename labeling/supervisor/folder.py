"""The data folder: where everything lies that outlives a process when no external server is named."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from labeling.supervisor.faults import Fault

LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes with its final zero; some are kept in reserve
LOCK_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class DataFolder:
    """Paths below one data folder."""

    root: Path

    @property
    def cluster(self) -> Path:
        return self.root / "postgres"

    @property
    def queue(self) -> Path:
        return self.root / "valkey"

    @property
    def media(self) -> Path:
        return self.root / "media"

    @property
    def static(self) -> Path:
        return self.root / "static"

    @property
    def sockets(self) -> Path:
        """Beside the data, or in the temporary folder where that path is too long for a socket."""
        beside = self.root / "sockets"
        if len(str(beside)) + len("/pg/.s.PGSQL.5432.lock") <= LONGEST_SOCKET_PATH:
            return beside
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"emerald-{os.getuid()}-{digest}"

    @property
    def database_sockets(self) -> Path:
        return self.sockets / "pg"

    @property
    def queue_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def database_url(self) -> str:
        return f"postgresql://postgres@/emerald?host={self.database_sockets}"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.queue_socket}"

    def make(self) -> None:
        """Create the folder; others may pass through it (PostgreSQL may run as another user) but not list it."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711)
            self.sockets.mkdir(mode=0o711, exist_ok=True)
            self.sockets.chmod(0o711)
        except OSError as error:
            raise Fault(f"The data folder {self.root} cannot be written: {error.strerror}.") from error

    def secret_key(self) -> str:
        """The key that signs sessions, made on first use and kept readable by its owner alone."""
        path = self.root / "secret_key"
        if not path.exists():
            self.make()
            fresh = path.with_name(f"secret_key.{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):  # whoever links first wins; everybody reads the winner's
                os.link(fresh, path)
            fresh.unlink()
        return path.read_text()


@contextmanager
def locked(path: Path, *, shared: bool = False, wait_seconds: float = 0) -> Iterator[IO[str]]:
    """Hold an advisory lock on a file; BlockingIOError when it is still held elsewhere after the wait."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with path.open("a+") as handle:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(LOCK_POLL_SECONDS)
        yield handle
