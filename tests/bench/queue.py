"""The queue under load: a real `serve`, distinct people with tokens, claims of one and of ten, three project sizes.

Baseline in the same run: pgbench doing the bare SQL of the same two transactions on the same tables. `cpu_ms_*` is the
CPU of the web processes and of the whole database; `cpu_ms_background` that of the workers, the scheduler and Valkey.
The clients' CPU is counted apart. Before each number of people the queue is topped up, so that `size` items wait.
"""

import contextlib
import http.client
import itertools
import json
import multiprocessing
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg

from labeling.supervisor.postgres import Postgres
from tests.bench.server import Server, serving

SIZES = tuple(int(size) for size in os.environ.get("SIZES", "10000,100000,1000000").split(","))
PEOPLE = tuple(int(count) for count in os.environ.get("PEOPLE", "1,4,16").split(","))
SECONDS = float(os.environ.get("SECONDS", "8"))
MOST = max(PEOPLE)
MOST_PEOPLE = 16
COUNTS = (10, 1)
SUFFIX = {10: "", 1: "_k1"}  # of what is told of claims of so many
CLASSES = 10
WEB, DATABASE, BACKGROUND = "web", "database", "background"
PARTS = {"supervisor.web": WEB, "postgres": DATABASE}  # what a part is called in its command line
PASSWORD = "a long enough passphrase"
SLUG = "bench"
RIPE = 0.05  # by how much tables grow until their statistics are made anew
WRONG_EVERY = 10  # one answer in so many is wrong, so that items need a second and a third one

FILL = """
INSERT INTO labeling_blob (sha256, size, format, content_type, fingerprint, width, height, created_at, derived_at,
                           derive_tries)
SELECT lpad(to_hex(n), 64, '0'), 1, 'png', 'image/png', lpad(to_hex(n), 64, '0'), 28, 28, now(), now(), 0
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n ON CONFLICT DO NOTHING;
INSERT INTO labeling_item (project_id, blob_id, name, metadata, "group", heldout, fold, state, fault, created_at,
                           admitted_at)
SELECT %(project)s, lpad(to_hex(n), 64, '0'), n || '.png', '{}', n::text, false, n %% 5, 'ready', '', now(), now()
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n ORDER BY random();
INSERT INTO labeling_queueentry (item_id, project_id, priority, wanted, leased, audience)
SELECT id, project_id, random(), 1, 0, 'anyone' FROM labeling_item WHERE project_id = %(project)s
ON CONFLICT DO NOTHING;
"""

WAITING = "SELECT count(*) FROM labeling_queueentry WHERE project_id = %s AND wanted > leased AND audience = 'anyone'"

# Places that two people held at once although one answer was wanted.
DOUBLE = """
SELECT count(*) FROM labeling_lease a JOIN labeling_lease b ON a.item_id = b.item_id AND a.id < b.id
WHERE a.project_id = %(project)s
  AND b.claimed_at < coalesce(a.closed_at, a.expires_at) AND a.claimed_at < coalesce(b.closed_at, b.expires_at)
"""

BARE = """
\\set person random(1, 16)
BEGIN;
SELECT coalesce(max(item_id), 0) AS item FROM (
  SELECT item_id FROM labeling_queueentry q
  WHERE project_id = :project AND audience = 'anyone' AND wanted > leased AND NOT EXISTS (
    SELECT 1 FROM labeling_lease l WHERE l.item_id = q.item_id AND l.user_id = :first_user + :person - 1
      AND l.state IN ('open', 'answered', 'skipped'))
  ORDER BY priority DESC, item_id LIMIT 1 FOR UPDATE SKIP LOCKED) t \\gset
UPDATE labeling_queueentry SET leased = leased + 1 WHERE item_id = :item;
INSERT INTO labeling_lease (project_id, item_id, user_id, state, arm, arm_probability, guideline_version_id, settles,
  claimed_at, expires_at) VALUES (:project, :item, :first_user + :person - 1, 'open', 'blind', 1, :guideline, false,
  now(), now() + interval '60 s') RETURNING id AS lease \\gset
COMMIT;
BEGIN;
SELECT 1 AS locked FROM labeling_lease WHERE id = :lease FOR UPDATE \\gset
INSERT INTO labeling_annotation (project_id, item_id, user_id, lease_id, attempt, label_id, key, arm, arm_probability,
  guideline_version_id, milliseconds, answered_at, stored_at) VALUES (:project, :item, :first_user + :person - 1,
  :lease, 1, :label, gen_random_uuid(), 'blind', 1, :guideline, 900, now(), now());
UPDATE labeling_lease SET state = 'answered', closed_at = now() WHERE id = :lease;
UPDATE labeling_queueentry SET leased = leased - 1, wanted = 0 WHERE item_id = :item;
COMMIT;
"""


