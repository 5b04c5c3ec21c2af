"""The periodic tasks, each done once where something is due and once when nothing is: `... .tasks SLUG`.

`... .tasks SLUG rank rush` does these alone.

Each runs in a process of its own beside somebody who claims without pause. Prints milliseconds, memory of its process
at most, the longest transaction that wrote, the rows written (the claims' own, some 60 a second, among them) and the
slowest claim meanwhile.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import django
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections

WATCH_SECONDS = 0.01
LEFT_OUT = {"labeling.oz.tasks.wake_model_if_needed"}  # sends a message: there is no broker here
WRITES = "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = current_database()"
LONGEST = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid() AND pid <> %s
"""
CLAIMER = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()"
# What a rush leaves behind: a hundredth of the queue claimed by somebody who went away, and as much fresh from upload.
LATE = """
INSERT INTO labeling_lease (project_id, item_id, user_id, state, arm, arm_probability, guideline_version_id, settles,
    claimed_at, expires_at)
SELECT p.id, q.item_id, (SELECT max(user_id) FROM labeling_member WHERE project_id = p.id), 'open', 'blind', 0.15,
    (SELECT max(id) FROM labeling_guidelineversion WHERE project_id = p.id), false, now() - interval '2 min', now()
FROM labeling_project p JOIN labeling_queueentry q ON q.project_id = p.id
WHERE p.slug = %(slug)s AND q.item_id %% 100 = 77
    AND NOT EXISTS (SELECT 1 FROM labeling_lease l WHERE l.item_id = q.item_id AND l.state = 'open');
UPDATE labeling_queueentry SET leased = leased + 1
WHERE item_id %% 100 = 77 AND project_id = (SELECT id FROM labeling_project WHERE slug = %(slug)s);
DELETE FROM labeling_queueentry
WHERE item_id %% 100 = 78 AND project_id = (SELECT id FROM labeling_project WHERE slug = %(slug)s);
UPDATE labeling_item SET admitted_at = NULL
WHERE id %% 100 = 78 AND project_id = (SELECT id FROM labeling_project WHERE slug = %(slug)s);
"""


class Claims:
    """Somebody who claims beside the tasks."""

    def __init__(self, slug: str) -> None:
        command = [sys.executable, "-m", "tests.bench.pages.claims", slug]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.seen: list[tuple[float, float]] = []
        threading.Thread(target=self._read, daemon=True).start()
        while not self.seen:  # until it is there
            assert self.process.poll() is None
            time.sleep(0.1)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            begun, taken = map(float, line.split())
            self.seen.append((begun, taken))

    def slowest(self, since: float) -> float:
        """Milliseconds, of those that began since then."""
        return max((taken for begun, taken in self.seen if begun >= since), default=0.0)

    def end(self) -> None:
        """No more."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@contextmanager
def claiming(slug: str) -> Iterator[Claims]:
    """Somebody who claims until the end."""
    claims = Claims(slug)
    try:
        yield claims
    finally:
        claims.end()


def number(query: str, *values: int) -> float:
    """One figure of the database's."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return float(cursor.fetchone()[0])


def apart(work: Callable[[], object]) -> tuple[int, int]:
    """A process that does the work and says how it went by the pipe returned with its id."""
    connections.close_all()
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    begun = time.perf_counter()
    try:
        found = repr(work())
        row = {"ms": round(1000 * (time.perf_counter() - begun), 1),
               "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}  # fmt: skip
        os.write(writer, json.dumps([row, found[:40]]).encode())
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def done(name: str, claims: Claims, work: Callable[[], object]) -> tuple[str, dict[str, float]]:
    """Its figures."""
    cache.clear()
    writes, since = number(WRITES), time.monotonic()
    child, reader = apart(work)
    claimer = int(number(CLAIMER + " AND pid <> pg_backend_pid() ORDER BY backend_start LIMIT 1"))
    longest = 0.0
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        longest = max(longest, number(LONGEST, claimer))
        time.sleep(WATCH_SECONDS)
    with os.fdopen(reader) as told:
        row, found = json.loads(told.read())
    row |= {"transaction_ms": round(1000 * longest, 1), "claim_ms": round(claims.slowest(since), 1),
            "rows": number(WRITES) - writes}  # fmt: skip
    print(f"{name:<24} {row} {found}", file=sys.stderr)
    return f"task_{name}", row


def vacuum(query: str = "", **values: str) -> None:
    """After some rows were changed, what PostgreSQL would do by itself in time."""
    with connection.cursor() as cursor:
        if query:
            cursor.execute(query, values)
        cursor.execute("VACUUM ANALYZE")


def task(path: str) -> Callable[[], object]:
    """A task by its dotted name."""
    module, name = path.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]


def main(slug: str, *only: str) -> None:
    """Those with much to do first, then all of the schedule with nothing to do."""
    project = importlib.import_module("labeling.projects.models").Project.objects.get(slug=slug)
    refit = importlib.import_module("labeling.consensus.actions").refit
    rank = importlib.import_module("labeling.selection.actions").rank
    scheduled = {row["task"].rsplit(".", 1)[1]: task(row["task"]) for row in settings.CELERY_BEAT_SCHEDULE.values()
                 if row["task"] not in LEFT_OUT}  # fmt: skip
    works: dict[str, Callable[[], object]] = {
        "refit": partial(refit, project=project), "rank": partial(rank, project=project),
        "rush": scheduled["tend_queues"], "rules": scheduled["judge_people"], **scheduled,
    }  # fmt: skip
    figures: dict[str, Any] = {}
    with claiming(slug) as claims:
        for name in only or works:
            if name in ("rank", "rules", "rush"):
                vacuum(LATE if name == "rush" else "", slug=slug)
            figures |= [done(name, claims, works[name])]
    vacuum()
    print(json.dumps(figures))


if __name__ == "__main__":
    django.setup()
    main(*sys.argv[1:])
