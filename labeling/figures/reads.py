"""Figures as pages ask for them: counted on the spot where that is quick, else what the worker found, with its time."""

import hashlib
import logging
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache as once
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import django
from celery import current_app
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from labeling import counts
from labeling.errors import BeingCounted
from labeling.figures.models import KeptFigure
from labeling.projects.models import Project

Found = TypeVar("Found")
BETWEEN = ","  # the arguments of a figure
WATCHED = 30  # counting a figure that somebody looks at takes one part in so many of the time at most
UNWATCHED = 1000  # the same where nobody looks: a first visit is to find something that is hours old at most
LEAST_SECONDS = 10.0  # so old a figure may be, however quick it was
WATCHING = timedelta(minutes=10)  # after a visit, figures are kept as fresh as for somebody who watches
ASK_SECONDS = 5  # between two messages of one process about one figure
EXPIRES_SECONDS = 60  # a message that waited longer was followed by others
ROOT = Path(__file__).parents[2]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PageFigure(Generic[Found]):
    """Something that a page shows: `name` begins with the page's address; `work` gets the project and any arguments.

    `under` tells what it holds under: what was counted under something else is not shown.
    """

    name: str
    work: Callable[..., Found]
    under: Callable[[Project], str] = lambda project: ""

    @property
    def page(self) -> str:
        """The name of the page's address."""
        return self.name.partition(".")[0]

    def of(self, project: Project, *arguments: str) -> Found:
        """The figure; BeingCounted where it takes long and the worker has not found it yet."""
        said, under = BETWEEN.join(arguments), self.under(project)
        rows = {row.arguments: row for row in KeptFigure.objects.filter(
            project=project, name=self.name, arguments__in=["", said])}  # fmt: skip
        if not rows:
            return self._live(project, arguments, under)
        row = rows.get(said)
        if row is None or row.value is None or (row.under, row.code) != (under, code()):
            ask(project, self.name, said)
            raise BeingCounted(project, self.page, row.seconds if row else rows[""].seconds)
        if due(row, watched=True) or not _seen_lately(row):
            ask(project, self.name, said)
        return cast(Found, pickle.loads(row.value))

    def last(self, project: Project) -> Found | None:
        """What was kept, however old, for somebody who must not wait; None where nothing is."""
        row = KeptFigure.objects.filter(project=project, name=self.name, arguments="").first()
        if row is None or row.value is None or row.code != code():
            return None
        if due(row, watched=True) or not _seen_lately(row):
            ask(project, self.name)
        return cast(Found, pickle.loads(row.value))

    def _live(self, project: Project, arguments: tuple[str, ...], under: str) -> Found:
        """Counted now; what took long is the worker's from now on."""
        begun = time.monotonic()
        key = f"figure:{project.pk}:{self.name}:{BETWEEN.join(arguments)}:{under}"
        found = counts.kept(key, lambda: self.work(project, *arguments), counts.WATCHED)
        if time.monotonic() - begun > counts.CHEAP_SECONDS:
            ask(project, self.name, BETWEEN.join(arguments))
        return found


FIGURES: dict[str, PageFigure[Any]] = {}


def page_figure(
    name: str, work: Callable[..., Found], under: Callable[[Project], str] = lambda project: ""
) -> PageFigure[Found]:
    """Declare a figure, so that the worker knows it by its name."""
    return cast(PageFigure[Found], FIGURES.setdefault(name, PageFigure(name, work, under)))


def due(row: KeptFigure, *, watched: bool = False) -> bool:
    """Whether it is time to count anew: the dearer it is the seldomer, and seldomer still where nobody looks."""
    if row.counted_at is None or row.code != code():
        return True
    if row.wanted_at is not None and row.wanted_at > row.counted_at:
        return True
    watched = watched or (row.visited_at is not None and timezone.now() - row.visited_at < WATCHING)
    worth = WATCHED if watched else UNWATCHED
    return timezone.now() - row.counted_at > timedelta(seconds=max(LEAST_SECONDS, worth * row.seconds))


def _seen_lately(row: KeptFigure) -> bool:
    return row.visited_at is not None and timezone.now() - row.visited_at < WATCHING / 2


def ask(project: Project, name: str, arguments: str = "") -> None:
    """Have the worker note the visit and count what is due; a page that waits asks again."""
    if not cache.add(f"asked:{project.pk}:{name}:{arguments}", True, ASK_SECONDS):
        return
    try:
        given = (project.pk, name, arguments)
        current_app.send_task(
            "labeling.figures.tasks.count_page", given, retry=False, expires=EXPIRES_SECONDS, ignore_result=True
        )
    except OperationalError as error:
        log.warning("Figures of project %s are not counted: the broker does not answer (%s).", project.pk, error)


@dataclass(frozen=True)
class Counted:
    """When a page's kept figures were counted: the oldest of them, and whether they are being counted anew."""

    at: datetime | None
    counting: bool


def counted(project: Project, page: str, arguments: str = "") -> Counted | None:
    """None where all of the page is counted at each visit."""
    rows = list(KeptFigure.objects.filter(project=project, name__startswith=f"{page}.", arguments=arguments)
                .defer("value"))  # fmt: skip
    if not rows:
        return None
    times = [row.counted_at for row in rows if row.counted_at is not None]
    return Counted(min(times) if len(times) == len(rows) else None, any(due(row, watched=True) for row in rows))


@once
def code() -> str:
    """A mark of this program's text: figures that another version left behind are counted anew."""
    mark = hashlib.sha256(django.__version__.encode())
    for path in sorted([*(ROOT / "labeling").rglob("*.py"), *(ROOT / "ml").rglob("*.py")]):
        mark.update(path.read_bytes())
    return mark.hexdigest()
