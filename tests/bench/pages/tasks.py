"""The periodic tasks, each done once when nothing is due and where something is: `... .tasks SLUG`.

Prints seconds, and the process's memory at most, which only ever grows from one task to the next.
"""

import importlib
import json
import resource
import sys
import time

import django
from django.core.cache import cache
from django.db import connection

FIRST = {"refit": "labeling.consensus.actions", "rank": "labeling.selection.actions"}
IDLE = {
    "tend_queues": "assignments", "judge_people": "annotations", "refit_ripe_projects": "consensus",
    "renew_projects": "consensus", "audit_early_labels": "consensus", "tend_questions": "reports",
    "rank_ripe_projects": "selection", "refit_ripe_heads": "training", "tend_uploads": "items",
    "derive_waiting": "items",
}  # fmt: skip
# What a rush leaves behind: a hundredth of the queue claimed by somebody who went away, and as much fresh from upload.
LATE = """
INSERT INTO labeling_lease (project_id, item_id, user_id, state, arm, arm_probability, guideline_version_id, settles,
    claimed_at, expires_at)
SELECT p.id, q.item_id, (SELECT max(user_id) FROM labeling_member WHERE project_id = p.id), 'open', 'blind', 0.15,
    (SELECT max(id) FROM labeling_guidelineversion WHERE project_id = p.id), false, now() - interval '2 min', now()
FROM labeling_project p JOIN labeling_queueentry q ON q.project_id = p.id
WHERE p.slug = %(slug)s AND q.item_id %% 100 = 77;
UPDATE labeling_queueentry SET leased = leased + 1
WHERE item_id %% 100 = 77 AND project_id = (SELECT id FROM labeling_project WHERE slug = %(slug)s);
DELETE FROM labeling_queueentry
WHERE item_id %% 100 = 78 AND project_id = (SELECT id FROM labeling_project WHERE slug = %(slug)s);
UPDATE labeling_item SET admitted_at = NULL
WHERE id %% 100 = 78 AND project_id = (SELECT id FROM labeling_project WHERE slug = %(slug)s);
"""


def done(name: str, work: object, **given: object) -> tuple[str, dict[str, float]]:
    """Seconds and memory of one task."""
    assert callable(work)
    begun = time.perf_counter()
    found = work(**given)
    row = {"ms": round(1000 * (time.perf_counter() - begun), 1),
           "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}  # fmt: skip
    print(f"{name:<40} {row['ms']:11.1f} ms, {row['peak_mb']:6.0f} MB, {found}", file=sys.stderr)
    return f"task_{name}", row


def main(slug: str) -> None:
    """The one project is worked on, the other has nothing due by then or comes later."""
    project = importlib.import_module("labeling.projects.models").Project.objects.get(slug=slug)
    figures = dict([done("refit", importlib.import_module(FIRST["refit"]).refit, project=project)])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    figures |= [done("rank", importlib.import_module(FIRST["rank"]).rank, project=project)]
    with connection.cursor() as cursor:
        cursor.execute(LATE, {"slug": slug})
    figures |= [done("rush", _task("tend_queues"))]
    figures |= [done("rules", _task("judge_people"))]
    for name in IDLE:
        cache.clear()
        figures |= [done(name, _task(name))]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(json.dumps(figures))


def _task(name: str) -> object:
    return getattr(importlib.import_module(f"labeling.{IDLE[name]}.tasks"), name)


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])
