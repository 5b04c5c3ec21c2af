"""All that was said of a set of items: people's answers, the classifier, imported labels, and what is known as gold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Floats


@dataclass(frozen=True, eq=False)
class Hearing:
    """Answers to N items with their other witnesses.

    teaches (N,): the items from which confusion is learnt. gold, imported (N,): a class, or -1.
    classifier (N, K): out-of-fold probabilities, NaN rows where there are none; None where there is no classifier.
    suggested (N,): the class suggested to people where no classifier speaks, or -1. It knows something of the truth:
    left out, people who agree with a right suggestion would pass for copying it.
    """

    answers: Answers
    teaches: NDArray[np.bool_]
    gold: NDArray[np.integer]
    imported: NDArray[np.integer]
    suggested: NDArray[np.integer]
    classifier: Floats | None

    def of_items(self, chosen: NDArray[np.bool_]) -> Hearing:
        """What was said of these items (mask over N), renumbered 0, 1, ..., so that a pass is cheap."""
        place = np.cumsum(chosen, dtype=np.int32) - 1
        part = self.answers.where(chosen[self.answers.item])
        answers = replace(part, item=place[part.item], n_items=int(chosen.sum()))
        return Hearing(
            answers,
            self.teaches[chosen],
            self.gold[chosen],
            self.imported[chosen],
            self.suggested[chosen],
            None if self.classifier is None else self.classifier[chosen],
        )

    def with_answers(self, answers: Answers) -> Hearing:
        """The same items with other answers."""
        return replace(self, answers=answers)

    def forget_gold(self, forgotten: NDArray[np.bool_]) -> Hearing:
        """The same without the gold labels under a mask (N,); with one answer those items teach no more."""
        alone = forgotten & (self.answers.per_item() < 2)
        return replace(self, gold=np.where(forgotten, -1, self.gold), teaches=self.teaches & ~alone)

    @property
    def informed(self) -> NDArray[np.bool_]:
        """The items (N,) of which a person or an import has said something."""
        return (self.answers.per_item() > 0) | (self.imported >= 0)

    def about(self, enough: int, rng: np.random.Generator) -> Hearing:
        """Items that teach, drawn at random until they hold about `enough` answers; all if there are no more."""
        held = int(self.teaches[self.answers.item].sum())
        if held <= enough:
            return self.of_items(self.teaches)
        return self.of_items(self.teaches & (rng.random(self.answers.n_items) < enough / held))


def hear(
    answers: Answers,
    *,
    classifier: Floats | None = None,
    gold: NDArray[np.integer] | None = None,
    imported: NDArray[np.integer] | None = None,
    confusion_items: NDArray[np.bool_] | None = None,
) -> Hearing:
    """All that was said, with defaults: confusion is learnt from gold and from items with two answers.

    One answer alone cannot tell a person's error from the class prior.
    """
    unknown = np.full(answers.n_items, -1)
    golden = unknown if gold is None else gold
    teaches = (answers.per_item() >= 2) | (golden >= 0) if confusion_items is None else confusion_items
    told = unknown if imported is None else imported
    return Hearing(answers, teaches, golden, told, _suggested(answers, classifier), classifier)


def _suggested(answers: Answers, classifier: Floats | None) -> NDArray[np.integer]:
    """A class shown to people for each item without a classifier's row, (N,), or -1."""
    suggested = np.full(answers.n_items, -1)
    seen = answers.shown >= 0
    suggested[answers.item[seen]] = answers.shown[seen]
    return suggested if classifier is None else np.where(np.isnan(classifier).any(axis=1), suggested, -1)
