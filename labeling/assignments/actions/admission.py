"""Items that became ready enter the queue: pulled by the queue, pushed by nobody."""

from django.db import connection, transaction

from labeling.projects.models import Project

BATCH = 10_000

# The conditional update is the claim on the ripe rows; two admissions at once never take the same item.
ADMIT = """
WITH ripe AS (
    SELECT id FROM labeling_item
    WHERE project_id = %(project)s AND state = 'ready' AND admitted_at IS NULL
    LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE labeling_item SET admitted_at = now() FROM ripe WHERE labeling_item.id = ripe.id
    RETURNING labeling_item.id, labeling_item.heldout
)
INSERT INTO labeling_queueentry (item_id, project_id, priority, wanted, leased, audience)
SELECT id, %(project)s, random(), CASE WHEN heldout THEN %(heldout_answers)s ELSE 1 END, 0, 'anyone' FROM taken
ON CONFLICT (item_id) DO NOTHING
"""


def admit_ready(*, project: Project) -> int:
    """Put ready items that are not in the queue into it, in random order; returns how many."""
    admitted = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            parameters = {"project": project.pk, "batch": BATCH, "heldout_answers": project.heldout_answers}
            cursor.execute(ADMIT, parameters)
            taken = int(cursor.rowcount)
            admitted += taken
            if taken < BATCH:
                return admitted
