"""Four people answer without pause while web, worker, Valkey and PostgreSQL are killed with -9 in turn.

At the end every acknowledged answer must be in the database once, and every promise of the queue must hold.
"""

import contextlib
import http.client
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.bench.queue import DOUBLE, Api, Stage, answer, prepare, top_up
from tests.bench.server import Server, serving

KILLS = int(os.environ.get("KILLS", "20"))
ITEMS = int(os.environ.get("ITEMS", "20000"))
PEOPLE = 4
BETWEEN = (1.5, 3.0)  # seconds from one kill to the next: some fall into the recovery from the last
RETRY = 0.1
BACK_SECONDS = 60.0  # for all to be at work again after the last kill
TOLD_SECONDS = 3.0  # a stall as long as that is told of on stderr, with what was killed meanwhile
# What a part is called in its command line; the first match among the supervisor's children.
PARTS = {"web": "supervisor.web", "worker": "celery", "valkey": "valkey-server", "postgres": "postgres"}

VIOLATIONS = {
    "leased is not the number of open leases": """
        SELECT count(*) FROM labeling_queueentry q WHERE leased <> (
          SELECT count(*) FROM labeling_lease l WHERE l.item_id = q.item_id AND l.state = 'open')""",
    "two standing answers of one person to one item": """
        SELECT count(*) FROM (SELECT 1 FROM labeling_annotation a
          LEFT JOIN labeling_retraction r ON r.annotation_id = a.id
          WHERE r.id IS NULL GROUP BY item_id, user_id HAVING count(*) > 1) t""",
    "an answer without its lease being answered": """
        SELECT count(*) FROM labeling_annotation a JOIN labeling_lease l ON l.id = a.lease_id
        WHERE l.state <> 'answered'""",
    "a posterior that did not count an answer": """
        SELECT count(*) FROM (SELECT item_id, count(*) AS n FROM labeling_annotation GROUP BY item_id) a
        LEFT JOIN labeling_consensus c ON c.item_id = a.item_id WHERE c.answers IS DISTINCT FROM a.n""",
    "a verified item that still asks": """
        SELECT count(*) FROM labeling_consensus c JOIN labeling_queueentry q ON q.item_id = c.item_id
        WHERE c.verdict = 'verified' AND q.wanted > 0""",
    "a place that two people held at once": DOUBLE,
    "a lease open long after its end": """
        SELECT count(*) FROM labeling_lease
        WHERE state = 'open' AND expires_at < now() - make_interval(secs => %(overdue)s)""",
    "an item without a label that asks nobody": """
        SELECT count(*) FROM labeling_item i JOIN labeling_queueentry q ON q.item_id = i.id
        LEFT JOIN labeling_consensus c ON c.item_id = i.id
        WHERE i.state = 'ready' AND coalesce(c.verdict, 'open') IN ('open', 'disputed')
          AND (q.wanted = 0 OR q.audience = 'nobody')""",
}
OVERDUE_SECONDS = 60.0  # the worker looks for expired leases far more often; it may just have been killed


@dataclass(frozen=True)
class Stall:
    """A span without an acknowledged answer, and what came in its place."""

    since: float  # of the monotonic clock, as `until`
    until: float
    refusals: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.until - self.since


@dataclass
class Person:
    """One client that never gives up: an answer is sent with its key until it is acknowledged."""

    url: str
    token: str
    labels: list[int]
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    stalls: list[Stall] = field(default_factory=list)
    refused: int = 0
    refusals: list[str] = field(default_factory=list)  # since the last acknowledged answer

    def work(self) -> None:
        """Until told to stop; the span that then runs is as long as it has become."""
        last = time.monotonic()
        while not self.stop.is_set():
            leases = self._ask("claim", {"count": 5})
            answers = [answer(lease, self.labels) for lease in leases["leases"]] if leases else []
            told = self._ask("submit", {"answers": answers}) if answers else None
            if told is not None:
                self.refused += sum(row["status"] == "refused" for row in told["results"])
                self.acknowledged += [row["key"] for row in told["results"] if row["status"] != "refused"]
                last = self._note(last)
        self._note(last)

    def _note(self, since: float) -> float:
        """Keep the span since then; returns when it ended."""
        until = time.monotonic()
        self.stalls.append(Stall(since, until, tuple(self.refusals)))
        self.refusals.clear()
        return until

    def _ask(self, what: str, body: dict[str, Any]) -> Any:
        """The answer, however often it takes to get one; None when told to stop first."""
        while not self.stop.is_set():
            asked = time.monotonic()
            try:
                with contextlib.closing(Api(self.url, self.token)) as api:
                    return api.post(f"projects/bench/{what}", body)
            except (OSError, RuntimeError, http.client.HTTPException, ValueError) as error:
                waited = time.monotonic() - asked
                self.refusals.append(f"{what} after {waited:.1f} s: {type(error).__name__} {str(error)[:60]}")
            time.sleep(RETRY)
        return None


