"""How far people agree, and whether stated probabilities are kept."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Avg, Count

from labeling.annotations.models import Annotation
from labeling.assignments.models import Gold, Lease, LeaseState
from labeling.consensus.ceiling import Ceiling, ceiling
from labeling.consensus.evidence import Told, Yardstick, counting, told, yardstick
from labeling.consensus.models import Fit as FitRow
from labeling.consensus.reads import MOST_COMPARED, in_company, verified
from labeling.counts import kept
from labeling.projects.models import Label, Member, Project
from ml.truth import agreement, chance
from ml.truth.agreement import Agreement
from ml.truth.answers import Answers
from ml.truth.bar import keep
from ml.truth.calibration import Bin, Precision, precision, reliability
from ml.truth.foretelling import foretold
from ml.truth.posterior import posteriors

MOST_PAIRS = 40  # of the people with the most answers in common
BINS = 10


@dataclass(frozen=True)
class PersonQuality:
    """One person: answers that count, agreement with others (95 % by bootstrap over items), accuracy by the fit."""

    user_id: int
    name: str
    member: Member
    answers: int
    effect: int  # items that a change of their weight would weigh anew
    share: float  # of comparisons with other people's answers to the same items that agree; NaN without company
    low: float
    high: float
    kappa: Agreement  # the same corrected for chance: Cohen's kappa with everybody else
    accuracy: float  # of a blind answer, by the newest fit


@dataclass(frozen=True)
class PairQuality:
    """Cohen's kappa of two people."""

    first: str
    second: str
    kappa: Agreement


@dataclass(frozen=True)
class ClassQuality:
    """Given that one person named the class, how often another did too (95 % by bootstrap over items)."""

    name: str
    share: float
    low: float
    high: float
    answers: int
    alpha: Agreement  # Krippendorff's, of this class against all others


@dataclass(frozen=True)
class Quality:
    """Agreement of a project, chance-corrected and with intervals where it is defined."""

    alpha: Agreement
    classes: list[ClassQuality]
    people: list[PersonQuality]
    pairs: list[PairQuality]
    drawn: int  # items that agreement was looked at on, where it was not all; else 0


def quality(project: Project) -> Quality:
    """Agreement over the answers that count, to the items that have two or more of them, or to many of these.

    'Not this one' names no class and is left out; so are decisions of disputes, whose experts saw what others had said.
    """
    stick = yardstick(project)
    ids = in_company(project)
    evidence = told(project, stick, ids)
    users, person = np.unique(evidence.user_ids, return_inverse=True)
    named = (evidence.answers.symbol <= len(stick.label_ids)) & ~evidence.settling
    answers = replace(evidence.answers, person=person.astype(np.int32), n_people=len(users)).where(named)
    names = dict(User.objects.filter(pk__in=users.tolist()).values_list("pk", "username"))
    return Quality(
        agreement.alpha_interval(answers, seed=project.pk), _classes(project, stick, answers),
        _people(project, stick, answers, users.tolist()), _pairs(answers, [names[user] for user in users]),
        len(ids) if len(ids) == MOST_COMPARED else 0,
    )  # fmt: skip


def _classes(project: Project, stick: Yardstick, answers: Answers) -> list[ClassQuality]:
    names = dict(Label.objects.filter(project=project).values_list("pk", "name"))
    found = chance.classes(answers, seed=project.pk)
    rows = ((names[label_id], found[place]) for place, label_id in enumerate(stick.label_ids))
    return [
        ClassQuality(name, row.share.value, row.share.low, row.share.high, row.share.n_answers, row.beyond_chance)
        for name, row in rows
    ]


def _people(project: Project, stick: Yardstick, answers: Answers, users: list[int]) -> list[PersonQuality]:
    """Members and former ones with answers; discounted people are listed without figures of agreement."""
    found = chance.people(answers, seed=project.pk)
    effects = kept(f"effects:{project.pk}", lambda: _effects(project))
    counted = kept(f"counted:{project.pk}", lambda: _counted(project))
    rows = []
    for member in Member.objects.filter(project=project, user__in=effects).select_related("user"):
        row = found[users.index(member.user_id)] if member.user_id in users else chance.NOTHING
        accuracy = stick.fit.accuracy(stick.people.get(member.user_id, stick.fit.people.size))
        rows.append(PersonQuality(
            member.user_id, member.user.get_username(), member, counted.get(member.user_id, 0),
            effects[member.user_id], row.share.value, row.share.low, row.share.high, row.beyond_chance,
            accuracy if member.user_id in stick.people else float("nan"),
        ))  # fmt: skip
    return sorted(rows, key=lambda row: (row.share if row.share == row.share else 2.0, row.name))


def _effects(project: Project) -> dict[int, int]:
    """By person, how many items they answered: so many are weighed anew when their weight changes."""
    rows = Annotation.objects.standing().filter(project=project).values("user_id")
    return dict(rows.annotate(items=Count("item", distinct=True)).values_list("user_id", "items"))


