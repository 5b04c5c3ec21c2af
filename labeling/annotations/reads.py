"""Questions about how people answer, for the owner and for the person."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from labeling.annotations.actions.rules import default_rules
from labeling.annotations.anchoring import rates_of
from labeling.annotations.conduct import Figure, conducts, figure, gold_answers, pool_of, said
from labeling.annotations.models import Act, Finding, Measure, Rule
from labeling.annotations.words import in_words
from labeling.assignments.models import Clearance, ClearanceState
from labeling.assignments.permits import clearance_of, figures_since, trust_policy
from labeling.figures.reads import page_figure
from labeling.projects.models import Project, Role
from labeling.projects.reads import members

FINDINGS_SHOWN = 3


@dataclass(frozen=True)
class Standing:
    """One annotator as the rules see them now."""

    user: User
    clearance: Clearance | None
    figures: list[tuple[str, Figure | None]]  # by measure, in the order of `Measure`
    findings: list[Finding]  # the newest first

    @property
    def known(self) -> list[tuple[str, Figure]]:
        """The figures for which there are answers."""
        return [(measure, seen) for measure, seen in self.figures if seen is not None]


def rules_of(project: Project) -> list[Rule]:
    """The project's rules, or the unsaved defaults where it has none yet."""
    rows = list(Rule.objects.filter(project=project))
    there = {(row.measure, row.act) for row in rows}
    rows += [row for row in default_rules(project) if (row.measure, row.act) not in there]
    order = list(Measure)
    return sorted(rows, key=lambda row: (order.index(Measure(row.measure)), row.act != Act.WARN))


def standings(project: Project) -> list[Standing]:
    """Every annotator with their figures; of large projects these are a while old, of these rules and these people."""
    found: dict[int, list[Finding]] = {}
    for finding in Finding.objects.filter(project=project).select_related("rule").order_by("-at"):
        found.setdefault(finding.user_id, []).append(finding)
    cleared = {row.user_id: row for row in Clearance.objects.filter(project=project)}
    figures = STANDINGS.of(project)
    return [
        Standing(user, cleared.get(user.pk), figures[user.pk], found.get(user.pk, [])[:FINDINGS_SHOWN])
        for user in _annotators(project)
    ]


def _annotators(project: Project) -> list[User]:
    return [member.user for member in members(project).filter(role=Role.ANNOTATOR)]


def _since(project: Project) -> dict[int, datetime | None]:
    """By annotator, from when on their answers count for the rules."""
    cleared = {row.user_id: row for row in Clearance.objects.filter(project=project)}
    return {user.pk: figures_since(cleared.get(user.pk)) for user in _annotators(project)}


def _by_measure(project: Project) -> dict[str, Rule]:
    return {rule.measure: rule for rule in reversed(rules_of(project))}


def _held(project: Project) -> str:
    """A mark of the rules and the people."""
    rules = _by_measure(project).values()
    held = [(rule.measure, rule.threshold, rule.milliseconds, rule.least) for rule in rules]
    return hashlib.sha256(repr((held, _since(project))).encode()).hexdigest()


def _worked_out(project: Project) -> dict[int, list[tuple[str, Figure | None]]]:
    rules = _by_measure(project)
    rates = rates_of(project, [rule for rule in rules.values() if rule.measure == Measure.ANCHORING])
    known = conducts(project, _since(project), pool_of(project), rates)
    return {
        user: [(measure.value, figure(conduct, rules[measure])) for measure in Measure if measure in rules]
        for user, conduct in known.items()
    }


STANDINGS = page_figure("rules.standings", _worked_out, _held)


def warning(user: User, project: Project) -> str:
    """The newest warning to this person that still holds, in words; empty where there is none."""
    since = figures_since(clearance_of(user, project))
    rows = Finding.objects.filter(project=project, user=user, act=Act.WARN, **({"at__gte": since} if since else {}))
    finding = rows.select_related("rule").order_by("-at").first()
    return in_words(finding) if finding else ""


@dataclass(frozen=True)
class Feedback:
    """How many of one's last checked answers were right."""

    right: int
    of: int


def feedback(user: User, project: Project) -> Feedback | None:
    """The person's running share on gold, where the owner wants it told.

    It moves by whole batches and by the hour, so that no change of it tells which item was gold.
    """
    batch = trust_policy(project).feedback_after
    clearance = clearance_of(user, project)
    if batch is None or (clearance is not None and clearance.state != ClearanceState.CLEARED):
        return None
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    known = gold_answers(project, user, figures_since(clearance)).filter(stored_at__lt=hour).order_by("id")
    whole = known.count() // batch * batch
    if not whole:
        return None
    return Feedback(sum(row.right for row in said(known, whole)), whole)
