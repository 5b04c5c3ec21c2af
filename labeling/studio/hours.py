"""Hours and counts by person, for paying them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection

from labeling.errors import BadInput
from labeling.figures.reads import page_figure
from labeling.projects.models import Project

EVER = (date(1970, 1, 1), date(9999, 12, 30))
PAUSE = 120_000  # milliseconds: longer than this on one item is a pause, and only this much of it counts

HOURS = """
WITH said AS (
    SELECT a.user_id, least(a.milliseconds, %(pause)s) AS ms, r.id IS NULL AS stands
    FROM labeling_annotation a LEFT JOIN labeling_retraction r ON r.annotation_id = a.id
    WHERE a.project_id = %(project)s AND a.stored_at >= %(since)s AND a.stored_at < %(until)s
), answered AS (
    SELECT user_id, count(*) FILTER (WHERE stands) AS answers, count(*) FILTER (WHERE NOT stands) AS taken_back,
           sum(ms) / 1000.0 AS seconds, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) / 1000.0 AS median
    FROM said GROUP BY user_id
), skipped AS (
    SELECT l.user_id, count(*) AS skips FROM labeling_skip s JOIN labeling_lease l ON l.id = s.lease_id
    WHERE l.project_id = %(project)s AND s.at >= %(since)s AND s.at < %(until)s GROUP BY l.user_id
)
SELECT m.user_id, u.username, m.role, m.removed_at IS NULL, coalesce(a.answers, 0), coalesce(a.taken_back, 0),
       coalesce(s.skips, 0), coalesce(a.seconds, 0)::float8, a.median::float8
FROM labeling_member m JOIN auth_user u ON u.id = m.user_id
LEFT JOIN answered a ON a.user_id = m.user_id LEFT JOIN skipped s ON s.user_id = m.user_id
WHERE m.project_id = %(project)s ORDER BY coalesce(a.answers, 0) DESC, u.username
"""


@dataclass(frozen=True)
class PersonHours:
    """One person's work in a span of days; answers that were taken back are work too, and counted apart."""

    user_id: int
    name: str
    role: str
    member: bool
    answers: int
    taken_back: int
    skips: int
    seconds: float
    median_seconds: float | None

    @property
    def clock(self) -> str:
        """Hours and minutes, as 3:05."""
        minutes = round(self.seconds / 60)
        return f"{minutes // 60}:{minutes % 60:02d}"


def day(text: str, field: str) -> date | None:
    """A day as it stands in an address, None where there is none."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("Write the day as 2026-03-31.", field=field) from None


def hours(project: Project, first: date | None, last: date | None) -> list[PersonHours]:
    """Each member's work from the first day to the last, both included (UTC); all of it where no day is given.

    Where there are many answers it is what it was a while ago.
    """
    if first and last and last < first:
        raise BadInput("The last day lies before the first.", field="last")
    return HOURS_BY_PERSON.of(project, *said(first, last))


def said(first: date | None, last: date | None) -> list[str]:
    """Both days as a figure's arguments; none where all days are meant."""
    return [str(first or EVER[0]), str(last or EVER[1])] if first or last else []


def _counted(project: Project, first: str = str(EVER[0]), last: str = str(EVER[1])) -> list[PersonHours]:
    since = datetime.combine(date.fromisoformat(first), time(), UTC)
    until = datetime.combine(date.fromisoformat(last), time(), UTC) + timedelta(days=1)
    parameters: dict[str, Any] = {"project": project.pk, "pause": PAUSE, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(HOURS, parameters)
        return [PersonHours(*row) for row in cursor.fetchall()]


HOURS_BY_PERSON = page_figure("hours.people", _counted)