def kill(server: Server, part: str) -> bool:
    """Kill one of the supervisor's children with -9; False when it is just being started anew."""
    for child in psutil.Process(server.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            line = " ".join(child.cmdline())
            if PARTS[part] in line and "beat" not in line:
                os.kill(child.pid, signal.SIGKILL)
                return True
    return False


def all_back(people: list[Person]) -> None:
    """Wait until each person was acknowledged something after the last kill."""
    before = [len(person.acknowledged) for person in people]
    until = time.monotonic() + BACK_SECONDS
    while time.monotonic() < until:
        if all(len(person.acknowledged) > count for person, count in zip(people, before, strict=True)):
            return
        time.sleep(RETRY)
    print("somebody never came back", flush=True)


def tell(people: list[Person], kills: list[tuple[float, str]], begun: float) -> None:
    """Say of each long stall when it was, what was killed shortly before and meanwhile, and what the person got."""
    for number, person in enumerate(people):
        for stall in person.stalls:
            if stall.seconds >= TOLD_SECONDS:
                near = [f"{part} {at - begun:.1f}" for at, part in kills if -1.0 < at - stall.since < stall.seconds]
                got = Counter(stall.refusals).most_common(4) + [(line, 1) for line in stall.refusals[-2:]]
                print(
                    f"person {number}: {stall.seconds:.1f} s from {stall.since - begun:.1f} on; killed: "
                    f"{', '.join(near)}; got: {'; '.join(f'{count} x {line}' for line, count in got)}", file=sys.stderr,
                )  # fmt: skip


def connected(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection to the database, once it is back from the last kill."""
    until = time.monotonic() + BACK_SECONDS
    while True:
        try:
            return psycopg.connect(url)
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def check(server: Server, stage: Stage, people: list[Person]) -> dict[str, int]:
    """What was lost, doubled or broken."""
    acknowledged = [key for person in people for key in person.acknowledged]
    with connected(server.database_url) as database:
        stored = [str(row[0]) for row in database.execute("SELECT key FROM labeling_annotation").fetchall()]
        broken = {}
        for name, query in VIOLATIONS.items():
            row = database.execute(query, {"project": stage.project, "overdue": OVERDUE_SECONDS}).fetchone()
            broken[name] = int(row[0]) if row else 0
    for name, count in broken.items():
        if count:
            print(f"{count} x {name}", flush=True)
    return {
        "acknowledged": len(acknowledged), "lost": len(set(acknowledged) - set(stored)),
        "doubled": len(stored) - len(set(stored)), "violations": sum(broken.values()),
    }  # fmt: skip


def run(data: Path | None) -> dict[str, float | int | str]:
    """Kill and count."""
    rng = random.Random(1)
    with serving() as server:
        stage: Stage = prepare(server)
        top_up(server, stage, ITEMS)
        stop = threading.Event()
        people = [Person(server.url, token, stage.labels, stop) for token in stage.tokens[:PEOPLE]]
        threads = [threading.Thread(target=person.work) for person in people]
        for thread in threads:
            thread.start()
        kills: list[tuple[float, str]] = []
        begun = time.monotonic()
        while len(kills) < KILLS:
            time.sleep(rng.uniform(*BETWEEN))
            part = list(PARTS)[len(kills) % len(PARTS)]
            if kill(server, part):
                kills.append((time.monotonic(), part))
                print(f"{len(kills):>3} {part:<8} {sum(len(p.acknowledged) for p in people)} answers", flush=True)
        all_back(people)
        stop.set()
        for thread in threads:
            thread.join()
        tell(people, kills, begun)
        figures = check(server, stage, people)
    stall = round(max(stall.seconds for person in people for stall in person.stalls), 2)
    return {"kills": len(kills), **figures, "refused": sum(p.refused for p in people), "longest_stall_s": stall}
