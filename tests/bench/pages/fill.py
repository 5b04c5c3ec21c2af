"""Fill one project, by SQL where rows are many: `python -m tests.bench.pages.fill SIZE SLUG`."""

import json
import sys
import time
from typing import Any

import django
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from ml.truth.tally import assumed
from tests.bench.pages.stage import ANSWERS, GOLD, ITEMS, NUMBERED, SAID, VERDICTS

PEOPLE = 200  # the last ten of them are experts
EXPERTS = 10
OWNER = "owner"
CLASSES = 10
METRICS = {
    "accuracy": 0.9, "low": 0.88, "high": 0.92, "items": 1000, "trained_on": 5000, "baseline": 0.1,
    "calibration_error": 0.02, "classes": [f"class {index}" for index in range(CLASSES)],
    "confusion": [[90 if row == column else 1 for column in range(CLASSES)] for row in range(CLASSES)],
}  # fmt: skip
VERSION = """
INSERT INTO labeling_modelversion (project_id, number, state, recipe, artefact, label_ids, metrics, created_at,
    promoted_at)
VALUES (%(project)s, 1, 'promoted', '{}', 'none', %(labels)s::bigint[], %(metrics)s, now(), now()) RETURNING id
"""
RUN = """
WITH frozen AS (
    INSERT INTO labeling_snapshot (project_id, number, content_hash, folder, counts, created_by_id, created_at)
    VALUES (%(project)s, 1, repeat('0', 64), 'none', '{"classes": []}', %(owner)s, now() - interval '1 day')
    RETURNING id
)
INSERT INTO labeling_run (project_id, number, state, stage, reason, log, trigger, speed, answers, actor_id, snapshot_id,
    model_version_id, promoted, recipe, preflight, entered, code, attempts, curve, trials, metrics, report,
    cancel_requested, created_at, started_at, finished_at)
SELECT %(project)s, 1, 'done', '', '', '', 'owner', 'deep', %(size)s, %(owner)s, id, %(version)s, true, '{}', '[]',
    '[]', '', 1, '[]', '[]', %(metrics)s, '{}', false, now() - interval '1 day',
    now() - interval '1 day', now() - interval '1 day'
FROM frozen
"""
FIT = """
INSERT INTO labeling_fit (project_id, number, label_ids, user_ids, parameters, answers, model_version_id, created_at,
    target, floor, judged, overclaim, reserve)
SELECT id, 1, %(labels)s::bigint[], '{}', %(parameters)s, %(size)s, %(version)s, now(), target, label_floor, 0, 0, 0
FROM labeling_project WHERE id = %(project)s RETURNING id
"""
MEMBERS = """
INSERT INTO labeling_member (project_id, user_id, role, joined_at, consented_to)
SELECT %(project)s, id, CASE WHEN id - %(people)s < %(annotators)s THEN 'annotator' ELSE 'expert' END, now(), ''
FROM auth_user WHERE username LIKE 'person-%%'
"""


def people() -> tuple[int, int]:
    """The owner and the first of the others, made where they are not there yet."""
    users = get_user_model().objects
    if not users.filter(username=OWNER).exists():
        names = [OWNER, *(f"person-{index}" for index in range(PEOPLE))]
        users.bulk_create(get_user_model()(username=name) for name in names)
    return users.get(username=OWNER).pk, users.get(username="person-0").pk


def project(slug: str) -> dict[str, Any]:
    """A project by the API, with everybody in it."""
    owner, first = people()
    client = Client()
    client.force_login(get_user_model().objects.get(pk=owner))
    classes = [{"name": f"class {index}"} for index in range(CLASSES)]
    body = {"name": slug, "slug": slug, "medium": "image", "question": "Which?", "classes": classes}
    made = client.post("/api/v1/projects", body, content_type="application/json")
    assert made.status_code == 201, made.content
    with connection.cursor() as cursor:
        number = one(cursor, "SELECT id FROM labeling_project WHERE slug = %s", slug)
        cursor.execute("SELECT id FROM labeling_label WHERE project_id = %s AND role = 'class' ORDER BY id", [number])
        labels = [row[0] for row in cursor.fetchall()]
        guideline = one(cursor, "SELECT max(id) FROM labeling_guidelineversion WHERE project_id = %s", number)
    return {"project": number, "owner": owner, "people": first, "annotators": PEOPLE - EXPERTS, "labels": labels,
            "guideline": guideline}  # fmt: skip


def one(cursor: Any, query: str, *values: Any) -> int:
    """A number."""
    cursor.execute(query, values)
    return int(cursor.fetchone()[0])


def fill(size: int, slug: str) -> None:
    """Everything; a run that was cut off leaves a folder that is of no use."""
    values = project(slug) | {"size": size, "metrics": json.dumps(METRICS)}
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, values)
        for name, table in NUMBERED.items():
            values[name] = one(cursor, f"SELECT coalesce(max(id), 0) FROM {table}")
        cursor.execute(VERSION, values)
        values["version"] = cursor.fetchone()[0]
        values["parameters"] = json.dumps(assumed(CLASSES, 2 * CLASSES + 1).to_json())
        cursor.execute(FIT, values)
        values["fit"] = cursor.fetchone()[0]
        cursor.execute("SET session_replication_role = replica")  # millions of references that are right by making
        for text in (SAID, ITEMS, GOLD, ANSWERS, VERDICTS, RUN):
            begun = time.monotonic()
            cursor.execute(text, values)
            print(f"{time.monotonic() - begun:.1f} s of filling", file=sys.stderr)
        for table in NUMBERED.values():
            cursor.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    django.setup()
    with connection.cursor() as known:
        known.execute("SELECT 1 FROM labeling_project WHERE slug = %s", [sys.argv[2]])
        there = known.fetchone() is not None
    if not there:
        fill(int(sys.argv[1]), sys.argv[2])
