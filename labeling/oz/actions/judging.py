"""End users see what a variant made of the inputs, without knowing which it is, and judge it; each once."""

import random
from itertools import combinations

from django.contrib.auth.models import User
from django.db import transaction

from labeling.errors import BadInput, Conflict, NotAllowed, NotFound
from labeling.oz.actions.drafting import locked
from labeling.oz.models import Experiment, ExperimentState, Judgement, Judging, Part, Seat, Showing, Variant
from labeling.oz.outcomes import common_inputs, product

LEFT, RIGHT, TIE = "left", "right", "tie"
LONGEST_COMMENT = 1000
Pair = tuple[Variant, Variant | None]


@transaction.atomic
def show(*, actor: User, experiment: Experiment) -> Showing | None:
    """What this rater judges next: what is open before them, else what was judged least of what they have not seen.

    The outcome is frozen as it stands now. None once they have seen all. Locks the experiment, so that the sides
    of a pair and the turns of variants stay balanced.
    """
    row = locked(experiment, ExperimentState.RUNNING, ExperimentState.ENDED)
    if not Seat.objects.filter(experiment=row, user=actor, part=Part.RATER).exists():
        raise NotAllowed("You are no end user of this experiment.", field="experiment")
    waiting = Showing.objects.filter(experiment=row, rater=actor, judgement=None).first()
    if waiting is not None:
        return waiting
    seen = set(Showing.objects.filter(experiment=row, rater=actor).values_list("first", "second"))
    fresh = [pair for pair in pairs(row) if (pair[0].pk, pair[1].pk if pair[1] else None) not in seen]
    if not fresh:
        return None
    variants = list(row.variants.all())
    if not common_inputs(variants):
        raise Conflict("There is nothing to see yet: wizards have not answered one input under every variant.")
    return _open(row, actor, _least_judged(row, fresh))


def pairs(experiment: Experiment) -> list[Pair]:
    """Everything that a rater may be shown: each pair of variants, or each variant by itself."""
    variants = list(experiment.variants.all())
    if experiment.judging == Judging.RATING:
        return [(variant, None) for variant in variants]
    return list(combinations(variants, 2))


def _least_judged(experiment: Experiment, fresh: list[Pair]) -> Pair:
    """One of those shown least often so far, by chance."""
    known = Showing.objects.filter(experiment=experiment)
    counts = [known.filter(first=first, second=second).count() for first, second in fresh]
    return random.choice([pair for pair, count in zip(fresh, counts, strict=True) if count == min(counts)])


def _open(experiment: Experiment, rater: User, pair: Pair) -> Showing:
    first, second = pair
    before = Showing.objects.filter(experiment=experiment, first=first, second=second)
    left, right = before.filter(first_left=True).count(), before.filter(first_left=False).count()
    # The side that came up less often; a coin where both did equally: nobody can tell which variant is where.
    first_left = left < right if left != right else random.random() < 0.5
    made = product(experiment, list(experiment.variants.all()))
    kept = {str(each.pk): made[each.pk] for each in pair if each is not None}
    return Showing.objects.create(
        experiment=experiment, rater=rater, first=first, second=second, first_left=first_left, outcomes=kept
    )


@transaction.atomic
def judge(
    *, actor: User, experiment: Experiment, showing_id: int, choice: str = "", rating: int | None = None,
    comment: str = "",
) -> Judgement:
    """Store a rater's verdict on what they were shown, once; a second one is returned if it says the same."""
    rows = Showing.objects.select_for_update(of=("self",), no_key=True).select_related("first", "second")
    showing = rows.filter(pk=showing_id, experiment=experiment, rater=actor).first()
    if showing is None:
        raise NotFound("nothing of that kind was shown to you", field="showing")
    if len(comment) > LONGEST_COMMENT:
        raise BadInput(f"at most {LONGEST_COMMENT} characters", field="comment")
    chosen = _chosen(showing, choice, rating)
    before = Judgement.objects.filter(showing=showing).first()
    if before is not None:
        if (before.choice, before.rating) == (chosen, rating):
            return before
        raise Conflict("You have judged this before.", field="showing")
    return Judgement.objects.create(showing=showing, choice=chosen, rating=rating, comment=comment.strip())


def _chosen(showing: Showing, choice: str, rating: int | None) -> Variant | None:
    """The variant on the side that was chosen; None for a tie, and for a rating."""
    if showing.second is None:
        if rating is None or not 1 <= rating <= 5:
            raise BadInput("from 1 to 5", field="rating")
        return None
    if rating is not None or choice not in (LEFT, RIGHT, TIE):
        raise BadInput(f"{LEFT}, {RIGHT} or {TIE}", field="choice")
    sides = {LEFT: showing.first, RIGHT: showing.second}
    if not showing.first_left:
        sides = {LEFT: showing.second, RIGHT: showing.first}
    return sides.get(choice)
