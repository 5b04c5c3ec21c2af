"""How somebody answers, in figures with their intervals: what rules about people are held against."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet

from labeling.annotations.models import Annotation, Measure, Rule
from labeling.assignments.models import Arm
from labeling.projects.models import Project
from labeling.statements import array
from labeling.suggestions.reads import spoken
from ml.truth.anchoring import Rate
from ml.truth.calibration import wilson

RECENT = 300  # a person's last answers that figures are of
RECENT_GOLD = 100
POOL = 3_000  # the project's last answers, with which one person's are compared
FIELDS = (
    "item_id", "label_id", "milliseconds", "arm", "arm_probability", "suggestion__label_id", "supposed__label_id",
    "lease__gold__label_id",
)  # fmt: skip


# By the leases that the answers were given under: their index leads to a person's last ones, however many there are.
LAST_OF = """
SELECT u.id, a.item_id, a.label_id, a.milliseconds, a.arm, a.arm_probability, s.label_id, p.label_id, a.gold_label
FROM unnest(%(users)s::bigint[], %(since)s::timestamptz[]) AS u(id, since)
CROSS JOIN LATERAL (
    SELECT a.*, g.label_id AS gold_label
    FROM ({leases}) AS l
    JOIN labeling_annotation a ON a.lease_id = l.id
    LEFT JOIN labeling_gold g ON g.id = l.gold_id
    WHERE NOT EXISTS (SELECT 1 FROM labeling_retraction r WHERE r.annotation_id = a.id)
      AND (u.since IS NULL OR a.stored_at >= u.since)
    ORDER BY a.id DESC LIMIT %(most)s::int
) AS a
LEFT JOIN labeling_suggestion s ON s.id = a.suggestion_id
LEFT JOIN labeling_supposedlabel p ON p.id = a.supposed_id
ORDER BY u.id, a.id DESC
"""
IN_STATE = """
(SELECT id, gold_id FROM labeling_lease
 WHERE user_id = u.id AND project_id = %(project)s::bigint AND state = '{state}' {which}
 ORDER BY id DESC LIMIT %(most)s::int)
"""
ANSWERED = ("answered", "outdated")  # states of a lease whose answer stands
TO_GOLD = "AND gold_id IS NOT NULL AND gold_id IN (SELECT id FROM labeling_gold WHERE retired_at IS NULL)"
LAST, LAST_GOLD = (
    LAST_OF.format(leases="UNION ALL".join(IN_STATE.format(state=state, which=which) for state in ANSWERED))
    for which in ("", TO_GOLD)
)


@dataclass(frozen=True)
class Said:
    """One answer, as far as figures need it; `label_id` is None for 'not this one'."""

    item_id: int
    label_id: int | None
    milliseconds: int
    arm: str
    arm_probability: float
    suggested: int | None
    supposed: int | None
    gold: int | None

    @property
    def shown(self) -> int | None:
        """The label that stood before the person's eyes."""
        return self.suggested or self.supposed

    @property
    def right(self) -> bool:
        """Of an answer to gold; 'not this one' is right where the shown label is not the true one."""
        return self.label_id == self.gold if self.label_id is not None else self.shown != self.gold


@dataclass(frozen=True)
class Conduct:
    """What figures about one person are worked out from."""

    recent: list[Said]
    gold: list[Said]
    pool: Counter[int | None]  # others' last answers
    model: dict[int, int]  # what the model says now of items that this person answered blind by chance
    copying: Rate | None = None  # by the anchoring meter


@dataclass(frozen=True)
class Figure:
    """A share with its 95 % interval and the answers that it is of."""

    value: float
    low: float
    high: float
    count: int

    def breaks(self, rule: Rule) -> bool:
        """Whether the whole interval lies beyond the rule's threshold, and enough answers stand behind it."""
        if self.count < rule.least:
            return False
        return self.high < rule.threshold if rule.measure == Measure.GOLD_ACCURACY else self.low > rule.threshold


def answers_of(project: Project, user: User, since: datetime | None) -> QuerySet[Annotation]:
    """The person's standing answers from some time on, the newest first."""
    given = Annotation.objects.standing().filter(project=project, user=user).order_by("-id")
    return given.filter(stored_at__gte=since) if since else given


def gold_answers(project: Project, user: User, since: datetime | None) -> QuerySet[Annotation]:
    """Those among them that were given to gold which is still held to be right."""
    return answers_of(project, user, since).filter(lease__gold__isnull=False, lease__gold__retired_at=None)


def quiz_answers(project: Project, user: User, since: datetime | None) -> QuerySet[Annotation]:
    """The person's first answers to each question of the entry quiz, the newest first.

    Those taken back too: who could try again until it is right would pass by guessing.
    """
    asked = Annotation.objects.filter(project=project, user=user, attempt=1, lease__quiz=True)
    known = asked.filter(lease__gold__retired_at=None).order_by("-id")
    return known.filter(stored_at__gte=since) if since else known


def said(known: QuerySet[Annotation], most: int) -> list[Said]:
    """The first rows as plain values."""
    return [Said(*row) for row in known.values_list(*FIELDS)[:most]]


@dataclass(frozen=True)
class Pool:
    """What was said among the project's last answers, by label: by each person, and by all together."""

    by_person: dict[int, Counter[int | None]]
    total: Counter[int | None]

    def others(self, user_id: int) -> Counter[int | None]:
        """What everybody else said."""
        return self.total - self.by_person.get(user_id, Counter())


