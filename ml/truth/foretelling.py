"""Agreement between answers, held against what the noise model foretells of it: a test that needs no known label.

Of each answer but an item's first: the chance, by all that was said of the item before, that it would name the label so
far, and whether it did (A. P. Dawid, "Statistical theory: the prequential approach" (1984)). Which items are asked on
hangs on earlier answers alone, so that asking the doubtful ones does not bend it. Errors that everybody shares show
nowhere in it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.truth.answers import Answers, Floats
from ml.truth.difficulty import all_items
from ml.truth.events import events
from ml.truth.noise import Fit
from ml.truth.posterior import evidence, log_prior

MOST_TURNS = 8  # answers of an item looked at: beyond, hardly any project has them


def foretold(fit: Fit, answers: Answers) -> tuple[Floats, Floats]:
    """Chances (n,) that an answer names the label so far, and whether it did; answers count in the order given.

    Items of which a class was refused are left out: there the question itself offers the answer.
    """
    refused = np.zeros(answers.n_items, bool)
    refused[answers.item[answers.symbol > answers.n_classes]] = True
    answers = answers.where(~refused[answers.item])
    turn = turns(answers)
    chances, named = [np.zeros(0)], [np.zeros(0)]
    for each in range(1, min(MOST_TURNS, int(turn.max(initial=-1)) + 1)):
        before, now = answers.where(turn < each), turn == each
        kinds = events(before, piles=fit.hard > 0)
        label = (log_prior(fit, None, answers.n_items) + all_items(fit, kinds).total).argmax(axis=1)
        item = answers.item[now]
        said = answers.where(turn <= each)
        latest = turn[turn <= each] == each
        asked = replace(said, symbol=np.where(latest, label[said.item], said.symbol).astype(np.int32))
        gain = evidence(fit, events(asked, piles=fit.hard > 0), None) - evidence(fit, kinds, None)
        chances.append(np.exp(gain[item]))
        named.append((answers.symbol[now] == label[item]).astype(np.float64))
    return np.minimum(np.concatenate(chances), 1.0), np.concatenate(named)


def turns(answers: Answers) -> np.ndarray:
    """The place of each answer among those to its item, (A,), from 0."""
    order = np.argsort(answers.item, kind="stable")
    starts = np.searchsorted(answers.item[order], np.arange(answers.n_items))
    turn = np.empty(len(answers), np.int64)
    turn[order] = np.arange(len(answers)) - starts[answers.item[order]]
    return turn
