"""How an experiment stands: who wins by how much and how surely, and whether its wizards agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from labeling.oz.models import Experiment, Feedback, InquiryState, Judgement, Judging, Variant
from labeling.oz.outcomes import Outcome, outcomes
from labeling.oz.variants import classes_of
from ml.truth.agreement import Agreement, alpha_interval
from ml.truth.answers import BLIND, Answers
from ml.truth.sequential import Estimate, estimate

ALPHA = 0.05  # over all comparisons of an experiment together, however often anybody looks
SEED = 7  # of the bootstrap
SPLITS_SHOWN = 24


@dataclass(frozen=True)
class Comparison:
    """One variant against another: the share of judgements that it won, a tie counting half."""

    first: Variant
    second: Variant
    share: Estimate
    wins: int
    losses: int
    ties: int


@dataclass(frozen=True)
class Standing:
    """One variant's figures. `rating` runs from 0 (1 of 5) to 1 (5 of 5)."""

    variant: Variant
    answered: int
    alpha: Agreement
    splits: list[Outcome]
    median_seconds: float
    rating: Estimate
    useful: int
    useless: int


@dataclass(frozen=True)
class Verdict:
    """All of it, and the variant that has won for sure, if one has."""

    standings: list[Standing]
    comparisons: list[Comparison]
    winner: Variant | None
    judged: int


def standing(experiment: Experiment) -> Verdict:
    """The figures as they are now; looking at them changes nothing about what they are worth."""
    variants = list(experiment.variants.all())
    share = ALPHA / max(len(variants) * (len(variants) - 1) // 2, 1)  # Bonferroni over the pairs
    comparisons = [_compare(experiment, first, second, share) for first, second in combinations(variants, 2)]
    ratings = {variant.pk: _ratings(variant, ALPHA / max(len(variants), 1)) for variant in variants}
    rows = [_standing(variant, ratings[variant.pk]) for variant in variants]
    rated = experiment.judging == Judging.RATING
    winner = _highest(variants, ratings) if rated else _undefeated(variants, comparisons)
    judged = Judgement.objects.filter(showing__experiment=experiment).count()
    return Verdict(rows, [] if rated else comparisons, winner, judged)


def _compare(experiment: Experiment, first: Variant, second: Variant, alpha: float) -> Comparison:
    rows = Judgement.objects.filter(showing__experiment=experiment, showing__first=first, showing__second=second)
    choices = list(rows.order_by("pk").values_list("choice", flat=True))
    values = [0.5 if choice is None else float(choice == first.pk) for choice in choices]
    return Comparison(
        first, second, estimate(values, alpha=alpha), choices.count(first.pk), choices.count(second.pk),
        sum(choice is None for choice in choices),
    )  # fmt: skip


def _ratings(variant: Variant, alpha: float) -> Estimate:
    rows = Judgement.objects.filter(showing__first=variant, showing__second=None).order_by("pk")
    return estimate([(rating - 1) / 4 for rating in rows.values_list("rating", flat=True) if rating], alpha=alpha)


def _undefeated(variants: Sequence[Variant], comparisons: Sequence[Comparison]) -> Variant | None:
    """The variant whose whole interval lies on its side against every other."""
    for variant in variants:
        mine = [
            row.share.beats() if row.first == variant else row.share.loses()
            for row in comparisons
            if variant in (row.first, row.second)
        ]
        if mine and all(mine):
            return variant
    return None


def _highest(variants: Sequence[Variant], ratings: dict[int, Estimate]) -> Variant | None:
    """The variant whose whole interval lies above every other's."""
    for variant in variants:
        others = [ratings[other.pk].high for other in variants if other != variant]
        if others and ratings[variant.pk].low > max(others):
            return variant
    return None


def _standing(variant: Variant, rating: Estimate) -> Standing:
    rows = outcomes(variant)
    times = [one.milliseconds for row in rows for one in row.said]
    feedback = Feedback.objects.filter(inquiry__variant=variant, inquiry__state=InquiryState.ANSWERED)
    return Standing(
        variant=variant, answered=len(rows), alpha=agreement(variant, rows),
        splits=[row for row in rows if row.split][:SPLITS_SHOWN],
        median_seconds=float(np.median(times)) / 1000 if times else float("nan"), rating=rating,
        useful=feedback.filter(useful=True).count(), useless=feedback.filter(useful=False).count(),
    )  # fmt: skip


def agreement(variant: Variant, rows: Sequence[Outcome]) -> Agreement:
    """Krippendorff's alpha of a variant's wizards, every possible answer counting as one; with its 95 % interval."""
    symbols = {each.name: at for at, each in enumerate(classes_of(variant))}
    people = {user: at for at, user in enumerate(sorted({one.user_id for row in rows for one in row.said}))}
    cells = [(at, people[one.user_id], symbols[one.said]) for at, row in enumerate(rows) for one in row.said]
    table = np.array(cells, np.int32).reshape(-1, 3)
    answers = Answers(
        item=table[:, 0], person=table[:, 1], symbol=table[:, 2], shown=np.full(len(table), BLIND, np.int32),
        n_items=len(rows), n_people=len(people), n_classes=len(symbols), n_symbols=len(symbols) + 1,
    )  # fmt: skip
    return alpha_interval(answers, seed=SEED)
