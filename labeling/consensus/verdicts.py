"""From a posterior to a verdict and what the queue is to do next."""

from dataclasses import dataclass

from labeling.assignments.models import Audience
from labeling.consensus.models import Verdict
from labeling.projects.models import Project


@dataclass(frozen=True)
class Ruling:
    """What follows for an item: the verdict, and how many answers of whom are wanted now."""

    verdict: Verdict
    wanted: int
    audience: Audience


def rule(project: Project, *, confidence: float, answers: int, heldout: bool, crowd: int, settled: bool) -> Ruling:
    """Verified at the target once a person has looked; disputed at the limit of answers; else asked again.

    A held-out item wants its fixed number of answers whatever the first ones say. `crowd` people may answer at all:
    nobody can be asked twice, so a small crowd reaches its limit sooner.
    """
    if settled:
        return Ruling(Verdict.VERIFIED, 0, Audience.ANYONE)
    least = min(project.heldout_answers, max(crowd, 1)) if heldout else 1
    if answers < least:
        return Ruling(Verdict.OPEN, least - answers, Audience.ANYONE)
    if confidence >= project.target:
        return Ruling(Verdict.VERIFIED, 0, Audience.ANYONE)
    if answers >= max(least, min(project.answer_limit, max(crowd, 1))):
        return Ruling(Verdict.DISPUTED, 1, Audience.EXPERT)
    return Ruling(Verdict.OPEN, 1, Audience.ANYONE)
