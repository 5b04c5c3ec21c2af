"""The tree of processes: who dies comes back, and who is told to end takes all along."""

import os
import re
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from labeling.supervisor import postgres, valkey
from labeling.supervisor.parts import WEB_SERVERS
from labeling.supervisor.process import stop
from tests.bench.server import Server, end, launch, wait
from tests.supervisor.conftest import tree

BACK_SECONDS = 2.0
GONE_SECONDS = 30.0
PARTS = {
    "web": "supervisor.web",
    "worker": r"celery.* worker -Q celery",
    "trainer": r"celery.* worker -Q slow",
    "scheduler": r"celery.* beat",
    "database": "postgres -D",
}


def until(condition: Callable[[], bool], seconds: float) -> float:
    """Wait for a condition; the seconds that it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - begun


def heads(server: Server, pattern: str) -> list[psutil.Process]:
    """The supervisor's own children whose command line matches."""
    found = []
    for child in psutil.Process(server.process.pid).children():
        try:
            if re.search(pattern, " ".join(child.cmdline())) and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def answers(server: Server) -> bool:
    """Whether the web server answers at all."""
    try:
        urllib.request.urlopen(f"{server.url}/no-such-page/", timeout=5)
    except urllib.error.HTTPError:
        return True
    except (OSError, TimeoutError):
        return False
    return True


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all have ended."""
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


@pytest.mark.parametrize("part", PARTS)
def test_killed_child_is_back_within_two_seconds(lasting_server: Server, part: str) -> None:
    server = lasting_server
    before = [one.pid for one in heads(server, PARTS[part])]
    os.kill(before[0], signal.SIGKILL)
    until(lambda: _replaced(before, [one.pid for one in heads(server, PARTS[part])]), BACK_SECONDS)
    until(lambda: answers(server), GONE_SECONDS)


def _replaced(before: list[int], now: list[int]) -> bool:
    """Whether another has come in the place of the first, and the others stayed."""
    return len(now) == len(before) and before[0] not in now and set(before[1:]) <= set(now)


def test_one_web_server_answers_while_the_other_starts_again(lasting_server: Server) -> None:
    server = lasting_server
    until(lambda: len(heads(server, PARTS["web"])) == WEB_SERVERS, GONE_SECONDS)
    until(lambda: all(one.children() for one in heads(server, PARTS["web"])), GONE_SECONDS)
    first = heads(server, PARTS["web"])[0]
    first.kill()
    until(lambda: not first.is_running(), GONE_SECONDS)
    assert until(lambda: answers(server), GONE_SECONDS) < BACK_SECONDS


def test_killed_queue_is_back_with_what_it_held(lasting_server: Server) -> None:
    server = lasting_server
    socket = server.folder / "sockets" / "valkey.sock"
    with redis.Redis(unix_socket_path=str(socket)) as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 5000)
        (before,) = heads(server, "valkey-server")
        before.kill()
        until(lambda: [one.pid for one in heads(server, "valkey-server")] not in ([], [before.pid]), BACK_SECONDS)
        until(socket.exists, BACK_SECONDS)
    until(lambda: _kept(socket), BACK_SECONDS)


def _kept(socket: Path) -> bool:
    with redis.Redis(unix_socket_path=str(socket)) as client:
        try:
            return bool(client.get("kept") == b"yes")
        except redis.exceptions.RedisError:
            return False


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_ends_cleanly_and_takes_all_along(server: Server, sign: signal.Signals) -> None:
    family = tree(server)
    assert len(family) >= 5
    server.process.send_signal(sign)
    assert server.process.wait(GONE_SECONDS) == 0
    assert gone(family)
    assert not (server.folder / "postgres" / "postmaster.pid").exists(), "PostgreSQL was not shut down properly"


def test_killed_supervisor_leaves_nothing_and_the_next_start_just_works(server: Server) -> None:
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE promise AS SELECT 1 AS kept")
    family = tree(server)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    again = launch(server.folder, port=int(server.url.rsplit(":", 1)[1]))  # at once, while the rest is still ending
    try:
        wait(again)
        assert gone(family)
        with psycopg.connect(again.database_url) as connection:
            assert connection.execute("SELECT kept FROM promise").fetchone() == (1,)
    finally:
        end(again)


def test_everything_killed_at_once_the_next_start_just_works(server: Server) -> None:
    family = tree(server)
    os.kill(server.process.pid, signal.SIGKILL)
    for one in family:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    server.process.wait()
    again = launch(server.folder)
    try:
        wait(again)
        assert answers(again)
    finally:
        end(again)


def test_command_beside_the_server_uses_its_database(lasting_server: Server) -> None:
    assert "[X] 0001_initial" in lasting_server.manage("showmigrations", "labeling")


def test_command_without_a_server_starts_the_database_for_itself(server: Server) -> None:
    assert end(server) == 0
    assert "[X] 0001_initial" in server.manage("showmigrations", "labeling")
    assert not (server.folder / "postgres" / "postmaster.pid").exists()


def test_servers_given_by_address_are_used_and_none_is_started(data: Path) -> None:
    data.mkdir(mode=0o711)
    socket = data / "queue.sock"
    queue = valkey.start(data / "queue", socket)
    try:
        valkey.wait_ready(data / "queue", socket, queue)
        with postgres.running(postgres.Postgres(data / "theirs", data / "socket")) as database:
            extra = {"DATABASE_URL": database.url("emerald"), "BROKER_URL": f"redis+socket://{socket}"}
            server = launch(data / "ours", extra=extra)
            try:
                wait(server)
                assert len(psutil.Process(server.process.pid).children()) == 4 + WEB_SERVERS  # workers, scheduler
                assert answers(server)
                assert "[X] 0001_initial" in server.manage("showmigrations", "labeling")
            finally:
                assert end(server) == 0
            assert queue.poll() is None
            assert not (data / "ours" / "postgres").exists()
    finally:
        stop(queue, valkey.FAREWELL)
