"""All of Emerald as one tree of processes."""

import contextlib
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass

from labeling.supervisor import checks, embedded, postgres, valkey
from labeling.supervisor.faults import Fault
from labeling.supervisor.folder import DataFolder
from labeling.supervisor.parts import (
    BEAT_FAREWELL,
    LIVE,
    QUICK,
    SLOW,
    TASKS_AT_ONCE,
    WEB_FAREWELL,
    WEB_SERVERS,
    WORKER_FAREWELL,
    Program,
)
from labeling.supervisor.process import Child
from labeling.supervisor.tree import Interrupted, Part, Tree, interruptible, manner, say

WEB_READY_SECONDS = 60.0
WEB_NAMES = [f"Web server {number + 1}" for number in range(WEB_SERVERS)]


@dataclass(frozen=True)
class Plan:
    """What to run; a server whose address is given is somebody else's, and none is started."""

    folder: DataFolder
    host: str
    port: int
    database_url: str | None
    broker_url: str | None
    prepare: Callable[[], None]  # lays out tables and static files, once the database is up


def serve(plan: Plan, *, announce: Callable[[str], None]) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP; Fault when it cannot start."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(interruptible())
        keeper = stack.enter_context(embedded.kept(plan.folder))
        tree = Tree()
        stack.callback(tree.stop)
        with contextlib.suppress(Interrupted):
            start(plan, keeper, tree)
            announce(f"Emerald is ready at http://{plan.host}:{plan.port}/")
            tree.watch()
        say("Stopping.")


def start(plan: Plan, keeper: embedded.Keeper, tree: Tree) -> None:
    """Bring everything up, in the order in which one needs the other."""
    checks.disk(plan.folder.root)
    checks.port(plan.host, plan.port)
    if plan.database_url is None:
        tree.add(keeper.database_part())
        postgres.create_database(keeper.database, embedded.DATABASE)
    if plan.broker_url is None:
        tree.add(keeper.queue_part())
    checks.database(plan.database_url or plan.folder.database_url)
    checks.broker(plan.broker_url or plan.folder.broker_url)
    plan.prepare()
    program = Program({"EMERALD_DATA": str(plan.folder.root)}, keeper.keep_open)
    for part in program_parts(plan, program):
        tree.add(part)
    wait_for_web(plan, tree)


def program_parts(plan: Plan, program: Program) -> list[Part]:
    """Scheduler, the workers of the three queues, and web."""

    def worker(queue: str, at_once: int) -> Child:
        if plan.broker_url is None:  # ours, so this is the queue's only worker: what was taken was taken by a dead one
            valkey.requeue(plan.folder.broker_url, queue)
        return program.worker(queue, at_once)

    return [
        Part("The scheduler", program.beat, BEAT_FAREWELL),
        Part("The worker", lambda: worker(QUICK, TASKS_AT_ONCE), WORKER_FAREWELL),
        Part("The trainer", lambda: worker(SLOW, 1), WORKER_FAREWELL),
        Part("The model's voice", lambda: worker(LIVE, 1), WORKER_FAREWELL),
        *(Part(name, lambda: program.web(plan.host, plan.port), WEB_FAREWELL) for name in WEB_NAMES),
    ]


def wait_for_web(plan: Plan, tree: Tree) -> None:
    """Return when the web server has answered a request, whatever it said."""
    web = tree.seats[-1].child
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(plan.host, plan.host)
    deadline = time.monotonic() + WEB_READY_SECONDS
    while time.monotonic() < deadline:
        if web.poll() is not None:
            raise Fault(f"The web server ended at once ({manner(web.returncode)}): see the lines above.")
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(host, plan.port, timeout=deadline - time.monotonic())
            connection.request("HEAD", "/sign-in/")
            connection.getresponse()
            connection.close()
            return
        time.sleep(0.05)
    raise Fault(f"The web server did not answer within {WEB_READY_SECONDS:.0f} s: see the lines above.")
