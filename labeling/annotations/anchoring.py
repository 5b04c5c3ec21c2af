"""The anchoring meter of a project: what showing suggestions does to people's answers, all together and one by one.

A wrong suggestion is known by gold, or by what others had said blind before the answer at hand, and by nothing later:
an answer must have no say in whether it is looked at.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import connection

from labeling.annotations.models import Rule
from labeling.assignments.models import Viewing
from labeling.projects.models import Project
from labeling.projects.reads import members, true_label_ids
from ml.truth.anchoring import Anchoring, Rate, Trials, measure
from ml.truth.contrast import Contrast, share_difference, speed_ratio, together
from ml.truth.copying import Copying

ANSWERS = 20_000  # the newest answers drawn by chance that are looked at
ENOUGH_SHOWN, ENOUGH_BLIND = 30, 10  # answers to wrong suggestions from which on the consensus goes by the meter
GOLD, SEVERAL, ONE = range(3)  # how a suggestion is known to be wrong: the last holds some that are right after all

# Drawn by chance: both arms were possible. Imported labels in view and disputes are no such draw.
DRAWN = """
WITH drawn AS (
    SELECT a.id, a.user_id, a.item_id, a.label_id, a.arm, a.arm_probability, a.milliseconds, a.stored_at,
        s.label_id AS told
    FROM labeling_annotation a JOIN labeling_lease l ON l.id = a.lease_id
    JOIN labeling_suggestion s ON s.id = coalesce(l.suggestion_id, l.withheld_id)
    WHERE a.project_id = %(project)s AND a.arm_probability < 1 AND a.arm = l.arm AND a.supposed_id IS NULL
      AND NOT l.settles AND NOT EXISTS (SELECT 1 FROM labeling_retraction r WHERE r.annotation_id = a.id)
    ORDER BY a.id DESC LIMIT %(most)s
)
SELECT d.user_id, d.label_id, d.arm = 'suggested', d.arm_probability, d.milliseconds, d.told, g.label_id, b.n, b.low,
    b.high
FROM drawn d
LEFT JOIN labeling_gold g ON g.item_id = d.item_id AND g.retired_at IS NULL AND g.created_at <= d.stored_at
LEFT JOIN LATERAL (
    SELECT count(*) AS n, min(e.label_id) AS low, max(e.label_id) AS high
    FROM labeling_annotation e JOIN labeling_label c ON c.id = e.label_id AND c.role <> 'unsure'
    WHERE e.item_id = d.item_id AND e.user_id <> d.user_id AND e.arm = 'blind' AND e.id < d.id AND e.supposed_id IS NULL
      AND NOT EXISTS (SELECT 1 FROM labeling_retraction r WHERE r.annotation_id = e.id)
) b ON g.id IS NULL
ORDER BY d.id
"""


@dataclass(frozen=True)
class Drawn:
    """One answer whose arm was drawn by chance, and what is known of its item from elsewhere."""

    user_id: int
    label_id: int | None
    shown: bool
    probability: float  # of the arm
    milliseconds: int
    told: int  # the suggestion, in view or withheld
    gold: int | None
    others: int  # earlier blind answers
    lowest: int | None
    highest: int | None

    @property
    def true_label(self) -> int | None:
        """By gold, else by what all earlier blind answers agree on."""
        return self.gold or (self.lowest if self.lowest == self.highest else None)

    @property
    def source(self) -> int:
        """How that is known."""
        return GOLD if self.gold else SEVERAL if (self.others or 0) > 1 else ONE


@dataclass(frozen=True)
class PersonReading:
    """One person: copy rate with its interval, time and agreement against their own blind answers, and the manner."""

    user: User
    copying: Rate
    pace: Contrast
    agreement: Contrast
    showing: Viewing | None


@dataclass(frozen=True)
class Reading:
    """The meter of a project. pace: time with the suggestion over time without; agreement with the model: its shift."""

    meter: Anchoring
    pace: Contrast
    agreement: Contrast
    blind_seconds: float  # what an answer takes without a suggestion (median); NaN without any
    people: list[PersonReading]
    by_source: tuple[int, int, int]  # answers to wrong suggestions, by GOLD, SEVERAL, ONE
    user_ids: list[int]


def drawn(project: Project) -> list[Drawn]:
    """The newest answers whose arm was drawn by chance, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(DRAWN, {"project": project.pk, "most": ANSWERS})
        return [Drawn(*row) for row in cursor.fetchall()]


