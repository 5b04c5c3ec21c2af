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
from labeling.counts import WATCHED, kept
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
    """Every annotator with their figures."""
    rules = {rule.measure: rule for rule in reversed(rules_of(project))}
    found: dict[int, list[Finding]] = {}
    for finding in Finding.objects.filter(project=project).select_related("rule").order_by("-at"):
        found.setdefault(finding.user_id, []).append(finding)
    annotators = [member.user for member in members(project).filter(role=Role.ANNOTATOR)]
    cleared = {row.user_id: row for row in Clearance.objects.filter(project=project)}
    since = {user.pk: figures_since(cleared.get(user.pk)) for user in annotators}
    figures = _figures(project, since, rules)
    return [
        Standing(user, cleared.get(user.pk), figures[user.pk], found.get(user.pk, [])[:FINDINGS_SHOWN])
        for user in annotators
    ]


def _figures(
    project: Project, since: dict[int, datetime | None], rules: dict[str, Rule]
) -> dict[int, list[tuple[str, Figure | None]]]:
    """Everybody's by measure; with many people and answers those of a while ago, of these rules and these people."""
    held = [(rule.measure, rule.threshold, rule.milliseconds, rule.least) for rule in rules.values()]
    key = hashlib.sha256(repr((held, since)).encode()).hexdigest()
    return kept(f"standings:{project.pk}:{key}", lambda: _worked_out(project, since, rules), WATCHED)


def _worked_out(
    project: Project, since: dict[int, datetime | None], rules: dict[str, Rule]
) -> dict[int, list[tuple[str, Figure | None]]]:
    rates = rates_of(project, [rule for rule in rules.values() if rule.measure == Measure.ANCHORING])
    known = conducts(project, since, pool_of(project), rates)
    return {
        user: [(measure.value, figure(conduct, rules[measure])) for measure in Measure if measure in rules]
        for user, conduct in known.items()
    }


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
