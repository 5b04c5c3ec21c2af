"""What bears on finishing items early: which could be, on what others a threshold is chosen, and a sample's word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from labeling.annotations.models import Annotation
from labeling.assignments.models import Arm, Audience, QueueEntry
from labeling.consensus.evidence import Floats, Yardstick, counting, gold_labels, unsure_labels
from labeling.consensus.models import Consensus, Verdict
from labeling.consensus.verdicts import AUDIT_ANSWERS
from labeling.items.models import ItemState
from labeling.projects.models import Member, Project, Role
from labeling.registry.models import ModelVersion
from labeling.suggestions.models import Suggestion
from ml.truth.answers import BLIND, collect
from ml.truth.bounding import DRAWS, drawn, sides
from ml.truth.difficulty import all_items
from ml.truth.events import events
from ml.truth.noise import Fit
from ml.truth.people import UNKNOWN_PERSON

CHOOSING = 5_000  # people's items at most on which a threshold is chosen
EXPERT = 0.98  # as in weighing: an expert's or gold's word as evidence
SEED = 20_261_121


@dataclass(frozen=True)
class Candidate:
    """An open item with the label that all said so far points to."""

    item_id: int
    label_id: int
    confidence: float
    answers: int


def candidates(project: Project, version: ModelVersion) -> list[Candidate]:
    """Open items of which the model has spoken, nobody holds and the owner does not want asked; never held-out ones."""
    entries = QueueEntry.objects.filter(
        project=project, audience=Audience.ANYONE, wanted__gt=0, leased=0, wanted_again_at=None,
        item__heldout=False, item__state=ItemState.READY, item__gold=None,
    )  # fmt: skip
    said = {
        item_id: Candidate(item_id, label, sure, 0)
        for item_id, label, sure in Suggestion.objects.filter(
            model_version=version, item__in=entries.values("item")
        ).values_list("item_id", "label_id", "confidence")
    }
    weighed = Consensus.objects.filter(item__in=list(said), answers__gt=0)
    for item_id, label, sure, answers, verdict in weighed.values_list(
        "item_id", "label_id", "confidence", "answers", "verdict"
    ):
        said[item_id] = Candidate(item_id, label, sure, answers)
        if verdict != Verdict.OPEN:
            del said[item_id]
    return list(said.values())


def choosing(project: Project, version: ModelVersion, stick: Yardstick) -> tuple[Floats, Floats, Floats]:
    """Confidence (n,) of out-of-fold opinions, and how likely what people said is if these are right or wrong (n,)."""
    rows = Suggestion.objects.filter(model_version=version, out_of_fold=True, item__heldout=False)
    rows = rows.filter(item__consensus__answers__gte=1).order_by("item_id")
    said = list(rows.values_list("item_id", "label_id", "confidence")[:CHOOSING])
    said = [row for row in said if row[1] in stick.label_ids]
    evidence = Evidence.of(project, stick, [row[0] for row in said], since=None)
    right, wrong = evidence.sides(stick.fit, stick, [row[1] for row in said])
    return np.array([row[2] for row in said]), right, wrong


@dataclass(frozen=True, eq=False)
class Evidence:
    """What people said blind of N items, and what experts or gold know of them; no model is heard."""

    items: list[int]
    item: NDArray[np.int64]
    user: NDArray[np.int64]
    symbol: NDArray[np.int64]
    known: dict[int, int]  # item id -> label by gold or an expert

    @classmethod
    def of(cls, project: Project, stick: Yardstick, item_ids: Sequence[int], since: datetime | None) -> "Evidence":
        """Standing blind answers that count, from some time on."""
        rows = counting(project).filter(item__in=item_ids, arm=Arm.BLIND, suggestion=None, supposed=None)
        rows = rows.filter(stored_at__gt=since) if since else rows
        experts = set(
            Member.objects.filter(project=project).exclude(role=Role.ANNOTATOR).values_list("user_id", flat=True)
        )
        place, unsure = {item_id: at for at, item_id in enumerate(item_ids)}, unsure_labels(project)
        known, table = {}, []
        for item_id, user_id, label_id, rejected_id in _plain(rows):
            if user_id in experts and label_id in stick.label_ids:
                known[item_id] = label_id
                continue
            symbol = stick.symbol(label_id, rejected_id, unsure)
            if symbol is not None:
                table.append((place[item_id], user_id, symbol))
        known |= {item: label for item, label in gold_labels(project, item_ids).items() if label in stick.label_ids}
        columns = np.array(table, np.int64).reshape(-1, 3)
        return cls(list(item_ids), columns[:, 0], columns[:, 1], columns[:, 2], known)

    @property
    def finished(self) -> NDArray[np.bool_]:
        """The items (N,) that an expert, gold or three people have labelled."""
        people = np.bincount(self.item, minlength=len(self.items)) >= AUDIT_ANSWERS
        known = np.array([item_id in self.known for item_id in self.items], np.bool_)
        return np.asarray(people | known)

    def sides(self, fit: Fit, stick: Yardstick, label_ids: Sequence[int]) -> tuple[Floats, Floats]:
        """How likely it is if these labels (N,) are right, and if wrong, (N,) each."""
        people = np.array([stick.people.get(int(user), UNKNOWN_PERSON) for user in self.user], np.int64)
        answers = collect(
            self.item, np.where(people < 0, len(stick.people), people), self.symbol, n_classes=len(stick.label_ids),
            shown=np.full(self.item.size, BLIND), n_items=len(self.items), n_people=len(stick.people) + 1,
            n_symbols=2 * len(stick.label_ids) + 1,
        )  # fmt: skip
        score = all_items(fit, events(answers, piles=fit.hard > 0)).total
        likelihood = np.exp(score - score.max(axis=1, keepdims=True))
        # Everybody may see an item for what it is not: P(looks like a | t), by Bayes' rule from P(t | looks like a).
        looks = fit.shared * fit.prior[:, None] / fit.prior[None]
        likelihood = likelihood @ looks
        slip = (1 - EXPERT) / (len(stick.label_ids) - 1)
        for at, item_id in enumerate(self.items):
            if item_id in self.known:
                likelihood[at] = slip
                likelihood[at, stick.label_ids.index(self.known[item_id])] = EXPERT
        labels = np.array([stick.label_ids.index(label) for label in label_ids], np.int64)
        return sides(likelihood, labels, fit.prior)

    def draws(self, stick: Yardstick, label_ids: Sequence[int]) -> tuple[Floats, Floats]:
        """The same for draws of people's error rates, (D, N) each: what is not known of them stays in the bound."""
        rng = np.random.default_rng(SEED)
        pairs = [self.sides(drawn(stick.fit, rng), stick, label_ids) for _ in range(DRAWS)]
        return np.stack([right for right, _ in pairs]), np.stack([wrong for _, wrong in pairs])


def _plain(rows: QuerySet[Annotation]) -> list[tuple[int, int, int | None, int | None]]:
    """Item, person, label and rejected label of each."""
    return list(rows.order_by("id").values_list("item_id", "user_id", "label_id", "rejected_id"))
