"""Items finished early, where the owner turned it on: a set frozen, audited, and then verified or asked again.

Each step is safe to do twice, and what a killed one left is done by the next: a state is decided in one short
transaction, and carried to the items afterwards, some at a time, until `applied_at` says that all have it.
"""

import math
import random
from collections.abc import Sequence

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.assignments.actions import ask_blind, lock
from labeling.audit import actions as audit
from labeling.consensus.actions.weigh import weigh
from labeling.consensus.early import Candidate, Evidence, candidates, choosing
from labeling.consensus.evidence import Yardstick, yardstick
from labeling.consensus.models import AuditState, EarlyAudit, EarlyLabel, EarlyPolicy
from labeling.errors import BadInput
from labeling.items.models import ItemState
from labeling.projects.models import Project
from labeling.registry.models import ModelVersion
from labeling.registry.reads import promoted
from ml.truth.bounding import bound, estimate, sample_size, spent, threshold

CHUNK = 200  # items weighed a transaction: an answer to one of them waits no longer than that
MOST_LOOKS = 3  # of one audit, each with twice the items of the one before
WORTH = 4  # a set this many times its sample is worth an audit: else people might as well answer it
SURE_FAILURE = 0.05  # where even the lower end of the errors lies above what is allowed, no further look is taken
SLACK = 1e-9


@transaction.atomic
def set_early(*, actor: User, project: Project, enabled: bool, risk: float) -> EarlyPolicy:
    """Turn finishing early on or off; off puts every item that stands so back into the queue."""
    if not 0.001 <= risk <= 0.2:
        raise BadInput("From 0.001 to 0.2.", field="risk")
    EarlyPolicy.objects.get_or_create(project=project)
    row = EarlyPolicy.objects.select_for_update(of=("self",), no_key=True).get(project=project)
    row.enabled, row.risk = enabled, risk
    row.save(update_fields=["enabled", "risk"])
    audit.record(actor=actor, verb="set_early", row=row, project_id=project.pk, enabled=enabled, risk=risk)
    if not enabled:
        for each in EarlyAudit.objects.filter(project=project, state__in=(AuditState.RUNNING, AuditState.PASSED)):
            _decide(each, AuditState.WITHDRAWN, "Turned off by the owner.")
    return row


def tend_early(*, project: Project) -> int:
    """One step on for this project; returns how many audits began, were decided or were carried out."""
    if not EarlyPolicy.objects.filter(project=project).exists():
        return 0
    done = _begin_if_due(project)
    for row in EarlyAudit.objects.filter(project=project, state=AuditState.RUNNING, applied_at__isnull=False):
        done += _look(project, row)
    done += _withdraw_unkept(project)
    for row in EarlyAudit.objects.filter(project=project, applied_at=None):
        done += _carry_out(project, row)
    return done


def _begin_if_due(project: Project) -> int:
    version = promoted(project) if project.model_helps else None
    busy = EarlyAudit.objects.filter(project=project, state=AuditState.RUNNING)
    known = EarlyAudit.objects.filter(project=project, model_version=version)
    on = EarlyPolicy.objects.filter(project=project, enabled=True)
    if version is None or busy.exists() or known.exists() or not on.exists():
        return 0
    stick = yardstick(project)
    if stick.row_id is None:  # people's error rates are not known yet
        return 0
    allowed = 1 - project.target
    score, right, wrong = choosing(project, version, stick)
    bar = threshold(score, right, wrong, allowed)
    chosen = [one for one in candidates(project, version) if one.confidence >= bar and one.label_id in stick.label_ids]
    return _freeze(project, version, bar, allowed, chosen)


@transaction.atomic
def _freeze(project: Project, version: ModelVersion, bar: float, allowed: float, chosen: list[Candidate]) -> int:
    """The set in a random order, of which the first are the sample; of two at once one freezes."""
    rows = EarlyPolicy.objects.select_for_update(of=("self",), no_key=True)
    policy = rows.filter(project=project, enabled=True).first()
    taken = EarlyAudit.objects.filter(project=project, model_version=version) | EarlyAudit.objects.filter(
        project=project, state=AuditState.RUNNING
    )
    if policy is None or taken.exists():
        return 0
    size = sample_size(allowed, spent(policy.risk, policy.looks + 1))
    if len(chosen) < WORTH * size and math.isfinite(bar):
        return 0  # waits for more items: nothing was drawn, so nothing is spent
    row = EarlyAudit.objects.create(
        project=project, model_version=version, allowed=allowed, threshold=bar if math.isfinite(bar) else None,
        items=len(chosen), drawn=size, created_at=timezone.now(),
    )  # fmt: skip
    if not math.isfinite(bar):
        _decide(row, AuditState.FAILED, "At no confidence does this model seem right often enough.")
        return 1
    lock(item_ids=sorted(one.item_id for one in chosen))
    random.SystemRandom().shuffle(chosen)
    EarlyLabel.objects.bulk_create(
        [
            EarlyLabel(
                item_id=one.item_id, audit=row, label_id=one.label_id, confidence=one.confidence, answers=one.answers,
                place=place,
            )
            for place, one in enumerate(chosen)
        ],
        batch_size=2000, update_conflicts=True, unique_fields=["item"],
        update_fields=["audit", "label", "confidence", "answers", "place"],
    )  # fmt: skip
    audit.record(
        actor=None, verb="began early audit", row=row, project_id=project.pk, items=row.items, sample=size,
        threshold=bar, model=version.number,
    )  # fmt: skip
    return 1


