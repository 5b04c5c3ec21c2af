"""Rules about people: kept as rows, judged by a periodic task, each acting once."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from labeling.annotations.anchoring import rates_of
from labeling.annotations.conduct import Conduct, Figure, conducts, figure, pool_of
from labeling.annotations.models import Act, Annotation, Finding, Measure, Rule
from labeling.annotations.words import in_words
from labeling.assignments.actions import pause, repeat_quiz, set_showing
from labeling.assignments.actions.showing import GLANCE_MS, LONGEST_GLANCE
from labeling.assignments.models import Clearance, ClearanceState, Manner, TrustPolicy, Viewing
from labeling.assignments.permits import figures_since, trust_policy
from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict, NotFound
from labeling.projects.models import Project, Role

# What a project begins with: (measure, act, threshold, milliseconds, least answers, in force).
DEFAULTS: tuple[tuple[Measure, Act, float, int | None, int, bool], ...] = (
    (Measure.GOLD_ACCURACY, Act.WARN, 0.7, None, 10, True),
    (Measure.GOLD_ACCURACY, Act.RETRAIN, 0.6, None, 15, False),
    (Measure.GOLD_ACCURACY, Act.PAUSE, 0.5, None, 15, True),
    (Measure.SAME_ANSWER, Act.WARN, 0.8, None, 50, True),
    (Measure.SAME_ANSWER, Act.PAUSE, 0.9, None, 50, False),
    (Measure.TOO_FAST, Act.WARN, 0.5, 300, 50, True),
    (Measure.TOO_FAST, Act.PAUSE, 0.8, 300, 50, False),
    (Measure.COPIES, Act.WARN, 0.6, None, 40, True),
    (Measure.COPIES, Act.PAUSE, 0.9, None, 40, False),
    (Measure.ACCEPTS_WRONG, Act.WARN, 0.5, None, 10, True),
    (Measure.ACCEPTS_WRONG, Act.RETRAIN, 0.7, None, 10, False),
    (Measure.ANCHORING, Act.GLANCE, 0.3, GLANCE_MS, 20, True),
    (Measure.ANCHORING, Act.LESS, 0.5, None, 20, True),
    (Measure.ANCHORING, Act.NEVER, 0.7, None, 20, True),
)
STANDARD = frozenset((measure, act) for measure, act, *_ in DEFAULTS)

MANNERS: dict[str, Manner] = {Act.GLANCE: Manner.GLANCE, Act.LESS: Manner.LESS, Act.NEVER: Manner.NEVER}


def default_rules(project: Project) -> list[Rule]:
    """The rules of a project that has none yet, unsaved."""
    names = ("measure", "act", "threshold", "milliseconds", "least", "active")
    return [Rule(project=project, **dict(zip(names, row, strict=True))) for row in DEFAULTS]


@transaction.atomic
def begin_rules(*, project: Project) -> list[Rule]:
    """The project's rules, the defaults written at first use."""
    if Rule.objects.filter(project=project).count() < len(DEFAULTS):
        Rule.objects.bulk_create(default_rules(project), ignore_conflicts=True)
    return list(Rule.objects.filter(project=project).order_by("measure", "act"))


@transaction.atomic
def set_rule(
    *, actor: User | None, project: Project, measure: str, act: str, threshold: float, least: int,
    milliseconds: int | None = None, active: bool = True,
) -> Rule:  # fmt: skip
    """Change the rule with this measure and act, or make it."""
    _check(measure, act, threshold, least, milliseconds)
    begin_rules(project=project)
    values = {"threshold": threshold, "least": least, "milliseconds": milliseconds, "active": active}
    row, _made = Rule.objects.update_or_create(project=project, measure=measure, act=act, defaults=values)
    audit.record(actor=actor, verb="set_rule", row=row, project_id=project.pk, measure=measure, act=act, **values)
    return row


@transaction.atomic
def remove_rule(*, actor: User, project: Project, measure: str, act: str) -> Rule:
    """Take an added rule away; one that every project has, or that has acted on somebody, can be switched off."""
    rows = Rule.objects.select_for_update(of=("self",), no_key=True)
    row = rows.filter(project=project, measure=measure, act=act).first()
    if row is None:
        raise NotFound("This project has no such rule.", field="measure")
    if (measure, act) in STANDARD:
        raise Conflict("Every project has this rule: switch it off instead.", field="measure")
    if Finding.objects.filter(rule=row).exists():
        raise Conflict("This rule has acted on somebody and stays on record: switch it off instead.", field="measure")
    audit.record(actor=actor, verb="remove_rule", row=row, project_id=project.pk, measure=measure, act=act)
    Rule.objects.filter(pk=row.pk).delete()
    return row


