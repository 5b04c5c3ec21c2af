"""What the review page is told of a disputed item besides its lease."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User

from labeling.assignments.models import Lease, LeaseState
from labeling.assignments.reads import disputed
from labeling.consensus.testimony import Said, testimony
from labeling.projects.models import Project
from labeling.work.payloads import lease_payload
from labeling.work.why import why

MOST_LIKELY = 5  # labels of a posterior that are shown


def review_payloads(project: Project, leases: Sequence[Lease]) -> list[dict[str, Any]]:
    """The leases as the labeling page gets them, each with who said what, and how likely what is."""
    told = testimony(project, [lease.item_id for lease in leases])
    reasons = why(project, [lease.item_id for lease in leases])
    return [
        lease_payload(project, lease)
        | {
            "review": {
                "answers": [_answer(said) for said in told[lease.item_id].answers],
                "posterior": [
                    {"name": name, "probability": round(value, 4)}
                    for name, value in told[lease.item_id].posterior[:MOST_LIKELY]
                ],
                "why": reasons.get(lease.item_id, []),
                "heldout": lease.item.heldout,
                "supposed": lease.supposed.label.name if lease.supposed else None,
            }
        }
        for lease in leases
    ]


def _answer(said: Said) -> dict[str, Any]:
    right = None if said.right is None else round(said.right, 4)
    return {
        "who": said.name, "said": said.said, "refused": said.refused, "right": right, "basis": said.basis,
        "counts": said.counts, "saw_suggestion": said.saw_suggestion, "at": said.at.isoformat(),
    }  # fmt: skip


def left_to_review(user: User, project: Project) -> int:
    """Disputed items that nobody holds, and those that this person does."""
    mine = Lease.objects.filter(project=project, user=user, state=LeaseState.OPEN, settles=True)
    return disputed(project) + mine.count()