@dataclass(frozen=True)
class Load:
    """What one span of load did."""

    answers: int
    seconds: float
    server_cpu: dict[str, float]  # seconds by part
    client_cpu: float
    waits_ms: list[float]  # of claims and submits
    keys: list[str]  # acknowledged

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU of web and database an answer."""
        return self.cpu_ms_of(WEB) + self.cpu_ms_of(DATABASE)

    def cpu_ms_of(self, part: str) -> float:
        """CPU of one part an answer."""
        return 1000 * self.server_cpu[part] / max(self.answers, 1)

    @property
    def p95_ms(self) -> float:
        """Of all requests."""
        return sorted(self.waits_ms)[int(0.95 * len(self.waits_ms))]


class Api:
    """One person's connection, as light as Python has it: the load shall fall on the server."""

    def __init__(self, url: str, token: str = "") -> None:
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Token {token}"

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer; RuntimeError when it is a refusal."""
        self.connection.request("POST", f"/api/v1/{path}", json.dumps(body), self.headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{path}: {response.status} {text[:300]!r}")
        return json.loads(text)

    def close(self) -> None:
        """Hang up."""
        self.connection.close()


def work(
    url: str, token: str, labels: Sequence[int], count: int, until: float, results: "multiprocessing.Queue[Any]"
) -> None:
    """Claim and answer without pause until the time is over."""
    api, waits, keys, started = Api(url, token), [], [], time.process_time()
    while time.monotonic() < until:
        before = time.perf_counter()
        leases = api.post(f"projects/{SLUG}/claim", {"count": count})["leases"]
        claimed = time.perf_counter()
        waits.append(1000 * (claimed - before))
        if not leases:
            continue
        answers = [answer(lease, labels) for lease in leases]
        told = api.post(f"projects/{SLUG}/submit", {"answers": answers})
        waits.append(1000 * (time.perf_counter() - claimed))
        keys += [row["key"] for row in told["results"] if row["status"] == "stored"]
    results.put((keys, waits, time.process_time() - started))


def answer(lease: dict[str, Any], labels: Sequence[int]) -> dict[str, Any]:
    """Right nine times in ten."""
    item = lease["item"]["id"]
    right = labels[item % len(labels)] if (item + lease["id"]) % WRONG_EVERY else labels[(item + 1) % len(labels)]
    now = datetime.now(UTC).isoformat()
    return {"lease": lease["id"], "key": str(uuid.uuid4()), "label": right, "milliseconds": 900, "answered_at": now}


def cpu(process: psutil.Process) -> dict[str, float]:
    """CPU seconds by part: of the supervisor's children, all below them, and what ended there."""
    total = dict.fromkeys((WEB, DATABASE, BACKGROUND), 0.0)
    for child in process.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            part = next((name for word, name in PARTS.items() if word in " ".join(child.cmdline())), BACKGROUND)
            total[part] += sum(_seconds(one) for one in [child, *child.children(recursive=True)])
    return total


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def spent(tree: psutil.Process, before: dict[str, float]) -> dict[str, float]:
    """CPU seconds by part since then."""
    return {part: seconds - before[part] for part, seconds in cpu(tree).items()}


