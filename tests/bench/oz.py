"""People in the model's place: what the way through costs beside their thinking, and what a burst of callers does.

A real `manage.py serve`. OPEN callers are kept waiting all the while: the wizard at the console passes each of them on,
so that they stay open before others, and answers what else is asked until nothing is left. Then TRIPS calls come one by
one while the console is free; each rings there by its event stream, is taken, answered at once, and ends at the caller:
`overhead_ms`, which holds no thinking. `labeling_p95_ratio` is the 95th percentile of claims and submits of two
annotators with OPEN callers waiting over that without, in turns.
At last BURST calls, each with its own picture, come as fast as CLIENTS connections send them, while the wizard goes
on answering: `accepted` is what was not refused (429, 503), `lost` what of it is neither answered nor told as open.

Callers and wizard run on the server's cores: `client_cpu_ms_trip` and `burst_client_cpu_s` are their own CPU, which is
in the times and is no cost of the server's; `server_cpu_ms_trip` and `burst_server_cpu_s` are web and database.
"""

import contextlib
import http.client
import io
import json
import multiprocessing
import os
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg
from PIL import Image

from tests.bench.queue import DATABASE, SLUG, WEB, Api, Stage, cpu, prepare, span, spent, top_up
from tests.bench.server import Server, serving

OPEN = int(os.environ.get("OPEN", "50"))
TRIPS = int(os.environ.get("TRIPS", "200"))
BURST = int(os.environ.get("BURST", "10000"))
CLIENTS = int(os.environ.get("CLIENTS", "16"))
TURNS = int(os.environ.get("TURNS", "3"))
ITEMS = 20_000
ANNOTATORS = 2
PATIENCE = 120
OPEN_LIMIT = 500
BEAT_SECONDS = 3.0
WARM = 5  # the first calls warm what is cached
FIRST_OF_BURST = 100_000  # seeds of pictures that nobody sent before
BOUNDARY = "emerald-bench"
# Inputs that some variant was not answered for yet: what the worker still has to ask of the wizard.
UNASKED = """
SELECT count(*) FROM labeling_input i JOIN labeling_variant v ON v.experiment_id = i.experiment_id
WHERE NOT EXISTS (SELECT FROM labeling_inquiry q JOIN labeling_reply r ON r.inquiry_id = q.id
                  WHERE q.input_id = i.id AND q.variant_id = v.id)
"""
HELD = """
SELECT count(*) FROM labeling_inquiry
WHERE caller_id IS NOT NULL AND abandoned_at IS NULL AND state IN ('waiting', 'leased')
"""
SETUP = f"""
from django.contrib.auth.models import User
from labeling.oz import actions
from labeling.projects.models import Project
owner, wizard = User.objects.get(username="owner"), User.objects.get(username="person-0")
project = Project.objects.get(slug={SLUG!r})
made = actions.draft(actor=owner, project=project, name="Bench", goal="To be quick", overlap=1)
for question in ("This?", "That?"):
    actions.write_variant(actor=owner, experiment=made, question=question, classes=["yes", "no"])
actions.seat(actor=owner, experiment=made, user=wizard, part="wizard")
actions.set_service(actor=owner, project=project, patience={PATIENCE}, lasting=3600, open_limit={OPEN_LIMIT})
actions.start(actor=owner, experiment=made)
"""


