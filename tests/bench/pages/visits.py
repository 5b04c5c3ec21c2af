"""Each page and each list of the API, asked for by the owner, an expert and an annotator.

`python -m tests.bench.pages.visits SLUG` prints for each its first and its median time and its
statements; with names after it, for these alone.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from statistics import median

import django
from celery import current_app
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

django.setup()
from labeling.figures.actions import count  # noqa: E402 - tables are known from here on
from labeling.figures.models import KeptFigure  # noqa: E402
from labeling.figures.tasks import count_page  # noqa: E402
from labeling.studio.tasks import keep_figures  # noqa: E402

ASKED: list[tuple[int, str, str]] = []  # what messages to the worker would say
WARM = 5
LONG_SECONDS = 3.0  # what takes longer is visited twice only
PEOPLE = ("owner", "person-199", "person-0")
# Not pages of a project, or such as wait for something or send a file.
PASSED_OVER = re.compile(
    r"^(admin/|api/$|api/schema|join|sign-|api/v1/(join|token|live))|media|original|thumb|peaks|stream|/export/|predict"
)
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Every address as it is written in the rooms, with its name or one made of its words."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if not PASSED_OVER.search(route):
                yield from routes(pattern.url_patterns, route)
        elif not PASSED_OVER.search(route):
            plain = ARGUMENT.sub(lambda match: "" if match[1] == "slug" else match[1], route)
            words = re.sub(r"\W+", "_", plain.removeprefix("api/v1/").removeprefix("projects/"))
            api = route.startswith("api/")
            yield route, f"api_{words.strip('_') or 'project'}" if api else str(pattern.name).replace("-", "_")


def known(slug: str) -> dict[str, object]:
    """A row of each kind to look at, an answered item first."""
    queries = {
        "item_id": "SELECT min(item_id) FROM labeling_annotation a JOIN labeling_project p ON p.id = a.project_id",
        "upload_id": "SELECT min(a.id) FROM labeling_upload a JOIN labeling_project p ON p.id = a.project_id",
        "user_id": "SELECT min(a.user_id) + 5 FROM labeling_member a JOIN labeling_project p ON p.id = a.project_id",
        "lease_id": "SELECT min(a.id) FROM labeling_lease a JOIN labeling_project p ON p.id = a.project_id",
        "gold_id": "SELECT min(a.id) FROM labeling_gold a JOIN labeling_project p ON p.id = a.project_id",
    }
    found: dict[str, object] = {"slug": slug, "number": 1, "pk": 1}
    with connection.cursor() as cursor:
        for name, query in queries.items():
            cursor.execute(f"{query} WHERE p.slug = %s", [slug])
            found[name] = cursor.fetchone()[0]
    return found


def visit(client: Client, address: str) -> tuple[float, int] | None:
    """Seconds and statements; None where this person, or a GET, has no business."""
    with CaptureQueriesContext(connection) as seen:
        begun = time.perf_counter()
        answer = client.get(address)
        taken = time.perf_counter() - begun
    if answer.status_code >= 500 and "Retry-After" not in answer.headers:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return (taken, len(seen)) if answer.status_code in (200, 202, 503) else None


def measure(address: str) -> dict[str, float] | None:
    """The slowest person's figures."""
    rows = [row for name in PEOPLE if (row := _measure(name, address)) is not None]
    return max(rows, key=lambda row: row["ms"], default=None)


def _measure(name: str, address: str) -> dict[str, float] | None:
    client = Client(raise_request_exception=False)
    client.force_login(get_user_model().objects.get(username=name))
    if visit(client, "/me") is None or (cold := visit(client, address)) is None:
        return None
    first = _first(client, address)
    if first is None:
        return None
    again = [visit(client, address) for _ in range(WARM if cold[0] < LONG_SECONDS else 1)]
    times = [one[0] for one in again if one is not None]
    return {"ms": round(1000 * median(times), 1), "first_ms": round(1000 * first[0], 1), "statements": first[1]}


def _first(client: Client, address: str) -> tuple[float, int] | None:
    """A visit with nothing kept; then the worker does what it asked for, page by page."""
    cache.clear()
    KeptFigure.objects.update(value=None, counted_at=None)
    first = visit(client, address)
    for given in work_asked_for():
        count_page(*given)
    return first


def work_asked_for() -> list[tuple[int, str, str]]:
    """Figures of which a message was sent, and no message any more."""
    found, ASKED[:] = list(dict.fromkeys(ASKED)), []
    return found


def main(slug: str, *only: str) -> None:
    """Measure all of them, and what counting the kept figures takes the worker."""
    current_app.send_task = lambda name, given, **options: ASKED.append(given)
    values, figures = known(slug), {}
    keep_figures()
    for route, name in routes():
        if (only and name not in only) or not set(ARGUMENT.findall(route)) <= values.keys():
            continue
        address = "/" + ARGUMENT.sub(lambda match: str(values[match[1]]), route)
        if (row := measure(address)) is not None:
            figures[name] = row
            print(f"{slug:>5} {name:<40} {row['ms']:9.1f} ms, first {row['first_ms']:9.1f}, {row['statements']:.0f}",
                  file=sys.stderr)  # fmt: skip
    KeptFigure.objects.update(counted_at=None, value=None)
    cache.clear()
    for kept in KeptFigure.objects.filter(project__slug=slug).select_related("project"):
        done = count(project=kept.project, name=kept.name, arguments=kept.arguments)
        figures[f"count_{kept.name.replace('.', '_')}"] = {"ms": round(1000 * done.seconds, 1) if done else 0.0}
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
