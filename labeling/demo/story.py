"""The demo from an empty folder to the table: it starts a server and drives it as owner, annotators and expert."""

import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

from labeling.demo import input as source
from labeling.demo.client import Client
from labeling.demo.input import Size
from labeling.demo.rounds import Arm, Task, invite, line, result
from labeling.demo.server import ROOT, Server
from labeling.demo.table import Result
from labeling.supervisor.faults import Fault

OWNER, VISITOR = "olive", "vera"
LINE_SECONDS = 3.0
Say = Callable[[str], None]


def tasks(scratch: Path, size: Size, clips: Path | None, meanwhile: Callable[[], None]) -> list[Task]:
    """The input of both tasks; `meanwhile` runs while the words are spoken."""
    if clips is not None:
        meanwhile()
        return [source.digits_task(size), source.sounds_task(source.recorded(clips, size), size, real=True)]
    with source.speaking(scratch / "words", size) as child:
        meanwhile()
        first = source.digits_task(size)
        return [first, source.sounds_task(source.spoken(child, scratch / "words"), size, real=False)]


def accounts(server: Server) -> dict[str, str]:
    """A password for everybody, by name; nobody else knows them."""
    passwords = {name: secrets.token_urlsafe(9) for name in (OWNER, VISITOR, *source.PEOPLE, source.EXPERT)}
    made = subprocess.run(
        [sys.executable, "-m", "labeling.demo.accounts"], input=json.dumps(passwords), text=True, check=False,
        env=server.environment, cwd=ROOT, stderr=subprocess.PIPE,
    )  # fmt: skip
    if made.returncode != 0:
        raise Fault(f"The accounts could not be made: {made.stderr.strip().splitlines()[-1]}")
    return passwords


def signed_in(url: str, passwords: dict[str, str]) -> dict[str, Client]:
    """Everybody's way to the server; two at a time, since checking a password takes a core for a while."""
    with ThreadPoolExecutor(2) as pool:
        clients = pool.map(lambda name: Client(url, name, passwords[name]), passwords)
        return dict(zip(passwords, clients, strict=True))


def play(server: Server, work: Sequence[Task], passwords: dict[str, str], say: Say, since: float) -> list[Result]:
    """Both rounds of all tasks, the arms beside each other, a line of progress every few seconds."""
    with ExitStack() as stack:
        clients = signed_in(server.url, passwords)
        for client in clients.values():
            stack.callback(client.close)
        owner, stop = clients[OWNER], threading.Event()
        pairs = [[Arm(task, owner, clients, helped=helped, stop=stop) for helped in (True, False)] for task in work]
        arms = [arm for pair in pairs for arm in pair]
        pool = stack.enter_context(ThreadPoolExecutor(len(arms)))
        stack.callback(stop.set)  # before the pool waits for its threads, whatever happens
        follow([pool.submit(arm.run) for arm in arms], server, lambda: say(line(arms, since)))
        for helped, _ in pairs:
            invite(owner, helped.project.slug, "annotator", [clients[VISITOR]])
        return [result(helped, control) for helped, control in pairs]


def follow(running: Sequence[Future[None]], server: Server, tell: Callable[[], None]) -> None:
    """Tell how far all is until it is done; raise what the first failure raised."""
    while True:
        done, pending = wait(running, timeout=LINE_SECONDS, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
        if not pending:
            return
        server.check()
        tell()


def sign_ins(server: Server, passwords: dict[str, str], say: Say) -> None:
    """Who can sign in, and where the data lie."""
    say("\nSign in as")
    say(f"  owner      {OWNER}   password {passwords[OWNER]}")
    say(f"  annotator  {VISITOR}    password {passwords[VISITOR]}   (some items are left for you)")
    say(f"The data lie in {server.folder}; the next demo there begins afresh.")


def stay(server: Server, say: Say) -> None:
    """Say where the server is and keep it up until somebody stops it."""
    say(f"Emerald is up at {server.url}/ until you press Ctrl-C.")
    while server.child.poll() is None:
        time.sleep(0.5)
    raise Fault(f"The server ended; see {server.log}.")
