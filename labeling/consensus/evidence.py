"""What was said of items, as the arrays that `ml.truth` reads."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray

from labeling.annotations.models import Annotation
from labeling.annotations.staleness import given_under
from labeling.assignments.models import Gold, GoldSource
from labeling.consensus.models import Fit as FitRow
from labeling.guidelines.outdated import outdated
from labeling.projects.models import Label, LabelRole, Member, Project
from labeling.projects.reads import true_label_ids
from labeling.suggestions.reads import spoken
from ml.truth.answers import BLIND, Answers, not_class, not_sure
from ml.truth.noise import Fit
from ml.truth.people import UNKNOWN_PERSON
from ml.truth.tally import assumed

Floats = NDArray[np.float64]
RAREST_NONE = 1e-3  # share of "none of these" that a model, which cannot say it, leaves at the least


@dataclass(frozen=True)
class Bar:
    """From which posterior on labels are verified, worked out for this target and this floor."""

    at: float
    target: float
    floor: float


@dataclass(frozen=True)
class Yardstick:
    """The parameters in force: the fit, the labels that its posteriors run over, and its people."""

    row_id: int | None  # of the stored fit; None before the first
    fit: Fit
    label_ids: tuple[int, ...]
    people: dict[int, int]  # user id -> the fit's person
    bar: Bar | None = None

    def verified_from(self, project: Project) -> float:
        """The posterior from which a label is verified; where none was worked out each must meet the target itself."""
        if self.bar and (self.bar.target, self.bar.floor) == (project.target, project.label_floor):
            return self.bar.at
        return max(project.target, project.label_floor)

    def symbol(self, label_id: int | None, rejected_id: int | None, unsure: frozenset[int]) -> int | None:
        """The symbol of an answer, or None where its class is no longer in use and so says nothing."""
        classes = len(self.label_ids)
        if label_id in unsure:
            return not_sure(classes)
        told = label_id if label_id is not None else rejected_id
        if told not in self.label_ids:
            return None
        index = self.label_ids.index(told)
        return index if label_id is not None else not_class(classes, index)


@lru_cache(maxsize=64)
def _stored(row_id: int) -> Yardstick:
    """A stored fit never changes, so that each process reads it once."""
    row = FitRow.objects.get(pk=row_id)
    people = {user: index for index, user in enumerate(row.user_ids)}
    bar = None
    if row.bar is not None and row.target is not None and row.floor is not None:
        bar = Bar(row.bar, row.target, row.floor)
    return Yardstick(row_id, Fit.from_json(row.parameters), tuple(row.label_ids), people, bar)


@lru_cache(maxsize=64)
def _assumed(label_ids: tuple[int, ...]) -> Yardstick:
    return Yardstick(None, assumed(len(label_ids), 2 * len(label_ids) + 1), label_ids, {})


def stick_of(fit_id: int | None, label_ids: tuple[int, ...]) -> Yardstick:
    """A stored fit where it is one of these labels, else what is assumed of people before there is one."""
    if fit_id is not None and _stored(fit_id).label_ids == label_ids:
        return _stored(fit_id)
    return _assumed(label_ids)


def yardstick(project: Project) -> Yardstick:
    """The newest fit, or what is assumed before there is one or after the classes changed."""
    newest = FitRow.objects.filter(project=project).order_by("-number").values_list("pk", flat=True).first()
    return stick_of(newest, tuple(true_label_ids(project)))


@dataclass(frozen=True)
class Told:
    """Everything said of some items: sparse answers, and an item's row by its place in `item_ids`."""

    item_ids: list[int]
    answers: Answers
    user_ids: NDArray[np.int64]  # (A,) who gave each answer
    counted: NDArray[np.int64]  # (N,) standing answers, those to retired classes left out
    settled: dict[int, int]  # item id -> label by gold, or by an expert who was asked to decide
    newest: dict[int, datetime]  # item id -> when its newest answer was stored
    settling: NDArray[np.bool_]  # (A,) whether the answer is such a decision itself


def unsure_labels(project: Project) -> frozenset[int]:
    """The labels that mean 'not sure', retired ones too."""
    return frozenset(Label.objects.filter(project=project, role=LabelRole.UNSURE).values_list("pk", flat=True))


