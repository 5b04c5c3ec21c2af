"""By which opinion the queue was ordered last, and whether that is out of date."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
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
    labels, where = true_label_ids(project), {item: at for at, item in enumerate(items)}
    found = Beliefs(
        list(items), np.full((len(items), len(labels)), np.nan), np.zeros(len(items), np.intp),
        np.zeros(len(items), np.bool_),
    )  # fmt: skip
    _suggested(project, labels, where, found)
    rows = Consensus.objects.filter(project=project).exclude(answers=0, by_expert=False)
    for item, shares, count, verdict in rows.values_list("item_id", "probabilities", "answers", "verdict"):
        if item in where:
            at = where[item]
            found.answers[at], found.verified[at] = count, verdict == Verdict.VERIFIED
            if len(shares) == len(labels):
                found.posteriors[at] = shares
    return found


def _suggested(project: Project, labels: list[int], where: dict[int, int], found: Beliefs) -> None:
    """Fill in what the model says; of classes that it does not know, nothing."""
    version = promoted(project)
    if version is None or not project.model_helps:
        return
    columns = [labels.index(label) for label in version.label_ids if label in labels]
    if len(columns) < len(version.label_ids):  # a class of the model was retired
        return
    rows = [row for row in spoken(project).values_list("item_id", "probabilities") if row[0] in where]
    if not rows:
        return
    fit = yardstick(project).fit
    said = np.array([shares for _, shares in rows], np.float64)
    places = [where[item] for item, _ in rows]
    sharpness, bias = fit.heard(folds_of(np.array([item for item, _ in rows], np.int64)))
    score = sharpness * np.log(np.maximum(said, TINY)) + bias[:, columns]
    looks = np.zeros((len(rows), len(labels)))
    looks[:, columns] = softmax(score, axis=1)
    found.posteriors[places] = looks @ fit.shared