def trials(project: Project, rows: list[Drawn], user_ids: list[int]) -> Trials:
    """Those to suggestions known to be wrong."""
    place = {label: index for index, label in enumerate(true_label_ids(project))}
    person = {user: index for index, user in enumerate(user_ids)}
    wrong = [row for row in rows if row.true_label in place and row.told in place and row.true_label != row.told]

    def column(values: list[Any], kind: Any) -> Any:
        return np.array(values, dtype=kind)

    return Trials(
        column([person[row.user_id] for row in wrong], np.int32),
        column([place[row.true_label or 0] for row in wrong], np.int32),
        column([place[row.told] for row in wrong], np.int32),
        column([row.source for row in wrong], np.int32),
        column([row.shown for row in wrong], bool),
        column([row.label_id == row.told for row in wrong], bool),
        column([1 - row.probability for row in wrong], np.float64),
        n_people=len(user_ids), n_classes=max(len(place), 2),
    )  # fmt: skip


def reading(project: Project) -> Reading:
    """The meter of a project, read off its newest answers."""
    rows = drawn(project)
    user_ids = sorted({row.user_id for row in rows})
    found = trials(project, rows, user_ids)
    meter = measure(found)
    sources = np.bincount(found.source, minlength=3)
    blind = [row.milliseconds for row in rows if not row.shown]
    of = list(_by_person(rows).values())
    pace, agreement = together(list(map(_pace, of)), ratio=True), together(list(map(_agreement, of)), ratio=False)
    return Reading(
        meter, pace, agreement, float(np.median(blind)) / 1000 if blind else float("nan"),
        _people(project, rows, user_ids, meter), (int(sources[0]), int(sources[1]), int(sources[2])), user_ids,
    )  # fmt: skip


def _people(project: Project, rows: list[Drawn], user_ids: list[int], meter: Anchoring) -> list[PersonReading]:
    """Members, whom suggestions lead astray the most first."""
    manners = {row.user_id: row for row in Viewing.objects.filter(project=project)}
    place = {user: index for index, user in enumerate(user_ids)}
    of = _by_person(rows)
    found = [
        PersonReading(
            member.user, meter.people[place[member.user_id]], _pace(of[member.user_id]), _agreement(of[member.user_id]),
            manners.get(member.user_id),
        )
        for member in members(project) if member.user_id in place
    ]  # fmt: skip
    return sorted(found, key=lambda row: -row.copying.value)


def _by_person(rows: list[Drawn]) -> dict[int, list[Drawn]]:
    """Everybody's, in one go through the rows; people in the order of their ids."""
    of: dict[int, list[Drawn]] = {user: [] for user in sorted({row.user_id for row in rows})}
    for row in rows:
        of[row.user_id].append(row)
    return of


def _pace(rows: list[Drawn]) -> Contrast:
    shown, blind = ([row.milliseconds for row in rows if row.shown == arm] for arm in (True, False))
    return speed_ratio(np.array(shown, np.float64), np.array(blind, np.float64))


def _agreement(rows: list[Drawn]) -> Contrast:
    shown, blind = ([row.label_id == row.told for row in rows if row.shown == arm] for arm in (True, False))
    return share_difference(sum(shown), len(shown), sum(blind), len(blind))


def known_copying(project: Project, people: dict[int, int]) -> Copying | None:
    """Copy rates by the fit's people (user id to index) for the consensus; None where too little is measured."""
    rows = drawn(project)
    user_ids = sorted({row.user_id for row in rows})
    meter = measure(trials(project, rows, user_ids))
    if meter.overall.shown < ENOUGH_SHOWN or meter.overall.blind < ENOUGH_BLIND:
        return None
    rates = np.full(max(len(people), 1), np.nan)
    for user, rate in zip(user_ids, meter.people, strict=True):
        if user in people and rate.shown:
            rates[people[user]] = rate.value
    return Copying(meter.people_mean, rates)


def rates_of(project: Project, rules: list[Rule]) -> dict[int, Rate]:
    """Each person's copy rate, where a rule asks for it."""
    if not rules:
        return {}
    rows = drawn(project)
    user_ids = sorted({row.user_id for row in rows})
    return dict(zip(user_ids, measure(trials(project, rows, user_ids)).people, strict=True))