def span(server: Server, tokens: Sequence[str], labels: Sequence[int], count: int) -> Load:
    """People at work side by side for some seconds."""
    results: multiprocessing.Queue[Any] = multiprocessing.Queue()
    tree = psutil.Process(server.process.pid)
    before, started = cpu(tree), time.monotonic()
    people = [
        multiprocessing.Process(target=work, args=(server.url, token, labels, count, started + SECONDS, results))
        for token in tokens
    ]
    for person in people:
        person.start()
    done = [results.get(timeout=SECONDS + 120) for _ in people]
    seconds = time.monotonic() - started
    for person in people:
        person.join()
    keys = [key for found, _, _ in done for key in found]
    waits = [wait for _, found, _ in done for wait in found]
    return Load(len(keys), seconds, spent(tree, before), sum(own for _, _, own in done), waits, keys)


@dataclass(frozen=True)
class Stage:
    """The project under load."""

    project: int
    guideline: int
    first_user: int
    labels: list[int]
    tokens: list[str]


def prepare(server: Server) -> Stage:
    """A project and sixteen annotators, by the API where it has a way."""
    names = ["owner", *(f"person-{index}" for index in range(MOST_PEOPLE))]
    subprocess.run(
        [sys.executable, "-m", "labeling.demo.accounts"], input=json.dumps(dict.fromkeys(names, PASSWORD)), text=True,
        env=server.environment | {"DJANGO_SETTINGS_MODULE": "labeling.settings"}, check=True,
    )  # fmt: skip
    with contextlib.closing(Api(server.url)) as api:
        tokens = [api.post("token", {"username": name, "password": PASSWORD})["token"] for name in names]
    classes = [{"name": f"class {index}"} for index in range(CLASSES)]
    with contextlib.closing(Api(server.url, tokens[0])) as api:
        api.post("projects", {"name": SLUG, "slug": SLUG, "medium": "image", "question": "Which?", "classes": classes})
    with psycopg.connect(server.database_url, autocommit=True) as database:
        project = _one(database, "SELECT id FROM labeling_project WHERE slug = %s", SLUG)
        guideline = _one(database, "SELECT max(id) FROM labeling_guidelineversion WHERE project_id = %s", project)
        first = _one(database, "SELECT id FROM auth_user WHERE username = %s", "person-0")
        database.execute(
            "INSERT INTO labeling_member (project_id, user_id, role, joined_at, consented_to) "
            "SELECT %s, id, 'annotator', now(), '' FROM auth_user WHERE username LIKE 'person-%%'", (project,),
        )  # fmt: skip
        rows = database.execute(
            "SELECT id FROM labeling_label WHERE project_id = %s AND role = 'class' ORDER BY id", (project,)
        ).fetchall()
    return Stage(project, guideline, first, [row[0] for row in rows], tokens[1:])


def _one(database: "psycopg.Connection[Any]", query: str, *values: Any) -> int:
    row = database.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])


def top_up(server: Server, stage: Stage, size: int) -> None:
    """Add items by SQL until `size` of them want an answer: how they come in is another benchmark's matter."""
    with psycopg.connect(server.database_url, autocommit=True) as database:
        waiting = _one(database, WAITING, stage.project)
        last = _one(database, "SELECT count(*) FROM labeling_item WHERE project_id = %s", stage.project)
        if waiting >= size:
            return
        cursor = psycopg.ClientCursor(database)  # several statements in one string need client-side values
        cursor.execute(FILL, {"first": last + 1, "last": last + size - waiting, "project": stage.project})
        if size - waiting > RIPE * size:
            for table in ("labeling_item", "labeling_queueentry", "labeling_blob", "labeling_lease"):
                database.execute(f"VACUUM ANALYZE {table}")


def bare(server: Server, stage: Stage) -> tuple[float, float]:
    """Pairs of transactions a second, and CPU milliseconds of the database a pair, by pgbench with 16 clients."""
    script = server.folder / "bare.sql"
    script.write_text(BARE)
    values = {
        "project": stage.project, "guideline": stage.guideline, "first_user": stage.first_user,
        "label": stage.labels[0],
    }  # fmt: skip
    pgbench = Postgres(server.folder / "postgres", server.folder / "sockets" / "pg").binaries / "pgbench"
    command = [
        str(pgbench), "-n", "-c", "16", "-j", "1", "-T", str(int(SECONDS)), "-f", str(script),
        *(part for name, value in values.items() for part in ("-D", f"{name}={value}")),
        "-h", str(server.folder / "sockets" / "pg"), "-U", "postgres", "emerald",
    ]  # fmt: skip
    tree = psutil.Process(server.process.pid)
    before = cpu(tree)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = spent(tree, before)[DATABASE]
    told = dict(line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)
    pairs = int(told["number of transactions actually processed"].split("/")[0])
    return pairs / SECONDS, 1000 * seconds / max(pairs, 1)