def counting(project: Project, *, stale: bool = False) -> QuerySet[Annotation]:
    """Whose answers count: those that stand, not given in a quiz, of people not discounted. Nothing else decides it.

    Those that an older guideline led to, whose meaning has changed since, do so only with `stale`.
    """
    discounted = Member.objects.filter(project=project, discounted_at__isnull=False).values("user")
    rows = Annotation.objects.standing().outside_quiz().filter(project=project).exclude(user__in=discounted)
    versions = {} if stale else outdated(project)
    return rows.exclude(given_under(versions)) if versions else rows


def gold_labels(project: Project, item_ids: Sequence[int] | None) -> dict[int, int]:
    """The known labels of some items, or of all in the project."""
    rows = Gold.objects.filter(project=project, retired_at=None)
    if item_ids is not None:
        rows = rows.filter(item__in=item_ids)
    return dict(rows.values_list("item_id", "label_id"))


def owners_gold(project: Project, stick: Yardstick, evidence: Told) -> NDArray[np.int64]:
    """The label that the owner gave an item as gold, as an index (N,), -1 where there is none.

    Not what people agreed on or what experts settled: the one was chosen for agreement, the other for its want.
    """
    decided = {evidence.item_ids[place] for place in evidence.answers.item[evidence.settling]}
    rows = Gold.objects.filter(project=project, retired_at=None, source=GoldSource.OWNER)
    known = {item: label for item, label in rows.values_list("item_id", "label_id") if item not in decided}
    index = {label_id: place for place, label_id in enumerate(stick.label_ids)}
    return np.array([index.get(known.get(item_id, 0), -1) for item_id in evidence.item_ids], dtype=np.int64)


# Counts no further than the bar, so that its cost does not grow with what somebody has answered.
NEW_HERE = """
SELECT u.id FROM unnest(%(users)s::bigint[]) AS u(id)
WHERE NOT EXISTS (SELECT 1 FROM labeling_member m WHERE m.project_id = %(project)s AND m.user_id = u.id
                  AND m.role <> 'annotator')
  AND NOT EXISTS (SELECT 1 FROM labeling_clearance c WHERE c.project_id = %(project)s AND c.user_id = u.id
                  AND c.passed_at IS NOT NULL)
  AND (SELECT count(*) FROM (SELECT 1 FROM labeling_annotation a WHERE a.user_id = u.id AND a.project_id = %(project)s
                             LIMIT %(bar)s) AS few) < %(bar)s
"""


def newcomers(project: Project, user_ids: Collection[int]) -> frozenset[int]:
    """The annotators among these people who have said little here and passed no quiz: their answers need company."""
    if not project.newcomer_answers or not user_ids:
        return frozenset()
    bar = project.newcomer_answers
    with connection.cursor() as cursor:
        cursor.execute(NEW_HERE, {"users": list(user_ids), "project": project.pk, "bar": bar})
        return frozenset(row[0] for row in cursor.fetchall())


def told(project: Project, stick: Yardstick, item_ids: Sequence[int], *, stale: bool = False) -> Told:
    """Gather the answers that count to some items; those of a whole project are read by `whole`."""
    rows = counting(project, stale=stale).filter(item__in=item_ids).order_by("id")
    fields = (
        "item_id", "user_id", "label_id", "rejected_id", "suggestion__label_id", "supposed__label_id", "lease__settles",
        "stored_at",
    )  # fmt: skip
    found = rows.values_list(*fields)
    return sorted_out(stick, list(item_ids), found, gold_labels(project, item_ids), unsure_labels(project))