def picture(seed: int) -> bytes:
    """A small PNG unlike those of other seeds."""
    out = io.BytesIO()
    Image.new("RGB", (32, 32), (seed % 256, seed // 256 % 256, seed // 65_536)).save(out, "PNG")
    return out.getvalue()


def body(seed: int) -> bytes:
    """A call's form."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{seed}.png"\r\n'
    return head.encode() + b"Content-Type: image/png\r\n\r\n" + picture(seed) + f"\r\n--{BOUNDARY}--\r\n".encode()


class Caller:
    """A product with a connection of its own."""

    def __init__(self, url: str, token: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE + 30)
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        self.headers = {"Authorization": f"Token {token}", "Content-Type": kind}

    def call(self, data: bytes, wait: int) -> tuple[int, dict[str, Any]]:
        """Status and answer."""
        self.connection.request("POST", f"/api/v1/projects/{SLUG}/predict?wait={wait}", data, self.headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())


class Wizard(threading.Thread):
    """A console without a person: what rings is taken; `answers` tells whether callers are answered or passed on."""

    def __init__(self, server: Server, token: str) -> None:
        super().__init__(daemon=True)
        self.api, self.answers = Api(server.url, token), True
        self.base = f"projects/{SLUG}/console/1/shifts/"
        self.base += f"{self.api.post(self.base, {})['shift']}/"
        self.stream = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        self.stream.request("GET", f"/api/v1/{self.base}stream", headers={"Authorization": f"Token {token}"})
        self.events = self.stream.getresponse()
        self.seen: dict[str, float] = {}
        self.free = threading.Event()
        self.start()
        threading.Thread(target=self._beat, args=(Api(server.url, token),), daemon=True).start()

    def run(self) -> None:
        """Deal with what waits at each ring."""
        with contextlib.suppress(OSError, http.client.HTTPException):  # at the end, when the server goes
            for line in self.events:
                if line.startswith(b"event: ring"):
                    self.free.clear()
                    self._deal()
                    self.free.set()

    def _beat(self, api: Api) -> None:
        """Signs of life, as a console's page gives them."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            while True:
                api.post(self.base + "beat", {})
                time.sleep(BEAT_SECONDS)

    def _deal(self) -> None:
        inquiry = self.api.post(self.base + "take", {})["inquiry"]
        while inquiry is not None:
            self.seen[inquiry["id"]] = time.perf_counter()
            if self.answers or not inquiry["called"]:
                told = {"inquiry": inquiry["id"], "said": "yes", "milliseconds": 0}
                inquiry = self.api.post(self.base + "answer", told)["inquiry"]
            else:
                inquiry = self.api.post(self.base + "pass", {"inquiry": inquiry["id"]})["inquiry"]


@contextlib.contextmanager
def waiting(server: Server, wizard: Wizard, token: str) -> Iterator[None]:
    """OPEN callers wait for as long as the block lasts, and nothing else does; then they hang up."""
    wizard.answers = False
    callers = [Caller(server.url, token) for _ in range(OPEN)]
    for seed, caller in enumerate(callers):
        path = f"/api/v1/projects/{SLUG}/predict?wait={PATIENCE}"
        caller.connection.request("POST", path, body(seed), caller.headers)
    until(lambda: count(server, HELD) >= OPEN)
    until(lambda: count(server, UNASKED) == 0 and wizard.free.is_set())
    wizard.answers = True
    try:
        yield
    finally:
        for caller in callers:
            caller.connection.close()
        until(lambda: count(server, HELD) == 0)


def count(server: Server, query: str) -> int:
    """A number that the database tells."""
    with psycopg.connect(server.database_url) as database:
        row = database.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def until(condition: Any, seconds: float = 60.0) -> None:
    """Wait for what the server does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("it did not happen in time")
        time.sleep(0.05)


@dataclass(frozen=True)
class Trips:
    """Milliseconds of each call, to its answer and to the console; and CPU milliseconds a call."""

    whole: list[float]
    first: list[float]
    client_cpu: float
    server_cpu: float


def trips(server: Server, wizard: Wizard, token: str) -> Trips:
    """Calls one after the other, each when the console is free."""
    caller, whole, first = Caller(server.url, token), [], []
    bodies = [body(OPEN + seed) for seed in range(TRIPS + WARM)]
    tree = psutil.Process(server.process.pid)
    own, theirs = time.process_time(), cpu(tree)
    for data in bodies:
        wizard.free.wait(60)
        begun = time.perf_counter()
        status, told = caller.call(data, PATIENCE)
        ended = time.perf_counter()
        if status != 200:
            raise RuntimeError(f"a call was not answered: {status} {told}")
        whole.append(1000 * (ended - begun))
        first.append(1000 * (wizard.seen[told["id"]] - begun))
    own, theirs = time.process_time() - own, spent(tree, theirs)
    served = theirs[WEB] + theirs[DATABASE]
    return Trips(whole[WARM:], first[WARM:], 1000 * own / len(bodies), 1000 * served / len(bodies))


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[int(0.95 * len(values))]


def flood(url: str, token: str, seeds: range, go: Any, results: "multiprocessing.Queue[Any]") -> None:
    """One connection's share of the burst: statuses, what was accepted, and CPU seconds."""
    bodies, statuses, ids = [body(seed) for seed in seeds], Counter[int](), []
    caller = Caller(url, token)
    go.wait()
    own = time.process_time()
    for data in bodies:
        try:
            status, told = caller.call(data, 0)
        except (OSError, http.client.HTTPException):
            statuses[0] += 1
            caller = Caller(url, token)
            continue
        statuses[status] += 1
        if status in (200, 202):
            ids.append(told["id"])
    results.put((statuses, ids, time.process_time() - own))


@dataclass(frozen=True)
class Burst:
    """What became of the calls, and what they cost."""

    statuses: Counter[int]
    ids: list[str]
    seconds: float
    client_cpu: float
    server_cpu: float


def burst(server: Server, token: str) -> Burst:
    """BURST calls over CLIENTS connections, their pictures made before."""
    results: multiprocessing.Queue[Any] = multiprocessing.Queue()
    go = multiprocessing.Barrier(CLIENTS + 1)
    share = BURST // CLIENTS
    tree = psutil.Process(server.process.pid)
    clients = [
        multiprocessing.Process(target=flood, args=(
            server.url, token, range(FIRST_OF_BURST + at * share, FIRST_OF_BURST + (at + 1) * share), go, results
        ))
        for at in range(CLIENTS)
    ]  # fmt: skip
    for client in clients:
        client.start()
    go.wait()
    begun, own, theirs = time.monotonic(), time.process_time(), cpu(tree)
    done = [results.get(timeout=900) for _ in clients]
    seconds, own, theirs = time.monotonic() - begun, time.process_time() - own, spent(tree, theirs)
    for client in clients:
        client.join()
    statuses = sum((counts for counts, _, _ in done), Counter[int]())
    ids = [each for _, found, _ in done for each in found]
    return Burst(statuses, ids, seconds, own + sum(each for _, _, each in done), theirs[WEB] + theirs[DATABASE])


def lost(server: Server, ids: list[str]) -> tuple[int, int]:
    """Of what was accepted: neither answered nor told as open; and answered."""
    with psycopg.connect(server.database_url) as database:
        rows = database.execute("SELECT id::text, state FROM labeling_inquiry WHERE caller_id IS NOT NULL").fetchall()
    states: dict[str, str] = dict(rows)
    kept = {"answered", "waiting", "leased"}
    return sum(states.get(each) not in kept for each in ids), sum(states.get(each) == "answered" for each in ids)


def run(data: Path | None) -> dict[str, float | int]:
    """All figures; `data` is not used."""
    with serving() as server:
        stage: Stage = prepare(server)
        top_up(server, stage, ITEMS)
        server.manage("shell", "-c", SETUP)
        wizard = Wizard(server, stage.tokens[0])
        token, people = stage.tokens[1], stage.tokens[2 : 2 + ANNOTATORS]
        span(server, people, stage.labels, 10)
        alone, beside = [], []
        for _ in range(TURNS):
            alone += span(server, people, stage.labels, 10).waits_ms
            with waiting(server, wizard, token):
                beside += span(server, people, stage.labels, 10).waits_ms
        print(f"labeling p95: {p95(alone):.1f} ms alone, {p95(beside):.1f} ms beside {OPEN} callers", flush=True)
        with waiting(server, wizard, token):
            way = trips(server, wizard, token)
        print(
            f"overhead: {statistics.median(way.whole):.1f} ms, p95 {p95(way.whole):.1f} ms; CPU a call: clients "
            f"{way.client_cpu:.1f} ms, web and database {way.server_cpu:.1f} ms", flush=True,
        )  # fmt: skip
        flooded = burst(server, token)
        statuses, ids = flooded.statuses, flooded.ids
        print(
            f"burst: {dict(statuses)} in {flooded.seconds:.0f} s; CPU: clients {flooded.client_cpu:.1f} s, web and "
            f"database {flooded.server_cpu:.1f} s", flush=True,
        )  # fmt: skip
        until(lambda: lost(server, ids)[1] >= len(ids) or not wizard.is_alive(), 300)
        missing, answered = lost(server, ids)
    return {
        "overhead_ms_p50": round(statistics.median(way.whole), 1), "overhead_ms_p95": round(p95(way.whole), 1),
        "to_console_ms_p50": round(statistics.median(way.first), 1), "open": OPEN,
        "client_cpu_ms_trip": round(way.client_cpu, 1), "server_cpu_ms_trip": round(way.server_cpu, 1),
        "burst": sum(statuses.values()), "accepted": len(ids), "answered": answered, "refused_429": statuses[429],
        "refused_503": statuses[503], "failed": sum(statuses.values()) - len(ids) - statuses[429] - statuses[503],
        "lost": missing, "burst_s": round(flooded.seconds, 1), "burst_client_cpu_s": round(flooded.client_cpu, 1),
        "burst_server_cpu_s": round(flooded.server_cpu, 1), "labeling_p95_ms_alone": round(p95(alone), 1),
        "labeling_p95_ms_beside": round(p95(beside), 1), "labeling_p95_ratio": round(p95(beside) / p95(alone), 2),
    }  # fmt: skip
