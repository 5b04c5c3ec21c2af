"""What each page, list, export and periodic task costs the server, at ten thousand items and at a million.

A PostgreSQL alone, without web server and workers, so that nothing else takes the machine's time; pages are asked for
through Django's own test client, middleware and templates included. `<name>_ms` is the median of warm visits to the
largest project, `first_<name>_ms` the first one while nothing is kept: of a large project its frame.
`count_<figure>_ms` is what the worker takes to count a kept figure. `task_<name>_ms` is a periodic task beside somebody
who claims: `peak_mb_...` its process's memory, `transaction_..._ms` the longest that wrote, `claim_..._ms` the slowest
claim meanwhile.

    SIZES=10000,1000000   items, and as many answers, of each project
    PARTS=visits,exports,tasks
    KEEP=folder           keeps the database there, and uses what it finds there
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from labeling.supervisor.postgres import Postgres, running
from tests.bench.server import ROOT, environment_for

SIZES = tuple(int(size) for size in os.environ.get("SIZES", "10000,1000000").split(","))
PARTS = tuple(os.environ.get("PARTS", "visits,exports,tasks").split(","))
KEEP = os.environ.get("KEEP", "")
SLOW_MS = 300.0  # from which a page is felt to be slow
SHORTEST_MS = 20.0  # what takes less at ten thousand items has no growth worth telling


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """The environment of programs that work on the benchmark's database."""
    with contextlib.ExitStack() as stack:
        folder = Path(KEEP or tempfile.mkdtemp(prefix="emerald-pages-"))
        if not KEEP:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)
        # Large writes of the filling, not what is measured, would wait for the disk.
        quick = ("-c", "fsync=off", "-c", "max_wal_size=8GB", "-c", "autovacuum=off")
        server = stack.enter_context(running(Postgres(folder / "postgres", folder / "pg", quick)))
        extra = {
            "DATABASE_URL": server.url("emerald"), "BROKER_URL": "memory://", "EMERALD_STATIC_HASHED": "false",
            "DJANGO_SETTINGS_MODULE": "labeling.settings", "EMERALD_HOSTS": "testserver", "EMERALD_LOG_LEVEL": "ERROR",
        }  # fmt: skip
        (folder / "data" / "static").mkdir(parents=True, exist_ok=True)
        yield environment_for(folder / "data") | extra


def program(environment: dict[str, str], *arguments: str) -> Any:
    """Run one program; what it prints last is JSON."""
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else None


def short(size: int) -> str:
    """10k, 1m."""
    return f"{size // 1_000_000}m" if size >= 1_000_000 and not size % 1_000_000 else f"{size // 1000}k"


def run(data: Path | None) -> dict[str, Any]:
    """Fill a project of each size, then measure; figures are those of the largest, growth is from the smallest."""
    found: dict[int, dict[str, dict[str, float]]] = {}
    with database() as environment:
        program(environment, "manage.py", "migrate", "-v", "0")
        for size in SIZES:
            program(environment, "-m", "tests.bench.pages.fill", str(size), short(size))
        for size in SIZES:
            parts = [program(environment, "-m", f"tests.bench.pages.{part}", short(size)) for part in PARTS]
            found[size] = {name: figures for part in parts for name, figures in part.items()}
    return _figures(found[max(SIZES)], found[min(SIZES)])


def _figures(large: dict[str, dict[str, float]], small: dict[str, dict[str, float]]) -> dict[str, Any]:
    pages = {name: row for name, row in large.items() if "first_ms" in row}
    figures: dict[str, Any] = {
        "slowest_ms": max((row["ms"] for row in pages.values()), default=0.0),
        "slowest_first_ms": max((row["first_ms"] for row in pages.values()), default=0.0),
        "p50_ms": median(row["ms"] for row in pages.values()) if pages else 0.0,
        "slow": sorted(name for name, row in pages.items() if max(row["ms"], row["first_ms"]) > SLOW_MS),
    }
    if len(SIZES) > 1:
        grown = [row["ms"] / max(small[name]["ms"], SHORTEST_MS) for name, row in pages.items() if name in small]
        figures[f"growth_{short(min(SIZES))}_to_{short(max(SIZES))}"] = round(max(grown, default=0.0), 2)
    for name, row in sorted(large.items()):
        figures |= {f"{name}_ms": row["ms"]}
        figures |= {f"{key.removesuffix('_ms')}_{name}{'_ms' * key.endswith('_ms')}": value
                    for key, value in row.items() if key not in {"ms", "statements"}}  # fmt: skip
    return figures