def _counted(project: Project) -> dict[int, int]:
    """By person, how many of their answers count."""
    rows = counting(project).values("user_id").annotate(answers=Count("pk")).order_by()
    return dict(rows.values_list("user_id", "answers"))


def _pairs(answers: Answers, names: list[str]) -> list[PairQuality]:
    """The pairs with the most items in common, least agreement first."""
    sizes = np.bincount(answers.person, minlength=len(names))
    busiest = np.argsort(-sizes)[:12]
    rows = [
        PairQuality(names[one], names[two], agreement.pair_kappa(answers, int(one), int(two)))
        for one, two in combinations(sorted(busiest.tolist()), 2)
    ]
    met = sorted((row for row in rows if row.kappa.n_items), key=lambda row: -row.kappa.n_items)[:MOST_PAIRS]
    return sorted(met, key=lambda row: row.kappa.value if row.kappa.value == row.kappa.value else 2.0)


@dataclass(frozen=True)
class Calibration:
    """Stated against real. The judge is an expert's decision or gold, which the judged posterior has not heard."""

    bins: list[Bin]
    judged: Precision  # by both judges together
    gold: Precision  # by gold of no dispute
    disputes: Precision  # by experts' decisions, which are on disputed items only
    agreement: Precision  # by the next answer: the chance that it names the label so far, and whether it did
    stated: float  # mean posterior of the verified set; NaN where nothing is verified
    verified: int
    wrong_ids: list[int]  # judged items whose most probable label was another, the surest first
    ceiling: Ceiling
    kept: float  # down to which it stays so
    reserve: float  # by how much the set's mean must lie above the target; 0 where each label must meet it
    overclaim: float  # what of it known labels have shown
    known: int  # labels of gold that told


def decided(project: Project) -> list[int]:
    """The items that can be judged: gold, and those of which an expert settled the dispute."""
    settled = Lease.objects.filter(project=project, settles=True, state=LeaseState.ANSWERED)
    gold = Gold.objects.filter(project=project, retired_at=None)
    return sorted({*settled.values_list("item_id", flat=True), *gold.values_list("item_id", flat=True)})


def calibration(project: Project) -> Calibration:
    """What people's answers, without the experts' own, made of each item that an expert settled.

    An expert is mostly asked where people disagree, so the judged items are harder than the verified ones: the share
    found right is a floor for the verified set rather than an estimate of it. No model and no imported label is heard,
    so nothing vouches for itself.
    """
    stick = yardstick(project)
    evidence = told(project, stick, decided(project))
    states = verified(project).aggregate(mean=Avg("confidence"), n=Count("pk"))
    mean = float("nan") if states["mean"] is None else states["mean"]
    rows = [place for place, item_id in enumerate(evidence.item_ids) if item_id in evidence.settled]
    heard = evidence.answers.where(~evidence.settling)
    probabilities = posteriors(stick.fit, heard, None)
    spoken = np.bincount(heard.item, minlength=heard.n_items) > 0
    rows = [place for place in rows if spoken[place]]
    stated = probabilities[rows].max(axis=1) if rows else np.zeros(0)
    truth = [stick.label_ids.index(evidence.settled[evidence.item_ids[place]]) for place in rows]
    right = (probabilities[rows].argmax(axis=1) == np.array(truth)) if rows else np.zeros(0, bool)
    wrong = [evidence.item_ids[rows[k]] for k in np.argsort(-stated) if not right[k]]
    hits = right.astype(np.float64)
    bins = reliability(stated, hits, n_bins=BINS)
    limit = ceiling(project, stick)
    disputed = np.isin([evidence.item_ids[place] for place in rows], _disputed(evidence))
    return Calibration(
        bins, precision(stated, hits), precision(stated[~disputed], hits[~disputed]),
        precision(stated[disputed], hits[disputed]), _agreement(project, stick), mean,
        states["n"], wrong, limit, keep(limit.bar, project.label_floor), *_reserve(project, stick),
    )  # fmt: skip


def _disputed(evidence: Told) -> list[int]:
    """The items of which an expert settled the dispute."""
    return [evidence.item_ids[place] for place in np.unique(evidence.answers.item[evidence.settling])]


def _agreement(project: Project, stick: Yardstick) -> Precision:
    """What the noise model foretells of people's next answers, against what they said; decisions of disputes apart."""
    evidence = told(project, stick, in_company(project))
    return precision(*foretold(stick.fit, evidence.answers.where(~evidence.settling)))


def _reserve(project: Project, stick: Yardstick) -> tuple[float, float, int]:
    """Reserve, overclaim and known labels of the fit in force, nothing where its bar is not."""
    row = FitRow.objects.filter(pk=stick.row_id, bar__isnull=False).first() if stick.row_id else None
    if row is None or (row.target, row.floor) != (project.target, project.label_floor):
        return 0.0, 0.0, 0
    return row.reserve, row.overclaim, row.judged
