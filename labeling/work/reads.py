"""What the labeling page needs to know."""

import random
import time
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Exists, Max, Min, OuterRef
from django.utils import timezone

from labeling.annotations.models import Annotation
from labeling.assignments.models import Gold
from labeling.assignments.reads import remaining
from labeling.consensus.models import Consensus
from labeling.consensus.reads import verified
from labeling.figures.reads import page_figure
from labeling.items.models import Item, ItemState
from labeling.projects.models import Project

PACE_MINUTES = 10
SUREST = 1_000  # among which the most answers decide
FEW = 8  # of them looked at first: where most numbers are free items, these suffice
TRIES = 200  # numbers drawn at once where an item is drawn by chance
LEFT = page_figure("label.left", remaining)
CANDIDATES = 12  # items offered as gold at once
# A count over a large project costs time: it is kept for as many seconds as it may be out of date.
REMAINING_SECONDS = 5.0
REMAINING_WORTH = 100  # at a million items it is kept longer: counting takes one part in a hundred of the time at most
SHOWN_SECONDS = 60.0  # for so long everybody is shown the same number
SHOWN_DIGITS = 2  # of it, and tens at the finest: else it would tell, answer by answer, what was gold


@dataclass(frozen=True)
class Pace:
    """One person's answers here: all that stand, and those of the last minutes by minute."""

    answers: int
    per_minute: float


def pace(user: User, project: Project) -> Pace:
    """Count this person's standing answers, and their rate while they were at work."""
    mine = Annotation.objects.standing().filter(user=user, project=project)
    since = timezone.now() - timedelta(minutes=PACE_MINUTES)
    recent = list(mine.filter(stored_at__gte=since).order_by("stored_at").values_list("stored_at", flat=True))
    minutes = (recent[-1] - recent[0]).total_seconds() / 60 if len(recent) > 1 else 0.0
    return Pace(mine.count(), (len(recent) - 1) / minutes if minutes > 0 else 0.0)


def left(project: Project) -> int:
    """How many items still want answers, a few seconds old at most, in large projects some more."""
    key = f"remaining:{project.pk}"
    known: int | None = cache.get(key)
    if known is None:
        begun = time.monotonic()
        told = LEFT.last(project)
        known = remaining(project) if told is None else told
        cache.set(key, known, max(REMAINING_SECONDS, REMAINING_WORTH * (time.monotonic() - begun)))
    return known


def coarse(number: int) -> int:
    """The number rounded up to two digits, and to tens where it is small; 0 stays."""
    step: int = 10 ** max(1, len(str(number)) - SHOWN_DIGITS)
    return -(-number // step) * step


def about_left(project: Project, known: int | None = None) -> int:
    """How many items still want answers, as people are told it who must not learn which of their answers counted.

    known: the exact number, where somebody just asked for it; that nothing is left is told at once.
    """
    key = f"about:{project.pk}"
    shown: int | None = cache.get(key) if known != 0 else 0
    if not shown:
        shown = coarse(left(project) if known is None else known)
        if shown:
            cache.set(key, shown, SHOWN_SECONDS)
    return shown


def gold_candidates(project: Project) -> list[Consensus]:
    """Of the verified items with the surest label those with the most answers, not yet gold."""
    known = Gold.objects.filter(item=OuterRef("pk"), retired_at=None)
    rows = verified(project).filter(~Exists(known), by_expert=False, answers__gte=2)
    surest = list(rows.order_by("-confidence", "pk").values_list("answers", "confidence", "pk")[:SUREST])
    chosen = [pk for *_, pk in sorted(surest, key=lambda row: (-row[0], -row[1], row[2]))[:CANDIDATES]]
    found = Consensus.objects.select_related("item__blob", "label").in_bulk(chosen)
    return [found[pk] for pk in chosen if pk in found]


def drawn_for_gold(project: Project) -> Item | None:
    """One item by chance, each as likely as the others, of those neither gold nor held out; None where none is left.

    Held-out items have their own fixed number of answers.
    """
    ready = Item.objects.filter(project=project, state=ItemState.READY)
    known = Gold.objects.filter(item=OuterRef("pk"), retired_at=None)
    free = ready.filter(~Exists(known), heldout=False).select_related("blob")
    ends = ready.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return None
    numbers = random.choices(range(ends["first"], ends["last"] + 1), k=TRIES)
    for some in (numbers[:FEW], numbers[FEW:]):  # rows far apart are read from disk one by one
        hits = free.in_bulk(some)
        for number in some:
            if number in hits:
                return hits[number]
    # Few numbers are this project's: then what is left of it is counted.
    left = free.count()
    return free.order_by("pk")[random.randrange(left)] if left else None
