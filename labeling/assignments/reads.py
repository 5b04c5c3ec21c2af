"""Questions about the queue."""

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from labeling.assignments.models import Audience, Gold, Lease, LeaseState, QueueEntry
from labeling.items.models import Item, ItemState
from labeling.projects.models import Project

FIRST_GUESS_SECONDS = 10.0  # an answer's time before a person has answered anything
RECENT = 20
RECENT_HERE = 1_000  # of everybody's last leases, when the project's pace is measured
COUNTED = 1_000  # things that wait: who has more asks for no exact number
LONGEST_GAP = 600.0  # seconds between two answers beyond which somebody was away

# How long each of the person's last answers took, from one closing to the next; what was closed at once shares the
# time. A pause counts once and the median drops it.
MEDIAN = f"""
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM (
    SELECT extract(epoch FROM closed_at - lag(closed_at) OVER (ORDER BY closed_at)) / count(*) AS seconds FROM (
        SELECT closed_at FROM labeling_lease
        WHERE user_id = %(user)s::int AND project_id = %(project)s::bigint AND state = 'answered'
        ORDER BY id DESC LIMIT {RECENT}
    ) AS last GROUP BY closed_at
) AS gaps
"""


# The same of everybody here.
USUAL = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM (
    SELECT extract(epoch FROM closed_at - lag(closed_at) OVER (PARTITION BY user_id ORDER BY closed_at)) AS seconds
    FROM (
        SELECT user_id, closed_at FROM labeling_lease
        WHERE project_id = %s AND state = 'answered' ORDER BY id DESC LIMIT %s
    ) AS last
) AS gaps WHERE seconds BETWEEN 0 AND %s
"""


def usual_seconds(project: Project) -> float:
    """The median time that people here took over their last answers, in seconds; a first guess before there are any."""
    with connection.cursor() as cursor:
        cursor.execute(USUAL, [project.pk, RECENT_HERE, LONGEST_GAP])
        row = cursor.fetchone()
    return float(row[0]) if row and row[0] is not None else FIRST_GUESS_SECONDS


def projects_with_ready_items() -> QuerySet[Project]:
    """Projects with items that are ready and not yet in the queue."""
    waiting = Item.objects.filter(state=ItemState.READY, admitted_at=None, project=OuterRef("pk"))
    return Project.objects.filter(Exists(waiting), archived_at=None)


def projects_with_expired_leases() -> QuerySet[Project]:
    """Projects where an open lease has run out."""
    late = Lease.objects.filter(state=LeaseState.OPEN, expires_at__lt=timezone.now(), project=OuterRef("pk"))
    return Project.objects.filter(Exists(late))


def is_claimable(project: Project) -> bool:
    """Whether any item wants more answers than people hold it now."""
    return QueueEntry.objects.filter(project=project, wanted__gt=F("leased"), audience=Audience.ANYONE).exists()


def disputed(project: Project, most: int = COUNTED) -> int:
    """How many items wait for an expert, those held by one left out: counted no further than `most`."""
    return QueueEntry.objects.filter(
        project=project, audience=Audience.EXPERT, wanted__gt=F("leased"), item__state=ItemState.READY
    )[:most].count()


def remaining(project: Project) -> int:
    """How many items still want answers, those not yet admitted included."""
    wanting = QueueEntry.objects.filter(project=project, wanted__gt=0, item__state=ItemState.READY)
    waiting = Item.objects.filter(project=project, state=ItemState.READY, admitted_at=None)
    return wanting.count() + waiting.count()


def gold_of(project: Project) -> QuerySet[Gold]:
    """The gold in use, newest first."""
    rows = Gold.objects.filter(project=project, retired_at=None).select_related("item", "label", "author")
    return rows.order_by("-created_at", "-pk")
