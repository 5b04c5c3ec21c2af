"""By which opinion the queue was ordered last, and whether that is out of date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet
from scipy.special import softmax

from labeling.annotations.models import Annotation
from labeling.audit.models import Event
from labeling.consensus.evidence import yardstick
from labeling.consensus.models import Consensus, Verdict
from labeling.counts import kept
from labeling.embeddings.models import Embedding
from labeling.embeddings.reads import backbone_of
from labeling.projects.models import Project
from labeling.projects.reads import true_label_ids
from labeling.registry.reads import promoted
from labeling.suggestions.reads import spoken
from ml.truth.leaving import folds_of

RANKED = "ranked queue"
TINY = 1e-12
ROWS_A_FETCH = 10_000
LEAST_NEW = 50  # answers or suggestions since the last ranking before another is worth its time
NEW_SHARE = 0.1  # and as a share of those that there were


def last_ranking(project: Project) -> Event | None:
    """The note of the newest ranking."""
    return Event.objects.filter(project_id=project.pk, verb=RANKED).order_by("-at").first()


def ranked_by(project: Project, version_id: int | None) -> bool:
    """Whether the present order of the queue already follows this model version's suggestions."""
    event = last_ranking(project)
    return event is not None and event.data["model_version"] == version_id


def answers_to(project: Project) -> int:
    """How many answers there are."""
    return kept(f"answers:{project.pk}", Annotation.objects.filter(project=project).count)


def known_items(project: Project) -> int:
    """Of how many items there is something to order them by: suggestions, or features before there is a model."""
    version = promoted(project)
    if version is not None:
        return kept(f"suggestions:{version.pk}", spoken(project).count)
    features = Embedding.objects.filter(backbone=backbone_of(project), blob__items__project=project)
    return kept(f"features:{project.pk}", features.count)


def in_chance_order(project: Project) -> bool:
    """Whether nothing has ordered this queue but chance: nobody's ranking, or one that knew nothing."""
    event = last_ranking(project)
    return event is None or not event.data["known"]


def is_ripe(project: Project) -> bool:
    """Whether the queue's order is older than the model, or than much of what was answered and learnt of items."""
    event, version = last_ranking(project), promoted(project)
    if event is None or event.data["model_version"] != (version and version.pk):
        return True
    if not project.model_helps:
        return False
    return _much(event.data["answers"], answers_to(project)) or _much(event.data["known"], known_items(project))


def _much(before: int, now: int) -> bool:
    return now - before >= max(LEAST_NEW, NEW_SHARE * before)


@dataclass(frozen=True)
class Beliefs:
    """What is believed of N items: (N, K) posteriors over `true_label_ids`, and (N,) answers; NaN where nothing is."""

    items: list[int]
    posteriors: npt.NDArray[np.float64]
    answers: npt.NDArray[np.intp]
    verified: npt.NDArray[np.bool_]


def beliefs(project: Project, items: Sequence[int]) -> Beliefs:
    """By the consensus, which has the model's opinion in it, else by the model's at the temperature that it hears."""
    labels, where = true_label_ids(project), Places(items)
    found = Beliefs(
        list(items), np.full((len(items), len(labels)), np.nan), np.zeros(len(items), np.intp),
        np.zeros(len(items), np.bool_),
    )  # fmt: skip
    _suggested(project, labels, where, found)
    rows = Consensus.objects.filter(project=project).exclude(answers=0, by_expert=False)
    for ids, shares, counts, verdicts in columns(rows.values_list("item_id", "probabilities", "answers", "verdict")):
        there, at = where.of(ids)
        found.answers[at] = np.array(counts, np.intp)[there]
        found.verified[at] = np.array(verdicts)[there] == Verdict.VERIFIED.value
        whole = np.array([len(row) == len(labels) for row in shares], np.bool_) & there
        if whole.any():
            told = np.array([row for row, fits in zip(shares, whole, strict=True) if fits], np.float64)
            found.posteriors[where.of(np.array(ids)[whole])[1]] = told
    return found


class Places:
    """Where items stand in a list: by bisection, since a dictionary of a million takes 100 MB."""

    def __init__(self, items: Sequence[int]) -> None:
        ids = np.array(items, np.int64)
        self.order = np.argsort(ids, kind="stable")
        self.sorted = ids[self.order]

    def of(self, ids: npt.ArrayLike) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
        """(M,) which of these are in the list at all, and the places of those that are."""
        wanted = np.asarray(ids, np.int64)
        at = np.searchsorted(self.sorted, wanted)
        there = at < len(self.sorted)
        there[there] = self.sorted[at[there]] == wanted[there]
        return there, self.order[at[there]]


def columns(rows: QuerySet[Any, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """The columns of some thousand rows at a time: a million at once would take gigabytes."""
    iterator = rows.iterator(chunk_size=ROWS_A_FETCH)
    while part := list(islice(iterator, ROWS_A_FETCH)):
        yield list(zip(*part, strict=True))


def _suggested(project: Project, labels: list[int], where: Places, found: Beliefs) -> None:
    """Fill in what the model says; of classes that it does not know, nothing."""
    version = promoted(project)
    if version is None or not project.model_helps:
        return
    known = [labels.index(label) for label in version.label_ids if label in labels]
    if len(known) < len(version.label_ids):  # a class of the model was retired
        return
    fit = yardstick(project).fit
    for ids, shares in columns(spoken(project).values_list("item_id", "probabilities")):
        there, at = where.of(ids)
        if not there.any():
            continue
        sharpness, bias = fit.heard(folds_of(np.array(ids, np.int64)[there]))
        score = sharpness * np.log(np.maximum(np.array(shares, np.float64)[there], TINY)) + bias[:, known]
        looks = np.zeros((len(at), len(labels)))
        looks[:, known] = softmax(score, axis=1)
        found.posteriors[at] = looks @ fit.shared
