"""The parts that Emerald's own code runs in: web, worker, trainer, scheduler."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from labeling.supervisor.process import Child, Farewell, spawn

WEB_SERVERS = 2  # at one port, each a process tree of its own: while one starts again the other answers
MOST_WAITING = 2048  # requests in each, of which most only wait for somebody's answer
CONNECTION_SECONDS = 120  # that a thread of the web server keeps its connection to the database
TASKS_AT_ONCE = 2
# Celery's own name for the queue of short tasks, and that of long ones (trainings, features): those go one at a time,
# in a worker of their own, so that no upload waits for them. As in settings.CELERY_TASK_ROUTES.
QUICK, SLOW = "celery", "slow"
LIVE = "live"  # answers that callers wait for: its worker keeps the model loaded
WEB_FAREWELL: Farewell = ((signal.SIGTERM, 5.0),)
# A task that is under way may end; one that takes longer is put back into the queue and run again.
WORKER_FAREWELL: Farewell = ((signal.SIGTERM, 3.0), (signal.SIGQUIT, 5.0))
BEAT_FAREWELL: Farewell = ((signal.SIGTERM, 3.0),)
# Celery's advice about root is repeated at each start; `serve` is for one machine, where root is common enough.
ROOT_WARNING = "ignore:You're running the worker with superuser"
# Small matrices in several threads on busy cores wait for each other: a head of 490 clips took 23 s with two threads
# and 0.6 s with one, on two cores. Set in the environment, these win.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SUPERVISED = "EMERALD_SUPERVISED"  # tells Celery's and Granian's own children to die with their parent


@dataclass(frozen=True)
class Program:
    """What all parts share: their environment and what they keep open."""

    environment: Mapping[str, str]
    keep_open: tuple[int, ...] = ()

    def run(self, *arguments: str, **environment: str) -> Child:
        """Start a Python module; SIGKILL is safe for it, since only what is committed was acknowledged."""
        everything = {**ONE_THREAD, **os.environ, **self.environment, SUPERVISED: "1", **environment}
        command = [sys.executable, "-W", ROOT_WARNING, "-m", *arguments]
        return spawn(command, on_orphan=signal.SIGKILL, environment=everything, keep_open=self.keep_open)

    def web(self, host: str, port: int) -> Child:
        """One of the web servers, whose threads keep their connections; the kernel deals callers out among them."""
        return self.run(
            "labeling.supervisor.web", "--interface", "asgi", "--host", host, "--port", str(port), "--no-ws",
            "--workers", "1", "--respawn-failed-workers", "--backpressure", str(MOST_WAITING),
            "--workers-kill-timeout", "3", "--log-level", "warning", "--factory", "labeling.supervisor.web:supervised",
            EMERALD_DATABASE_KEPT=os.environ.get("EMERALD_DATABASE_KEPT", str(CONNECTION_SECONDS)),
        )  # fmt: skip

    def worker(self, queue: str, at_once: int) -> Child:
        """A worker of one queue."""
        return self.run(
            "celery", "--quiet", "-A", "labeling.celery", "worker", "-Q", queue, "-n", f"{queue}@%h",
            "--concurrency", str(at_once), "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
        )  # fmt: skip

    def beat(self) -> Child:
        """The scheduler."""
        return self.run("celery", "--quiet", "-A", "labeling.celery", "beat", "--loglevel", "WARNING", "--pidfile", "")
