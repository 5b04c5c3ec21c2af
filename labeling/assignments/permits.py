"""Whether a person gets work in a project, and how much of it is gold: one query at each claim."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from labeling.assignments.models import Clearance, ClearanceState, Lease, LeaseState, Manner, TrustPolicy
from labeling.projects.models import Project, Role
from labeling.statements import rows

OUT_OF_QUESTIONS = _("The entry quiz has no more questions for you. Ask the project's owner to add some or let you in.")

USUAL_COUNT = TrustPolicy().gold_step * (len(TrustPolicy().gold_shares) - 1)  # where no policy was set

# Right answers to gold are counted only where the project has gold at all, and no further than the last share asks
# for. Trust begins anew with a repeated quiz.
PERMIT = f"""
SELECT m.role, c.state, c.reason, t.gold_shares, t.gold_step, coalesce(t.quiz_items, 0), g.there,
    CASE WHEN g.there THEN (
        SELECT count(*) FROM (
            SELECT 1 FROM labeling_lease l JOIN labeling_gold x ON x.id = l.gold_id
            JOIN labeling_annotation a ON a.lease_id = l.id
            WHERE l.user_id = %(user)s::int AND l.project_id = %(project)s::bigint AND l.gold_id IS NOT NULL
              AND l.state = 'answered' AND (c.quiz_since IS NULL OR l.claimed_at >= c.quiz_since)
              AND (a.label_id = x.label_id OR a.rejected_id <> x.label_id)
              AND NOT EXISTS (SELECT 1 FROM labeling_retraction r WHERE r.annotation_id = a.id)
            LIMIT coalesce(t.gold_step * (cardinality(t.gold_shares) - 1), {USUAL_COUNT})
        ) AS known)
    ELSE 0 END, w.manner, w.glance_ms
FROM (
    SELECT EXISTS (SELECT 1 FROM labeling_gold WHERE project_id = %(project)s::bigint AND retired_at IS NULL) AS there
) AS g
LEFT JOIN labeling_member m ON m.project_id = %(project)s::bigint AND m.user_id = %(user)s::int AND m.removed_at IS NULL
LEFT JOIN labeling_clearance c ON c.project_id = %(project)s::bigint AND c.user_id = %(user)s::int
LEFT JOIN labeling_viewing w ON w.project_id = %(project)s::bigint AND w.user_id = %(user)s::int
LEFT JOIN labeling_trustpolicy t ON t.project_id = %(project)s::bigint
"""


@dataclass(frozen=True)
class Permit:
    """What one person is granted at a claim."""

    settles: bool  # disputed items go to this person
    state: ClearanceState
    reason: str
    newcomer: bool  # the project has a quiz, and this person has neither begun nor been let off it
    gold_share: float  # probability that a lease is gold
    manner: Manner = Manner.USUAL  # how suggestions are shown
    glance_ms: int | None = None


def permit_for(user: User, project: Project) -> Permit:
    """What this person may claim now."""
    # There is always the one row about gold.
    [row] = rows(PERMIT, {"user": user.pk, "project": project.pk})
    role, state, reason, shares, step, quiz_items, there, right, manner, glance_ms = row
    annotator = role == Role.ANNOTATOR
    share = gold_share(shares, step, right) if annotator and there else 0.0
    return Permit(
        settles=role in (Role.OWNER, Role.EXPERT),
        state=ClearanceState(state) if state and annotator else ClearanceState.CLEARED, reason=reason or "",
        newcomer=annotator and state is None and quiz_items > 0, gold_share=share,
        manner=Manner(manner) if manner else Manner.USUAL, glance_ms=glance_ms,
    )  # fmt: skip


def gold_share(shares: list[float] | None, step: int | None, right: int) -> float:
    """The share of gold after so many right answers, by the defaults where nothing was set; the last one holds on."""
    policy = TrustPolicy()
    known = shares or policy.gold_shares
    return known[min(right // (step or policy.gold_step), len(known) - 1)]


def clearance_of(user: User, project: Project) -> Clearance | None:
    """Where this person stands in the project; None means cleared without ever having been looked at."""
    return Clearance.objects.filter(user=user, project=project).first()


def figures_since(clearance: Clearance | None) -> datetime | None:
    """From when on rules look at this person's answers; None: from the first."""
    return clearance.since if clearance else None


def trust_policy(project: Project) -> TrustPolicy:
    """The project's policy, or what holds where nothing was set."""
    return TrustPolicy.objects.filter(project=project).first() or TrustPolicy(project=project)


def hindrance(user: User, project: Project) -> str:
    """Why this person gets no work at all, in words; empty where nothing stands in the way."""
    permit = permit_for(user, project)
    if permit.state == ClearanceState.PAUSED:
        return permit.reason
    held = Lease.objects.filter(user=user, project=project, state=LeaseState.OPEN)
    return str(OUT_OF_QUESTIONS) if permit.state == ClearanceState.QUIZ and not held.exists() else ""