def sorted_out(
    stick: Yardstick, ids: list[int], found: Iterable[tuple[Any, ...]], gold: dict[int, int], unsure: frozenset[int]
) -> Told:
    """The arrays of what was said of these items.

    found: item, person, label, rejected label, suggested label, supposed label, whether it settles a dispute, when.
    """
    place = {item_id: index for index, item_id in enumerate(ids)}
    columns: list[tuple[int, int, int, int, int, int]] = []
    settled: dict[int, int] = {}
    newest: dict[int, datetime] = {}
    for item_id, user_id, label_id, rejected_id, suggested, supposed, settles, stored_at in found:
        symbol = stick.symbol(label_id, rejected_id, unsure)
        if symbol is None:
            continue
        shown = suggested or supposed
        seen = stick.label_ids.index(shown) if shown in stick.label_ids else BLIND
        columns.append((place[item_id], stick.people.get(user_id, UNKNOWN_PERSON), symbol, seen, user_id, int(settles)))
        newest[item_id] = max(stored_at, newest.get(item_id, stored_at))
        if settles and symbol < len(stick.label_ids):
            settled[item_id] = stick.label_ids[symbol]
    settled |= {item_id: label_id for item_id, label_id in gold.items() if label_id in stick.label_ids}
    return _told(ids, columns, stick, settled, newest)


def _told(
    ids: list[int], columns: list[tuple[int, int, int, int, int, int]], stick: Yardstick, settled: dict[int, int],
    newest: dict[int, datetime],
) -> Told:
    table = np.array(columns, dtype=np.int64).reshape(-1, 6)
    item, person, symbol, shown = (table[:, column].astype(np.int32) for column in range(4))
    answers = Answers(
        # An unknown person stands behind everybody known; the fit answers for them like the pool.
        item, np.where(person < 0, len(stick.people), person).astype(np.int32), symbol, shown,
        n_items=len(ids), n_people=len(stick.people) + 1,
        n_classes=len(stick.label_ids), n_symbols=2 * len(stick.label_ids) + 1,
    )  # fmt: skip
    counted = np.bincount(item, minlength=len(ids))
    return Told(ids, answers, table[:, 4], counted, settled, newest, table[:, 5].astype(bool))


def model_opinion(project: Project, stick: Yardstick, item_ids: Sequence[int], heldout: set[int]) -> Floats | None:
    """The promoted model's probabilities over the yardstick's labels, (N, K), NaN where it must not be heard."""
    if not project.model_helps:
        return None
    rows = spoken(project).filter(item__in=item_ids).values_list("item_id", "model_version__label_ids", "probabilities")
    said: dict[int, tuple[Sequence[int], Sequence[float]]] = {
        item_id: (label_ids, shares) for item_id, label_ids, shares in rows if item_id not in heldout
    }
    return over_labels(stick, item_ids, said)


def over_labels(
    stick: Yardstick, item_ids: Sequence[int], said: dict[int, tuple[Sequence[int], Sequence[float]]]
) -> Floats | None:
    """What a model said of items, as (its labels, their probabilities), over the yardstick's labels, (N, K) or None."""
    if not said:
        return None
    opinion = np.full((len(item_ids), len(stick.label_ids)), np.nan)
    rows: dict[tuple[int, ...], list[int]] = {}
    for row, item_id in enumerate(item_ids):
        if item_id in said:
            rows.setdefault(tuple(said[item_id][0]), []).append(row)
    for label_ids, alike in rows.items():
        opinion[alike] = over_stick(label_ids, np.array([said[item_ids[row]][1] for row in alike]), stick)
    return opinion


def over_stick(label_ids: Sequence[int], table: Floats, stick: Yardstick) -> Floats:
    """Probabilities (n, M) of these labels, over the yardstick's labels (n, K).

    A model says nothing of 'none of these' and of classes younger than it: those keep their share.
    """
    place = {label_id: at for at, label_id in enumerate(label_ids)}
    picked = np.array([place.get(label_id, -1) for label_id in stick.label_ids])
    silent = picked < 0
    found = np.asarray(table, np.float64)[:, picked]
    kept = np.maximum(stick.fit.prior[silent], RAREST_NONE)
    found[:, silent] = kept
    rest = np.maximum(found[:, ~silent].sum(axis=1, keepdims=True), 1e-9)
    found[:, ~silent] *= (1 - min(float(kept.sum()), 0.9)) / rest
    return found


def as_indices(stick: Yardstick, item_ids: Sequence[int], label: dict[int, int]) -> NDArray[np.int64]:
    """Labels of items as places among the yardstick's (N,), -1 where there is none."""
    index = {label_id: place for place, label_id in enumerate(stick.label_ids)}
    return np.array([index.get(label.get(item_id, 0), -1) for item_id in item_ids], dtype=np.int64)
