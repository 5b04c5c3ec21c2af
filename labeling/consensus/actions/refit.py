"""The full pass: people and pool fitted anew, then every answered item weighed with the result."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import numpy as np
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from labeling.annotations.anchoring import known_copying
from labeling.consensus.actions.weigh import weigh
from labeling.consensus.evidence import Told, Yardstick, counting, owners_gold, yardstick
from labeling.consensus.models import Consensus
from labeling.consensus.models import Fit as FitRow
from labeling.consensus.promise import promised
from labeling.consensus.whole import columns, imported_of_all, opinion_of_all, told_of_all
from labeling.counts import kept
from labeling.projects.models import Project
from labeling.projects.reads import true_label_ids
from labeling.registry.models import ModelVersion
from labeling.registry.reads import promoted
from ml.truth import dawid_skene
from ml.truth.bar import Judgement
from ml.truth.hearing import Hearing, hear
from ml.truth.leaving import folds_of
from ml.truth.noise import Fit
from ml.truth.tally import assumed

CHUNK = 500  # items weighed a transaction: an answer to one of them waits no longer than that
LEAST_NEW = 50  # answers since the last fit before another is worth its time
NEW_SHARE = 0.1  # and as a share of those that it was fitted on
REFIT_LOCK = 7_001  # first key of the advisory lock; the second is the project


def refit(*, project: Project) -> FitRow | None:
    """Fit anew and weigh every answered item; None where there are no answers or another refit is at work."""
    with _alone(project) as mine:
        if not mine:
            return None
        began_at = timezone.now()
        label_ids, model = true_label_ids(project), heard(project)
        stick = Yardstick(None, assumed(len(label_ids), 2 * len(label_ids) + 1), tuple(label_ids), _people(project))
        evidence = told_of_all(project, stick)
        item_ids = _known(project, evidence)
        if not item_ids:
            return None
        row = _store(project, stick, evidence, model, began_at)
        in_force = yardstick(project)
        for start in range(0, len(item_ids), CHUNK):
            weigh(project=project, item_ids=item_ids[start : start + CHUNK], stick=in_force, moved=True)
        return row


def refit_if_ripe(*, project: Project) -> FitRow | None:
    """Refit where enough was answered since the last time, the classes changed, or another model is heard."""
    last = FitRow.objects.filter(project=project).order_by("-number").first()
    answers = kept(f"counting:{project.pk}", counting(project).count)
    if last is None:
        return refit(project=project) if answers >= LEAST_NEW else None
    if (last.target, last.floor) != (project.target, project.label_floor):
        return refit(project=project)
    grown = abs(answers - last.answers) >= max(LEAST_NEW, NEW_SHARE * last.answers)
    other = list(last.label_ids) != true_label_ids(project) or last.model_version != heard(project)
    # Also finishes what was killed between a change of somebody's weight and the weighing of all their items.
    others = project.members.filter(weight_changed_at__gt=last.began_at or last.created_at).exists()
    return refit(project=project) if grown or other or others else None


def heard(project: Project) -> ModelVersion | None:
    """The model whose opinion counts in this project now."""
    return promoted(project) if project.model_helps else None


@contextmanager
def _alone(project: Project) -> Iterator[bool]:
    """One refit a project at a time; the lock goes with the connection if the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [REFIT_LOCK, project.pk % 2**31])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [REFIT_LOCK, project.pk % 2**31])


def _known(project: Project, evidence: Told) -> list[int]:
    """Items with answers that count, and those weighed before, whose answers may have ceased to."""
    [weighed] = columns(Consensus.objects.filter(project=project), ("pk",), "pk")
    known: list[int] = np.union1d(np.array(evidence.item_ids, np.int64), weighed).tolist()
    return known


def _people(project: Project) -> dict[int, int]:
    users = counting(project).order_by("user_id").values_list("user_id", flat=True).distinct()
    return {user: index for index, user in enumerate(users)}


def _said(project: Project, stick: Yardstick, evidence: Told) -> Hearing:
    """People's answers with their other witnesses.

    Every answered item teaches. Where the queue asks again about what is doubtful, those with two answers are the
    hard ones, and from them alone people would pass for worse than they are, and one class for another.
    """
    return hear(
        replace(evidence.answers, n_people=max(len(stick.people), 1)),
        classifier=opinion_of_all(project, stick, evidence.item_ids),
        imported=imported_of_all(project, stick, evidence.item_ids),
        # What experts settled was disputed before: as gold it would tell the fit that people are worse than they are.
        gold=owners_gold(project, stick, evidence),
        confusion_items=np.ones(len(evidence.item_ids), np.bool_),
    )


def _known_shrinkage(project: Project, answers: int) -> tuple[float | None, bool]:
    """The last fit's, whose choice took most of its time, until the answers have doubled again; None to choose anew."""
    last = FitRow.objects.filter(project=project).order_by("-number").first()
    if last is None or last.answers.bit_length() != answers.bit_length() or "spread" not in last.parameters:
        return None, True
    fit = Fit.from_json(last.parameters)
    return fit.strength, fit.tells_apart


def _store(
    project: Project, stick: Yardstick, evidence: Told, model: ModelVersion | None, began_at: datetime
) -> FitRow:
    fit, bar, judged = stick.fit, None, Judgement(0, 0.0, 0.0)
    if len(evidence.answers):  # else all of them are to classes that are retired now
        said = _said(project, stick, evidence)
        strength, skill = _known_shrinkage(project, len(said.answers))
        fit = dawid_skene.fit(
            said.answers, classifier=said.classifier, imported=said.imported, gold=said.gold,
            confusion_items=said.teaches, copying=known_copying(project, stick.people),
            folds=folds_of(np.array(evidence.item_ids, np.int64)), strength=strength, skill=skill,
        )  # fmt: skip
        bar, judged = promised(project, stick, evidence, said, fit)
    number = (FitRow.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0) + 1
    return FitRow.objects.create(
        project=project, number=number, label_ids=list(stick.label_ids), user_ids=list(stick.people),
        parameters=fit.to_json(), answers=len(evidence.answers), model_version=model, began_at=began_at, bar=bar,
        target=project.target, floor=project.label_floor, judged=judged.n, overclaim=judged.overclaim,
        reserve=judged.reserve,
    )  # fmt: skip
