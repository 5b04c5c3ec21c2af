"""Writing the leases of picked items: what each shows, until when it lasts, and all that their payload needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User

from labeling.assignments.models import Arm, ClearanceState, Lease, LeaseState, Manner
from labeling.assignments.permits import Permit
from labeling.assignments.reads import FIRST_GUESS_SECONDS, MEDIAN
from labeling.guidelines.models import GuidelineVersion
from labeling.items.models import Blob, Item, SupposedLabel
from labeling.projects.models import Label, Mode, Project
from labeling.registry.models import ModelVersion
from labeling.statements import array, partly, rows
from labeling.suggestions.models import Suggestion

LEASE_MEDIANS = 3  # a lease lasts this many of the person's median answer times, for each item claimed
SHORTEST_LEASE = 60.0  # seconds: a person may stop to read the guideline
LONGEST_LEASE = 900.0
LESS_OFTEN = 0.5  # blind share of whom suggestions lead astray: half tells most of what both arms can tell

# The items to grant, where Python names them: (item_id, settles, gold_id, place).
NAMED = """
SELECT * FROM unnest(%(items)s::bigint[], %(settles)s::boolean[], %(gold)s::bigint[])
    WITH ORDINALITY AS named(item_id, settles, gold_id, place)
"""

# Held-out and audited items and those without a suggestion are blind for certain, the others by the share of who asks:
# what these were drawn not to show is kept, or nobody could tell what showing does. In confirm
# mode the imported label of an item that is not held out is shown, the newest where there are several.
# A lease begins by the clock once its place in the queue is locked: by then the place's last holder is through.
GRANT = f"""
asked AS MATERIALIZED (
    SELECT clock_timestamp() AS now, g.place, g.settles, g.gold_id,
        i.id AS item_id, i.name, i.heldout, i.blob_id, b.width, b.height, b.duration,
        s.id AS suggestion_id, s.label_id AS suggested, sl.name AS suggested_name, s.confidence,
        v.id AS version_id, v.number AS version_number,
        p.id AS supposed_id, p.label_id AS supposed_label, p.name AS supposed_name, p.source,
        CASE WHEN i.heldout OR q.blind OR s.id IS NULL THEN 1
            WHEN random() < %(blind_share)s::float8 THEN %(blind_share)s::float8 ELSE -1 END AS blind
    FROM picked g
    JOIN labeling_item i ON i.id = g.item_id
    JOIN labeling_queueentry q ON q.item_id = i.id
    JOIN labeling_blob b ON b.sha256 = i.blob_id
    LEFT JOIN labeling_modelversion v
        ON v.project_id = %(project)s::bigint AND v.state = 'promoted' AND %(model_helps)s::boolean
    LEFT JOIN labeling_suggestion s ON s.item_id = i.id AND s.model_version_id = v.id
    LEFT JOIN labeling_label sl ON sl.id = s.label_id
    LEFT JOIN LATERAL (
        SELECT x.id, x.label_id, y.name, x.source FROM labeling_supposedlabel x
        JOIN labeling_label y ON y.id = x.label_id AND y.retired_at IS NULL
        WHERE x.item_id = i.id AND NOT i.heldout AND %(confirm)s::boolean ORDER BY x.id DESC LIMIT 1
    ) AS p ON true
), told AS (
    SELECT id, number FROM labeling_guidelineversion WHERE project_id = %(project)s::bigint
    ORDER BY number DESC LIMIT 1
), made AS (
    INSERT INTO labeling_lease (project_id, item_id, user_id, state, arm, arm_probability, suggestion_id, withheld_id,
        glance_ms, supposed_id, guideline_version_id, settles, gold_id, quiz, claimed_at, expires_at)
    SELECT %(project)s::bigint, a.item_id, %(user)s::int, 'open',
        CASE WHEN a.blind > 0 THEN 'blind' ELSE 'suggested' END,
        CASE WHEN a.blind > 0 THEN a.blind ELSE 1 - %(blind_share)s::float8 END,
        CASE WHEN a.blind > 0 THEN NULL ELSE a.suggestion_id END,
        CASE WHEN a.blind > 0 AND a.blind < 1 THEN a.suggestion_id END,
        CASE WHEN a.blind > 0 THEN NULL ELSE %(glance)s::int END, a.supposed_id, t.id, a.settles, a.gold_id,
        %(quiz)s::boolean, a.now, a.now + make_interval(secs => least(greatest(
            {LEASE_MEDIANS} * coalesce(({MEDIAN}), {FIRST_GUESS_SECONDS}) * (SELECT count(*) FROM asked),
            {SHORTEST_LEASE}), {LONGEST_LEASE}))
    FROM asked a CROSS JOIN told t ORDER BY a.place
    RETURNING id, item_id, arm, arm_probability, guideline_version_id, claimed_at, expires_at
)
SELECT m.id, m.item_id, m.arm, m.arm_probability, m.claimed_at, m.expires_at, a.settles, a.gold_id, t.id, t.number,
    a.name, a.heldout, a.blob_id, a.width, a.height, a.duration,
    a.suggestion_id, a.suggested, a.suggested_name, a.confidence, a.version_id, a.version_number,
    a.supposed_id, a.supposed_label, a.supposed_name, a.source