def _check(measure: str, act: str, threshold: float, least: int, milliseconds: int | None) -> None:
    if measure not in Measure.values:
        raise BadInput(f"One of: {', '.join(Measure.values)}.", field="measure")
    if act not in Act.values:
        raise BadInput(f"One of: {', '.join(Act.values)}.", field="act")
    if not 0 < threshold < 1:
        raise BadInput("Above 0 and below 1.", field="threshold")
    if not 5 <= least <= 1000:
        raise BadInput("From 5 to 1000 answers: fewer prove nothing.", field="least")
    if (measure == Measure.ANCHORING) != (act in MANNERS):
        raise BadInput("How suggestions are shown goes with being led astray by them.", field="act")
    if act == Act.GLANCE and not 1 <= (milliseconds or 0) <= LONGEST_GLANCE:
        raise BadInput(f"From 1 to {LONGEST_GLANCE} milliseconds of a glance.", field="milliseconds")
    if measure == Measure.TOO_FAST and not 1 <= (milliseconds or 0) <= 60_000:
        raise BadInput("From 1 to 60000 milliseconds.", field="milliseconds")


def judge(*, project: Project) -> list[Finding]:
    """Hold everybody who answered since the last time against the rules; of two at once the second leaves it be.

    With many people their figures take seconds: they are worked out before anything is locked.
    """
    policy, _made = TrustPolicy.objects.get_or_create(project=project)
    fresh = Annotation.objects.filter(project=project, pk__gt=policy.judged_through)
    last = fresh.aggregate(last=Max("pk"))["last"]
    if last is None:
        return []
    annotators = project.members.filter(role=Role.ANNOTATOR, removed_at=None)
    users = list(User.objects.filter(pk__in=fresh.values("user"), memberships__in=annotators))
    rules = [rule for rule in begin_rules(project=project) if rule.active]
    rates = rates_of(project, [rule for rule in rules if rule.measure == Measure.ANCHORING])
    since = _working(project, users)
    known = conducts(project, since, pool_of(project), rates)
    with transaction.atomic():
        rows = TrustPolicy.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        if rows.filter(project=project, judged_through=policy.judged_through).first() is None:
            return []
        now = _working(project, users)  # somebody may have been paused, or let in anew, meanwhile
        same = {pk for pk, at in since.items() if pk in now and now[pk] == at}
        held = [user for user in users if user.pk in same]
        found = [f for user in held for f in _judge_one(project, user, rules, known[user.pk], since[user.pk])]
        TrustPolicy.objects.filter(project=project).update(judged_through=last)
    return found


def _working(project: Project, users: Sequence[User]) -> dict[int, datetime | None]:
    """Of these, who may work now, and from when on their answers are looked at."""
    cleared = {row.user_id: row for row in Clearance.objects.filter(project=project)}
    return {user.pk: figures_since(cleared.get(user.pk)) for user in users if _is_cleared(cleared.get(user.pk))}


def _is_cleared(clearance: Clearance | None) -> bool:
    return clearance is None or clearance.state == ClearanceState.CLEARED


def _judge_one(
    project: Project, user: User, rules: Sequence[Rule], conduct: Conduct, since: datetime | None
) -> list[Finding]:
    acted = Finding.objects.filter(project=project, user=user, **({"at__gte": since} if since else {}))
    done = set(acted.values_list("rule", flat=True))
    found = []
    for rule in rules:
        seen = figure(conduct, rule)
        if seen is not None and rule.pk not in done and seen.breaks(rule):
            found.append(_act(project, user, rule, seen))
    return found


def _act(project: Project, user: User, rule: Rule, seen: Figure) -> Finding:
    finding = Finding.objects.create(
        project=project, user=user, rule=rule, act=rule.act, threshold=rule.threshold, figure=seen.value,
        low=seen.low, high=seen.high, count=seen.count,
    )  # fmt: skip
    if rule.act == Act.PAUSE or (rule.act == Act.RETRAIN and not trust_policy(project).quiz_items):
        pause(actor=None, project=project, user=user, reason=in_words(finding))
    elif rule.act == Act.RETRAIN:
        repeat_quiz(actor=None, project=project, user=user, reason=in_words(finding))
    elif rule.act in MANNERS:
        _show_less(project, user, rule, in_words(finding))
    return finding


def _show_less(project: Project, user: User, rule: Rule, reason: str) -> None:
    """A stricter manner stays: a rule never shows more than there was."""
    now = Viewing.objects.filter(project=project, user=user).first()
    order = [Manner.USUAL, *MANNERS.values()]
    manner = MANNERS[rule.act]
    if order.index(manner) > order.index(Manner(now.manner) if now else Manner.USUAL):
        set_showing(
            actor=None, project=project, user=user, manner=manner, glance_ms=rule.milliseconds, reason=reason
        )
