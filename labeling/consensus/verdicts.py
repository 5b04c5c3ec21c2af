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
    heldout: bool
    settled: bool  # by an expert who was asked to decide
    again: bool  # the owner wants one answer more than there are
    early: Early | None = None
    held: bool = False  # verified as this label already, by people's answers


def rule(project: Project, case: Case, *, pooled: Floats, crowd: int, bar: float) -> Ruling:
    """Verified at the bar once a person has looked; disputed where more answers are of no use; else asked again.

    A held-out item wants its fixed number of answers whatever the first ones say. `crowd` people may answer at all:
    nobody can be asked twice, so a small crowd reaches its limit sooner. `pooled` is how people answer on the whole.
    """
    crowd = max(crowd, 1)
    least = min(project.heldout_answers, crowd) if case.heldout else 1
    least = AUDIT_ANSWERS if case.early == Early.SAMPLED else least
    if case.again:
        by_expert = case.settled or case.answers >= crowd
        return Ruling(Verdict.OPEN, max(1, least - case.answers), Audience.EXPERT if by_expert else Audience.ANYONE)
    if case.settled:
        return Ruling(Verdict.VERIFIED, 0, Audience.ANYONE)
    if case.early in (Early.HELD, Early.FINISHED):
        return Ruling(Verdict.OPEN if case.early == Early.HELD else Verdict.VERIFIED, 0, Audience.ANYONE)
    if case.early == Early.SAMPLED and crowd < AUDIT_ANSWERS:
        return Ruling(Verdict.OPEN, 1, Audience.EXPERT)
    if case.answers < least:
        return Ruling(Verdict.OPEN, least - case.answers, Audience.ANYONE)
    limit = max(least, min(project.answer_limit, crowd))
    target = keep(bar, project.label_floor) if case.held else bar
    rules = Rules(target=target, limit=limit, least_gain=project.least_gain, company=COMPANY)
    outcome = decide(case.posterior, pooled, rules, answers=case.answers, newcomers=case.newcomers).outcome
    return NEXT[outcome]


NEXT = {
    Outcome.VERIFIED: Ruling(Verdict.VERIFIED, 0, Audience.ANYONE),
    Outcome.ASK_AGAIN: Ruling(Verdict.OPEN, 1, Audience.ANYONE),
    Outcome.DISPUTED: Ruling(Verdict.DISPUTED, 1, Audience.EXPERT),
}
