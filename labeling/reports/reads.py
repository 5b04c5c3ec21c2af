"""Questions about questions: whose they are, which wait, and what somebody has not seen yet."""

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet

from labeling.annotations.models import Skip, SkipReason
from labeling.projects.models import Project
from labeling.reports.actions.questions import STANDING
from labeling.reports.models import Flag, Notice, Thread, ThreadState


def projects_with_new_flags() -> QuerySet[Project]:
    """Projects with flags that are in no thread yet."""
    rows = Skip.objects.filter(reason=SkipReason.UNCLEAR, flag=None, lease__state__in=STANDING)
    return Project.objects.filter(Exists(rows.filter(lease__project=OuterRef("pk"))), archived_at=None)


def threads(project: Project) -> QuerySet[Thread]:
    """Every thread with its flags, the most asked first."""
    flags = Flag.objects.select_related("item__blob", "skip", "user").order_by("pk")
    rows = Thread.objects.filter(project=project).select_related("answered_by", "version", "example__label")
    rows = rows.annotate(asked=Count("flags__user", distinct=True)).order_by("-asked", "-pk")
    return rows.prefetch_related(Prefetch("flags", flags))


def threads_of(user: User, project: Project) -> QuerySet[Thread]:
    """The threads in which this person asked, with their own flags alone."""
    mine = Flag.objects.filter(user=user).select_related("item__blob", "skip")
    rows = Thread.objects.filter(project=project, flags__user=user).select_related("version").distinct()
    return rows.order_by("-pk").prefetch_related(Prefetch("flags", mine))


def unseen(user: User, project: Project) -> QuerySet[Notice]:
    """What this person has not been shown yet."""
    rows = Notice.objects.filter(user=user, thread__project=project, seen_at=None)
    return rows.select_related("thread__version").order_by("pk")


def unanswered(project: Project) -> int:
    """How many threads wait for the owner."""
    return Thread.objects.filter(project=project, state=ThreadState.OPEN).count()