def short(size: int) -> str:
    """10k, 1m."""
    return f"{size // 1_000_000}m" if size >= 1_000_000 and not size % 1_000_000 else f"{size // 1000}k"


def run(data: Path | None) -> dict[str, float | int | str]:
    """Every size, number of people and size of claim; the figures without a size are those of the largest."""
    figures: dict[str, float | int | str] = {}
    loads: dict[tuple[int, int, int], Load] = {}
    with serving() as server:
        stage = prepare(server)
        warm(server, stage)
        for size, people in itertools.product(SIZES, PEOPLE):
            top_up(server, stage, size)
            for count in COUNTS:
                loads[size, people, count] = load = span(server, stage.tokens[:people], stage.labels, count)
                tell(size, people, count, load)
                name = f"{people}_{short(size)}" + SUFFIX[count]
                figures |= {f"answers_per_s_{name}": round(load.per_second, 1)}
                figures |= {f"cpu_ms_{name}": round(load.cpu_ms, 2), f"p95_ms_{name}": round(load.p95_ms, 1)}
        pairs, milliseconds = bare(server, stage)
        figures |= {"pairs_per_s_bare_sql": round(pairs, 1), "cpu_ms_bare_sql": round(milliseconds, 3)}
        figures |= faults(server, stage, [key for load in loads.values() for key in load.keys])
    return figures | headlines({place[0::2]: load for place, load in loads.items() if place[1] == MOST})


def warm(server: Server, stage: Stage) -> None:
    """Let every process and connection do everything before the first measurement, which pays for none's being new."""
    top_up(server, stage, SIZES[0])
    for count in (*COUNTS, *COUNTS):
        span(server, stage.tokens, stage.labels, count)


def tell(size: int, people: int, count: int, load: Load) -> None:
    """A line for whoever watches."""
    print(
        f"{size:>9,} items, {people:>2} people, claims of {count:>2}: {load.per_second:7.1f} a/s, p95 "
        f"{load.p95_ms:6.1f} ms, {load.cpu_ms:5.2f} ms CPU ({load.cpu_ms_of(WEB):.2f} web; apart: "
        f"{load.cpu_ms_of(BACKGROUND):.2f} workers, clients {load.client_cpu:.1f} s in all)", flush=True,
    )  # fmt: skip


def headlines(loads: Mapping[tuple[int, int], Load]) -> dict[str, float | int | str]:
    """Of most people: the largest size, and how much more CPU it takes than the smallest."""
    figures: dict[str, float | int | str] = {}
    small, large = min(SIZES), max(SIZES)
    for count, suffix in SUFFIX.items():
        load = loads[large, count]
        figures |= {
            f"answers_per_s_{MOST}{suffix}": round(load.per_second, 1), f"p95_ms_{MOST}{suffix}": round(load.p95_ms, 1),
            f"cpu_ms_per_answer{suffix}": round(load.cpu_ms, 2), f"cpu_ms_web{suffix}": round(load.cpu_ms_of(WEB), 2),
            f"cpu_ms_background{suffix}": round(load.cpu_ms_of(BACKGROUND), 2),
        }  # fmt: skip
        if small < large:
            growth = load.cpu_ms / loads[small, count].cpu_ms
            figures[f"growth_{short(small)}_to_{short(large)}{suffix}"] = round(growth, 2)
    return figures


def faults(server: Server, stage: Stage, acknowledged: list[str]) -> dict[str, int]:
    """Places granted twice, and acknowledged answers that are not in the database."""
    with psycopg.connect(server.database_url) as database:
        cursor = database.execute(DOUBLE, {"project": stage.project})
        row = cursor.fetchone()
        stored = {str(found[0]) for found in database.execute("SELECT key FROM labeling_annotation").fetchall()}
    assert row is not None
    return {"double_grants": int(row[0]), "lost_answers": len(set(acknowledged) - stored)}