FROM made m JOIN asked a ON a.item_id = m.item_id CROSS JOIN told t ORDER BY a.place
"""


@dataclass(frozen=True)
class Picked:
    """An item chosen for a lease, and why."""

    item_id: int
    settles: bool = False
    gold_id: int | None = None


def grant(actor: User, project: Project, picked: Sequence[Picked], permit: Permit) -> list[Lease]:
    """Write the leases of items that the caller holds locked, in the order given; inside the claim's transaction."""
    named = {
        "items": array(row.item_id for row in picked), "settles": array(row.settles for row in picked),
        "gold": array(row.gold_id for row in picked),
    }  # fmt: skip
    return grant_from(f"WITH picked AS ({NAMED}),", named, actor, project, permit)


def grant_from(
    choice: str, values: Mapping[str, object], actor: User, project: Project, permit: Permit
) -> list[Lease]:
    """Draw each lease's arm and write the leases of what `choice` picks, in one statement with it.

    choice: the beginning of a WITH whose `picked` has item_id, settles, gold_id and place.
    """
    known = {
        "project": project.pk, "user": actor.pk, "model_helps": project.model_helps,
        "confirm": project.mode == Mode.CONFIRM, "blind_share": blind_share(project, permit),
        "glance": permit.glance_ms, "quiz": permit.state == ClearanceState.QUIZ,
    }  # fmt: skip
    return [_lease(actor, project, _Granted(*row), permit) for row in rows(choice + GRANT, {**known, **values})]


def blind_share(project: Project, permit: Permit) -> float:
    """The share of this person's leases that show nothing."""
    if permit.manner == Manner.NEVER:
        return 1.0
    return max(project.blind_share, LESS_OFTEN) if permit.manner == Manner.LESS else project.blind_share


class _Granted(NamedTuple):
    """A row of GRANT."""

    lease_id: int
    item_id: int
    arm: str
    arm_probability: float
    claimed_at: datetime
    expires_at: datetime
    settles: bool
    gold_id: int | None
    guideline_id: int
    guideline_number: int
    name: str
    heldout: bool
    blob_id: str
    width: int | None
    height: int | None
    duration: float | None
    suggestion_id: int | None
    suggested: int | None
    suggested_name: str | None
    confidence: float | None
    version_id: int | None
    version_number: int | None
    supposed_id: int | None
    supposed_label: int | None
    supposed_name: str | None
    source: str | None


def _lease(actor: User, project: Project, row: _Granted, permit: Permit) -> Lease:
    """The lease as it was written, with its item and what it shows."""
    blob = partly(Blob, sha256=row.blob_id, width=row.width, height=row.height, duration=row.duration)
    item = partly(Item, id=row.item_id, project_id=project.pk, blob_id=row.blob_id, name=row.name, heldout=row.heldout)
    item.blob = blob
    lease = partly(
        Lease, id=row.lease_id, project_id=project.pk, item_id=row.item_id, user_id=actor.pk, state=LeaseState.OPEN,
        arm=Arm(row.arm), arm_probability=row.arm_probability, suggestion_id=None, supposed_id=None,
        guideline_version_id=row.guideline_id, settles=row.settles, gold_id=row.gold_id, claimed_at=row.claimed_at,
        quiz=permit.state == ClearanceState.QUIZ, expires_at=row.expires_at, closed_at=None,
        glance_ms=permit.glance_ms if row.arm == Arm.SUGGESTED else None,
    )  # fmt: skip
    lease.project, lease.item, lease.user = project, item, actor
    lease.guideline_version = partly(
        GuidelineVersion, id=row.guideline_id, project_id=project.pk, number=row.guideline_number
    )
    lease.suggestion = _suggestion(item, row) if row.arm == Arm.SUGGESTED else None
    lease.supposed = _supposed(row) if row.supposed_id is not None else None
    return lease


def _suggestion(item: Item, row: _Granted) -> Suggestion:
    shown = partly(
        Suggestion, id=row.suggestion_id, item_id=item.pk, model_version_id=row.version_id, label_id=row.suggested,
        confidence=row.confidence,
    )  # fmt: skip
    shown.label = partly(Label, id=row.suggested, name=row.suggested_name)
    shown.model_version = partly(ModelVersion, id=row.version_id, number=row.version_number)
    return shown


def _supposed(row: _Granted) -> SupposedLabel:
    supposed = partly(
        SupposedLabel, id=row.supposed_id, item_id=row.item_id, label_id=row.supposed_label, source=row.source
    )
    supposed.label = partly(Label, id=row.supposed_label, name=row.supposed_name)
    return supposed
