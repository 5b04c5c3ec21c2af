"""Why the model suggests what it does, as far as pictures can say: the verified items that look the most alike."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection

from labeling.assignments.models import Arm, Lease
from labeling.embeddings.reads import backbone_of
from labeling.projects.models import Project

SHOWN = 6
LOOKED_AT = 5_000  # verified items, the newest: 20,000 took half a second on busy cores

# Gold might come up for this person and held-out items judge the model: neither is ever shown with its label.
NEAREST = """
WITH mine AS (SELECT vector FROM labeling_embedding WHERE blob_id = %(blob)s AND backbone = %(backbone)s),
known AS (
    SELECT c.item_id, c.label_id, i.blob_id, i.name FROM labeling_consensus c JOIN labeling_item i ON i.id = c.item_id
    WHERE c.project_id = %(project)s AND c.verdict = 'verified' AND i.state = 'ready' AND NOT i.heldout
      AND i.id <> %(item)s AND i.group <> %(group)s
      AND NOT EXISTS (SELECT 1 FROM labeling_gold g WHERE g.item_id = i.id AND g.retired_at IS NULL)
    ORDER BY c.verified_at DESC LIMIT %(most)s
)
SELECT k.item_id, k.label_id, l.name, k.name FROM known k
JOIN labeling_label l ON l.id = k.label_id
JOIN labeling_embedding e ON e.blob_id = k.blob_id AND e.backbone = %(backbone)s
ORDER BY e.vector <=> (SELECT vector FROM mine), k.item_id LIMIT %(shown)s
"""


@dataclass(frozen=True)
class Likeness:
    """A verified item near the one asked about."""

    item_id: int
    label_id: int
    label: str
    name: str


def likenesses(user: User, project: Project, lease_id: int) -> list[Likeness]:
    """The nearest verified items of one's own lease; none where no suggestion is in view, whatever the reason."""
    lease = Lease.objects.filter(pk=lease_id, user=user, project=project).select_related("item").first()
    if lease is None or lease.arm != Arm.SUGGESTED or lease.suggestion_id is None or lease.item.heldout:
        return []
    keys: dict[str, int | str] = {
        "project": project.pk, "item": lease.item_id, "group": lease.item.group, "blob": lease.item.blob_id,
        "backbone": backbone_of(project), "most": LOOKED_AT, "shown": SHOWN,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(NEAREST, keys)
        return [Likeness(*row) for row in cursor.fetchall()]