def _sample(row: EarlyAudit) -> list[EarlyLabel]:
    """The first in the random order that can still be labelled."""
    return list(row.labels.filter(place__lt=row.drawn, item__state=ItemState.READY).order_by("place"))


def _look(project: Project, row: EarlyAudit) -> int:
    """Judge the sample once all of it is labelled; nothing is decided, and no risk spent, before."""
    stick = yardstick(project)
    sample = [label for label in _sample(row) if label.label_id in stick.label_ids]
    evidence = Evidence.of(project, stick, [label.item_id for label in sample], since=row.created_at)
    if not sample or not evidence.finished.all():
        return 0
    right, wrong = evidence.draws(stick, [label.label_id for label in sample])
    return _judge(project, row.pk, right, wrong, row.drawn)


@transaction.atomic
def _judge(project: Project, pk: int, right: np.ndarray, wrong: np.ndarray, drawn: int) -> int:
    """Spend a part of the risk on one look; of two at once the second finds it done."""
    policy = EarlyPolicy.objects.select_for_update(of=("self",), no_key=True).get(project=project)
    row = EarlyAudit.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if row.state != AuditState.RUNNING or row.drawn != drawn:
        return 0
    policy.looks += 1
    policy.save(update_fields=["looks"])
    row.looks, row.spent = row.looks + 1, spent(policy.risk, policy.looks)
    row.bound, row.estimate = bound(right, wrong, row.spent), estimate(right, wrong)
    row.save(update_fields=["looks", "spent", "bound", "estimate"])
    if row.bound <= row.allowed:
        _decide(row, AuditState.PASSED, "")
    elif row.looks >= MOST_LOOKS or 2 * row.drawn > row.items or _hopeless(right, wrong, row.allowed):
        _decide(row, AuditState.FAILED, "The sample does not bear the target out.")
    else:
        row.drawn, row.applied_at = 2 * row.drawn, None
        row.save(update_fields=["drawn", "applied_at"])
    return 1


def _hopeless(right: np.ndarray, wrong: np.ndarray, allowed: float) -> bool:
    """Whether the errors lie above what is allowed nearly for sure."""
    return bound(right, wrong, 1 - SURE_FAILURE) > allowed


def _decide(row: EarlyAudit, state: AuditState, reason: str) -> None:
    row.state, row.reason, row.decided_at, row.applied_at = state, reason, timezone.now(), None
    row.save(update_fields=["state", "reason", "decided_at", "applied_at"])
    audit.record(
        actor=None, verb="decided early audit", row=row, project_id=row.project_id, state=state, bound=row.bound,
        reason=reason,
    )  # fmt: skip


@transaction.atomic
def _withdraw_unkept(project: Project) -> int:
    """Audits that passed for a lower target than is asked for now bound nothing any more."""
    rows = EarlyAudit.objects.select_for_update(of=("self",), no_key=True)
    passed = rows.filter(project=project, state=AuditState.PASSED)
    unkept = list(passed.filter(bound__gt=1 - project.target + SLACK))
    for row in unkept:
        _decide(row, AuditState.WITHDRAWN, "The target is higher now than what was audited.")
    return len(unkept)


def _carry_out(project: Project, row: EarlyAudit) -> int:
    """Weigh the whole set anew under the audit's state, and tell the queue; done again from the start if killed."""
    stick = yardstick(project)
    labels = list(row.labels.order_by("item_id").values_list("item_id", "place"))
    for start in range(0, len(labels), CHUNK):
        _carry(project, row, labels[start : start + CHUNK], stick)
    same = EarlyAudit.objects.filter(pk=row.pk, state=row.state, drawn=row.drawn, applied_at=None)
    return same.update(applied_at=timezone.now())


@transaction.atomic
def _carry(project: Project, row: EarlyAudit, part: Sequence[tuple[int, int]], stick: Yardstick) -> None:
    ids = [item_id for item_id, _ in part]
    lock(item_ids=ids)
    sampled = [item_id for item_id, place in part if row.state == AuditState.RUNNING and place < row.drawn]
    ask_blind(item_ids=sampled, blind=True)
    ask_blind(item_ids=sorted(set(ids) - set(sampled)), blind=False)
    weigh(project=project, item_ids=ids, stick=stick)
