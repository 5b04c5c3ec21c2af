"""What each variant made of the inputs: its wizards' answers, and what the product would show of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from labeling.oz.models import Experiment, Input, Inquiry, InquiryState, Variant
from labeling.oz.variants import classes_of
from labeling.projects.models import LabelRole


@dataclass(frozen=True)
class Said:
    """One wizard's answer to one input under one variant; the first, where live calls made it several."""

    user_id: int
    said: str
    milliseconds: int
    inquiry: Inquiry


@dataclass
class Outcome:
    """What one input got under one variant."""

    input: Input
    said: list[Said] = field(default_factory=list)

    @property
    def votes(self) -> dict[str, int]:
        """Class to number of wizards, most first, in the order of arrival where equal."""
        return dict(Counter(one.said for one in self.said).most_common())

    @property
    def answer(self) -> str:
        """What the product would go by: what most said, the earliest where equally many did; empty for nothing."""
        return next(iter(self.votes), "")

    @property
    def unanimous(self) -> bool:
        """Whether more than one wizard answered and all said the same."""
        return len(self.said) > 1 and len(self.votes) == 1

    @property
    def split(self) -> bool:
        """Whether wizards said different things."""
        return len(self.votes) > 1


def outcomes(variant: Variant) -> list[Outcome]:
    """Every answered input of a variant, in the order in which they came."""
    rows = Inquiry.objects.filter(variant=variant, state=InquiryState.ANSWERED, reply__wizard__isnull=False)
    found: dict[int, Outcome] = {}
    seen: set[tuple[int, int]] = set()
    for inquiry in rows.select_related("input__blob", "reply").order_by("reply__pk"):
        who = (inquiry.input_id, inquiry.reply.wizard_id or 0)
        if who in seen:
            continue
        seen.add(who)
        outcome = found.setdefault(inquiry.input_id, Outcome(inquiry.input))
        outcome.said.append(Said(who[1], inquiry.reply.said, inquiry.reply.milliseconds, inquiry))
    return sorted(found.values(), key=lambda outcome: outcome.input.pk)


def product(experiment: Experiment, variants: Sequence[Variant]) -> dict[int, list[tuple[int, str]]]:
    """What the product would show of each variant, on the inputs that all of them have an answer to.

    A gallery holds the inputs whose class the variant shows (where it names none: its first class); otherwise every
    input comes with its word. By variant id: (input id, class name).
    """
    told = {variant.pk: outcomes(variant) for variant in variants}
    common = set.intersection(*({each.input.pk for each in rows} for rows in told.values())) if told else set()
    made = {}
    for variant in variants:
        rows = [(each.input.pk, each.answer) for each in told[variant.pk] if each.input.pk in common]
        if experiment.presentation == "gallery":
            shown = shown_classes(variant)
            rows = [(pk, said) for pk, said in rows if said in shown]
        made[variant.pk] = rows
    return made


def shown_classes(variant: Variant) -> set[str]:
    """The classes that the product makes use of."""
    classes = [each for each in classes_of(variant) if each.role == LabelRole.CLASS]
    return {each.name for each in classes if each.shown} or {classes[0].name}


def common_inputs(variants: Sequence[Variant]) -> int:
    """Inputs that every one of these variants has an answer to."""
    told = [{each.input.pk for each in outcomes(variant)} for variant in variants]
    return len(set.intersection(*told)) if told else 0
