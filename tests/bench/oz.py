"""People in the model's place: what the way through costs beside their thinking, and what a burst of callers does.

A real `manage.py serve`. OPEN callers are kept waiting all the while: the wizard at the console passes each of them on,
so that they stay open before others. Then TRIPS calls come one by one; each rings at the console by its event stream,
is taken, answered at once, and ends at the caller: `overhead_ms`, which holds no thinking. `labeling_p95_ratio` is the
95th percentile of claims and submits of two annotators with OPEN callers waiting over that without, in turns.
At last BURST calls come as fast as CLIENTS connections send them, while the wizard goes on answering: `accepted` is
what was not refused (429, 503), `lost` what of it is neither answered nor told as open afterwards.
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
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from PIL import Image

from tests.bench.queue import SLUG, Api, Stage, grow, prepare, span
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
BOUNDARY = "emerald-bench"
SETUP = f"""
from django.contrib.auth.models import User
from labeling.oz import actions
from labeling.projects.models import Project
owner, wizard = User.objects.get(username="owner"), User.objects.get(username="person-0")
project = Project.objects.get(slug={SLUG!r})
made = actions.draft(actor=owner, project=project, name="Bench", goal="To be quick")
for question in ("This?", "That?"):
    actions.write_variant(actor=owner, experiment=made, question=question, classes=["yes", "no"])
actions.seat(actor=owner, experiment=made, user=wizard, part="wizard")
actions.set_service(actor=owner, project=project, patience={PATIENCE}, lasting=3600, open_limit={OPEN_LIMIT})
actions.start(actor=owner, experiment=made)
"""


def picture(seed: int) -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (32, 32), (seed * 37 % 256, seed * 91 % 256, seed % 256)).save(out, "PNG")
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
    """A console without a person: what rings is taken; `answers` tells whether it is answered or passed on."""

    def __init__(self, server: Server, token: str) -> None:
        super().__init__(daemon=True)
        self.api, self.answers, self.done = Api(server.url, token), True, 0
        self.base = f"projects/{SLUG}/console/1/shifts/"
        self.base += f"{self.api.post(self.base, {})['shift']}/"
        self.stream = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        self.stream.request("GET", f"/api/v1/{self.base}stream", headers={"Authorization": f"Token {token}"})
        self.events = self.stream.getresponse()
        self.seen: dict[str, float] = {}
        self.start()
        threading.Thread(target=self._beat, args=(Api(server.url, token),), daemon=True).start()

    def run(self) -> None:
        """Deal with what waits at each ring."""
        with contextlib.suppress(OSError, http.client.HTTPException):  # at the end, when the server goes
            for line in self.events:
                if line.startswith(b"event: ring"):
                    self._deal()

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
            if self.answers:
                told = {"inquiry": inquiry["id"], "said": "yes", "milliseconds": 0}
                inquiry = self.api.post(self.base + "answer", told)["inquiry"]
            else:
                inquiry = self.api.post(self.base + "pass", {"inquiry": inquiry["id"]})["inquiry"]
            self.done += 1


@contextlib.contextmanager
def waiting(server: Server, wizard: Wizard, token: str) -> Iterator[None]:
    """OPEN callers wait for as long as the block lasts; then they hang up."""
    wizard.answers = False
    before = wizard.done
    callers = [Caller(server.url, token) for _ in range(OPEN)]
    for seed, caller in enumerate(callers):
        path = f"/api/v1/projects/{SLUG}/predict?wait={PATIENCE}"
        caller.connection.request("POST", path, body(seed), caller.headers)
    until(lambda: wizard.done - before >= OPEN)
    wizard.answers = True
    try:
        yield
    finally:
        for caller in callers:
            caller.connection.close()


def until(condition: Any, seconds: float = 60.0) -> None:
    """Wait for what the server does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("it did not happen in time")
        time.sleep(0.01)


def trips(server: Server, wizard: Wizard, token: str) -> tuple[list[float], list[float]]:
    """Milliseconds from sending to the answer, and from sending to the console, call by call."""
    caller, whole, first = Caller(server.url, token), [], []
    for seed in range(TRIPS + 5):
        data = body(seed)
        begun = time.perf_counter()
        status, told = caller.call(data, PATIENCE)
        ended = time.perf_counter()
        if status != 200:
            raise RuntimeError(f"a call was not answered: {status} {told}")
        whole.append(1000 * (ended - begun))
        first.append(1000 * (wizard.seen[told["id"]] - begun))
    return whole[5:], first[5:]  # the first ones warm what is cached


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[int(0.95 * len(values))]


def flood(url: str, token: str, count: int, results: "multiprocessing.Queue[Any]") -> None:
    """One connection's share of the burst: statuses, and what was accepted."""
    caller, statuses, ids = Caller(url, token), Counter[int](), []
    for seed in range(count):
        try:
            status, told = caller.call(body(seed % 50), 0)
        except (OSError, http.client.HTTPException):
            statuses[0] += 1
            caller = Caller(url, token)
            continue
        statuses[status] += 1
        if status in (200, 202):
            ids.append(told["id"])
    results.put((statuses, ids))


def burst(server: Server, token: str) -> tuple[Counter[int], list[str], float]:
    """BURST calls over CLIENTS connections."""
    results: multiprocessing.Queue[Any] = multiprocessing.Queue()
    begun = time.monotonic()
    share = BURST // CLIENTS
    clients = [multiprocessing.Process(target=flood, args=(server.url, token, share, results)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    done = [results.get(timeout=900) for _ in clients]
    for client in clients:
        client.join()
    statuses = sum((counts for counts, _ in done), Counter[int]())
    return statuses, [each for _, ids in done for each in ids], time.monotonic() - begun


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
        grow(server, stage, 1, ITEMS)
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
            whole, first = trips(server, wizard, token)
        statuses, ids, seconds = burst(server, token)
        print(f"burst: {dict(statuses)} in {seconds:.0f} s", flush=True)
        until(lambda: lost(server, ids)[1] >= len(ids) or not wizard.is_alive(), 300)
        missing, answered = lost(server, ids)
    return {
        "overhead_ms_p50": round(statistics.median(whole), 1), "overhead_ms_p95": round(p95(whole), 1),
        "to_console_ms_p50": round(statistics.median(first), 1), "open": OPEN, "burst": sum(statuses.values()),
        "accepted": len(ids), "answered": answered, "refused_429": statuses[429], "refused_503": statuses[503],
        "failed": sum(statuses.values()) - len(ids) - statuses[429] - statuses[503], "lost": missing,
        "burst_s": round(seconds, 1), "labeling_p95_ms_alone": round(p95(alone), 1),
        "labeling_p95_ms_beside": round(p95(beside), 1), "labeling_p95_ratio": round(p95(beside) / p95(alone), 2),
    }  # fmt: skip
