"""Counting in the worker, one figure at a time. Machine-made rows that tell nothing about anybody: no events."""

import pickle
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from labeling import counts
from labeling.figures.models import KeptFigure
from labeling.figures.reads import BETWEEN, FIGURES, ask, code, due
from labeling.projects.models import Project

LOCK = 7_005  # of PostgreSQL's advisory locks: one count at a time, so that short tasks keep the other process
FORGOTTEN = timedelta(days=1)
QUICK_SECONDS = 0.05  # what is counted faster is counted at each visit again


def expect(*, project: Project, name: str, arguments: str = "") -> KeptFigure:
    """A place for a figure that is yet to be counted."""
    return KeptFigure.objects.get_or_create(project=project, name=name, arguments=arguments)[0]


def count(*, project: Project, name: str, arguments: str = "") -> KeptFigure | None:
    """Count one figure if it is due; None where another process counts, or where it was quick and is not kept.

    Slow, and outside of any transaction; the lock goes with the connection if the process dies.
    """
    with _alone() as mine:
        if not mine:
            return None
        figure = FIGURES[name]
        row, new = KeptFigure.objects.get_or_create(project=project, name=name, arguments=arguments)
        under = figure.under(project)
        if not due(row) and row.under == under:  # somebody else was quicker
            return row
        row.begun_at = timezone.now()
        row.save(update_fields=["begun_at"])
        begun = time.monotonic()
        found = figure.work(project, *filter(None, arguments.split(BETWEEN)))
        row.seconds, row.under, row.code = time.monotonic() - begun, under, code()
        row.value, row.counted_at, row.begun_at = pickle.dumps(found), row.begun_at, None
        quick = counts.CHEAP_SECONDS if new else QUICK_SECONDS  # what was never dear before was a slow moment only
        if row.seconds < quick and not arguments:
            row.delete()
            return None
        row.save(update_fields=["seconds", "under", "code", "value", "counted_at", "begun_at"])
        return row


def visit(*, project: Project, name: str, arguments: str = "") -> None:
    """Note that somebody looked at a figure, and count what of its page is due, itself first."""
    KeptFigure.objects.filter(project=project, name=name, arguments=arguments).update(visited_at=timezone.now())
    page = FIGURES[name].page
    others = [other for other in FIGURES if FIGURES[other].page == page and other != name]
    for each in (name, *others):
        row = KeptFigure.objects.filter(project=project, name=each, arguments=arguments).first()
        if each == name or (row is not None and due(row, watched=True)):
            count(project=project, name=each, arguments=arguments)


def want(*, actor: User | None, project: Project, page: str) -> int:
    """Ask for fresh figures of a page; returns of how many."""
    rows = KeptFigure.objects.filter(project=project, name__startswith=f"{page}.")
    rows.update(wanted_at=timezone.now(), visited_at=timezone.now())
    names = list(rows.values_list("name", "arguments"))
    for name, arguments in names:
        ask(project, name, arguments)
    return len(names)


def forget() -> int:
    """Drop figures of days that nobody has looked at for a while; returns how many."""
    old = KeptFigure.objects.exclude(arguments="").filter(counted_at__lt=timezone.now() - FORGOTTEN)
    return old.exclude(visited_at__gt=timezone.now() - FORGOTTEN).delete()[0]


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