def pool_of(project: Project) -> Pool:
    """One read that serves everybody's figures."""
    by_person: dict[int, Counter[int | None]] = {}
    last = Annotation.objects.filter(project=project).order_by("-id").values("id")[:POOL]
    found = list(Annotation.objects.standing().filter(pk__in=last).values_list("user_id", "label_id"))
    for user_id, label_id in found:
        by_person.setdefault(user_id, Counter())[label_id] += 1
    return Pool(by_person, Counter(label_id for _, label_id in found))


def conducts(
    project: Project, since: Mapping[int, datetime | None], pool: Pool, copying: Mapping[int, Rate]
) -> dict[int, Conduct]:
    """What figures about these people need, by user id, from answers since then; three statements for all of them."""
    recent, gold = last_answers(project, since, RECENT), last_answers(project, since, RECENT_GOLD, gold=True)
    drawn = {user: [row.item_id for row in told if _drawn_blind(row)] for user, told in recent.items()}
    shown = spoken(project).filter(item__in={item for items in drawn.values() for item in items})
    model = dict(shown.values_list("item_id", "label_id"))
    return {
        user: Conduct(
            told, gold[user], pool.others(user),
            {item: model[item] for item in drawn[user] if item in model}, copying.get(user),
        )
        for user, told in recent.items()
    }  # fmt: skip


def _drawn_blind(row: Said) -> bool:
    return row.arm == Arm.BLIND and row.arm_probability < 1


def last_answers(
    project: Project, since: Mapping[int, datetime | None], most: int, *, gold: bool = False
) -> dict[int, list[Said]]:
    """Each person's last standing answers, the newest first; with `gold` those to gold that is still held right."""
    values: dict[str, int | str] = {
        "project": project.pk, "users": array(since), "most": most,
        "since": array(at and f'"{at.isoformat()}"' for at in since.values()),
    }  # fmt: skip
    found: dict[int, list[Said]] = {user: [] for user in since}
    with connection.cursor() as cursor:  # planned for so many people and rows
        cursor.execute(LAST_GOLD if gold else LAST, values)
        for user_id, *row in cursor:
            found[user_id].append(Said(*row))
    return found


def gold_accuracy(conduct: Conduct, rule: Rule) -> Figure | None:
    """The share right among answers to gold."""
    return _share([row.right for row in conduct.gold])


def same_answer(conduct: Conduct, rule: Rule) -> Figure | None:
    """The share of the commonest answer beyond what others give it: 0 like the others, 1 always the same key."""
    others = conduct.pool.total()
    if not conduct.recent or others < rule.least:
        return None
    [(label_id, _)] = Counter(row.label_id for row in conduct.recent).most_common(1)
    pool = conduct.pool[label_id] / others
    share = _share([row.label_id == label_id for row in conduct.recent])
    return _beyond(share, pool, pool) if share and pool < 1 else None


def too_fast(conduct: Conduct, rule: Rule) -> Figure | None:
    """The share of answers given in less time than the rule names; above one half the median is below it too."""
    return _share([row.milliseconds < (rule.milliseconds or 0) for row in conduct.recent])


def copies(conduct: Conduct, rule: Rule) -> Figure | None:
    """How far acceptance goes beyond this person's own agreement with the model on items drawn to be blind."""
    shown = _share([row.label_id == row.suggested for row in conduct.recent if row.arm == Arm.SUGGESTED])
    blind = [row for row in conduct.recent if row.arm == Arm.BLIND and row.item_id in conduct.model]
    own = _share([row.label_id == conduct.model[row.item_id] for row in blind if row.arm_probability < 1])
    if shown is None or own is None or own.count < rule.least / 2 or own.high >= 1:
        return None
    return _beyond(shown, own.value, own.high)


def accepts_wrong(conduct: Conduct, rule: Rule) -> Figure | None:
    """The share of wrong shown labels, by gold, that were taken for right."""
    return _share([row.label_id == row.shown for row in conduct.gold if row.shown not in (None, row.gold)])


def anchoring(conduct: Conduct, rule: Rule) -> Figure | None:
    """The copy rate by the anchoring meter, shrunk to that of the others; judged on wrong suggestions in view."""
    rate = conduct.copying
    if rate is None or not rate.shown or not rate.blind:
        return None
    return Figure(rate.value, rate.low, rate.high, rate.shown)


MEASURES: dict[str, Callable[[Conduct, Rule], Figure | None]] = {
    Measure.GOLD_ACCURACY: gold_accuracy, Measure.SAME_ANSWER: same_answer, Measure.TOO_FAST: too_fast,
    Measure.COPIES: copies, Measure.ACCEPTS_WRONG: accepts_wrong, Measure.ANCHORING: anchoring,
}  # fmt: skip


def figure(conduct: Conduct, rule: Rule) -> Figure | None:
    """What the rule's measure says of this person; None where it says nothing."""
    return MEASURES[rule.measure](conduct, rule)


def _share(hits: list[bool]) -> Figure | None:
    if not hits:
        return None
    low, high = wilson(sum(hits), len(hits))
    return Figure(sum(hits) / len(hits), low, high, len(hits))


def _beyond(share: Figure, chance: float, most_chance: float) -> Figure:
    """A share corrected for chance, (share - chance) / (1 - chance); its lower end for the most that chance may be."""
    def corrected(value: float, by: float) -> float:
        return max(0.0, (value - by) / (1 - by)) if by < 1 else 0.0

    return Figure(
        corrected(share.value, chance), corrected(share.low, most_chance), corrected(share.high, chance), share.count
    )
