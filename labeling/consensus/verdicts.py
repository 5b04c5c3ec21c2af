"""From a posterior to a verdict and what the queue is to do next."""

from dataclasses import dataclass
from enum import StrEnum

from labeling.assignments.models import Audience
from labeling.consensus.models import Verdict
from labeling.projects.models import Project
from ml.truth.answers import Floats
from ml.truth.bar import keep
from ml.truth.stopping import Outcome, Rules, decide

AUDIT_ANSWERS = 3  # people's blind answers that an audited item wants, where no expert answers it
SKIPS_UNTIL_EXPERT = 3  # people who passed over an item before an expert is asked
COMPANY = 2  # answers that an item needs where all so far came from newcomers


@dataclass(frozen=True)
class Ruling:
    """What follows for an item: the verdict, and how many answers of whom are wanted now."""

    verdict: Verdict
    wanted: int
    audience: Audience


class Early(StrEnum):
    """Where an item of an audited set stands."""

    HELD = "held"  # asked of nobody until the audit has decided
    SAMPLED = "sampled"  # asked of several people, or an expert, blind
    FINISHED = "finished"  # the audit has passed


@dataclass(frozen=True)
class Case:
    """One item as it stands: its posterior, how many answers count, and what else bears on it."""

    posterior: Floats
    answers: int
    newcomers: int  # of the answers, those by people who are new here
    still: int  # annotators at work who may answer it yet: neither answered it nor passed over it
    skips: int  # people who passed over it
    heldout: bool
    settled: bool  # by an expert who was asked to decide
    again: bool  # the owner wants one answer more than there are
    early: Early | None = None
    held: bool = False  # verified as this label already, by people's answers


def rule(project: Project, case: Case, *, pooled: Floats, bar: float) -> Ruling:
    """Verified at the bar once a person has looked; disputed where more answers are of no use; else asked again.

    A held-out item wants its fixed number of answers whatever the first ones say. Nobody is asked twice: an item has
    reached its limit when nobody is left who may answer it. What is wanted then, or after several people passed over
    it, is wanted of an expert; and so is a new look at what an expert has settled, since an expert's word alone can
    change it. `pooled` is how people answer on the whole.
    """
    reach = case.answers + case.still
    least = max(1, min(project.heldout_answers, reach)) if case.heldout else 1
    least = AUDIT_ANSWERS if case.early == Early.SAMPLED else least
    left_to_expert = case.still == 0 or case.skips >= SKIPS_UNTIL_EXPERT
    if case.again:
        return _asked(max(1, least - case.answers), by_expert=case.settled or left_to_expert)
    if case.settled:
        return Ruling(Verdict.VERIFIED, 0, Audience.ANYONE)
    if case.early in (Early.HELD, Early.FINISHED):
        return Ruling(Verdict.OPEN if case.early == Early.HELD else Verdict.VERIFIED, 0, Audience.ANYONE)
    if case.early == Early.SAMPLED and reach < AUDIT_ANSWERS:
        return _asked(1, by_expert=True)
    if case.answers < least:
        return _asked(least - case.answers, by_expert=left_to_expert)
    limit = max(least, min(project.answer_limit, reach))
    target = keep(bar, project.label_floor) if case.held else bar
    rules = Rules(target=target, limit=limit, least_gain=project.least_gain, company=COMPANY)
    outcome = decide(case.posterior, pooled, rules, answers=case.answers, newcomers=case.newcomers).outcome
    return _asked(1, by_expert=left_to_expert) if outcome == Outcome.ASK_AGAIN else NEXT[outcome]


def _asked(answers: int, *, by_expert: bool) -> Ruling:
    """So many more answers of anyone, or an expert's one."""
    return Ruling(Verdict.OPEN, 1, Audience.EXPERT) if by_expert else Ruling(Verdict.OPEN, answers, Audience.ANYONE)


NEXT = {
    Outcome.VERIFIED: Ruling(Verdict.VERIFIED, 0, Audience.ANYONE),
    Outcome.DISPUTED: Ruling(Verdict.DISPUTED, 1, Audience.EXPERT),
}
