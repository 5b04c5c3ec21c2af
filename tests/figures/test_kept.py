"""Figures of large projects are counted by the worker, once, and kept with their time; small ones are exact."""

from datetime import timedelta

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection, connections
from django.utils import timezone
from kombu.exceptions import OperationalError

from labeling import counts
from labeling.assignments.tasks import tend_queues
from labeling.errors import BeingCounted
from labeling.figures import actions, reads
from labeling.figures.actions import LOCK, count, want
from labeling.figures.models import KeptFigure
from labeling.figures.reads import FIGURES, PageFigure, counted, due
from labeling.figures.tasks import count_page
from labeling.projects.models import Label, Member, Project
from labeling.studio import tasks
from labeling.studio.reads import PROGRESS
from labeling.studio.tasks import keep_figures
from labeling.work.reads import left
from tests.factories import add
from tests.figures.conftest import more
from tests.work.people import Annotator

pytestmark = pytest.mark.django_db


def row(project: Project, name: str = "overview.progress") -> KeptFigure:
    return KeptFigure.objects.get(project=project, name=name)


def grow_old(project: Project) -> None:
    KeptFigure.objects.filter(project=project, counted_at__isnull=False).update(
        counted_at=timezone.now() - timedelta(days=2)
    )


def test_a_small_project_is_counted_at_each_visit(project: Project) -> None:
    assert PROGRESS.of(project).items == 3
    more(project, 2)
    assert PROGRESS.of(project).items == 5
    assert keep_figures() == 0
    assert not KeptFigure.objects.exists()
    assert counted(project, "overview") is None


def test_what_took_long_once_is_the_workers_from_then_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(counts, "CHEAP_SECONDS", 0.0)
    monkeypatch.setattr(reads, "ask", lambda project, name, arguments="": asked.append(name))
    assert PROGRESS.of(project).items == 3
    assert asked == ["overview.progress"]
    cache.clear()


def test_a_large_project_waits_for_the_worker_once(large: Project) -> None:
    with pytest.raises(BeingCounted):
        PROGRESS.of(large)
    count_page(large.pk, "overview.progress", "")
    assert PROGRESS.of(large).items == 3
    told = counted(large, "overview")
    assert told is not None
    assert told.at is not None
    assert not told.counting
    more(large, 2)
    assert PROGRESS.of(large).items == 3  # as it was then
    grow_old(large)
    assert PROGRESS.of(large).items == 3  # old, and shown while it is counted anew
    count_page(large.pk, "overview.progress", "")
    assert PROGRESS.of(large).items == 5


def test_a_visit_counts_all_that_its_page_shows(large: Project) -> None:
    count_page(large.pk, "overview.progress", "")
    names = {name for name in FIGURES if FIGURES[name].page == "overview"}
    assert len(names) > 3
    kept = KeptFigure.objects.filter(project=large, counted_at__isnull=False)
    assert set(kept.values_list("name", flat=True)) == names


def test_done_twice_it_is_counted_once(large: Project) -> None:
    count_page(large.pk, "overview.progress", "")
    first = row(large).counted_at
    count_page(large.pk, "overview.progress", "")
    count(project=large, name="overview.progress")
    assert row(large).counted_at == first


@pytest.mark.django_db(transaction=True)
def test_two_at_once_count_once(large: Project) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:  # another worker is at it
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            assert count(project=large, name="overview.progress") is None
            assert row(large).counted_at is None
    finally:
        other.close()  # and is killed: its lock goes with it
    for _ in range(100):
        if count(project=large, name="overview.progress") is not None:
            break
    assert row(large).counted_at is not None


def test_killed_half_way_it_is_counted_by_the_next_who_asks(large: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(project: Project) -> int:
        raise KeyboardInterrupt

    count(project=large, name="overview.progress")
    want(actor=None, project=large, page="overview")
    monkeypatch.setitem(FIGURES, "overview.progress", PageFigure("overview.progress", dies))
    with pytest.raises(KeyboardInterrupt):
        count(project=large, name="overview.progress")
    assert row(large).begun_at is not None
    assert PROGRESS.of(large).items == 3  # the old one stays
    monkeypatch.undo()
    monkeypatch.setattr(actions, "QUICK_SECONDS", 0.0)
    assert count(project=large, name="overview.progress") is not None
    assert row(large).begun_at is None


def test_asked_for_it_is_counted_anew(large: Project, alice: User) -> None:
    count(project=large, name="overview.progress")
    assert not due(row(large))
    more(large, 1)
    assert want(actor=alice, project=large, page="overview") > 1
    told = counted(large, "overview")
    assert told is not None
    assert told.counting
    assert due(row(large))
    while keep_figures():
        pass
    assert PROGRESS.of(large).items == 4


def test_what_was_counted_under_other_rules_is_not_shown(large: Project, bob: User) -> None:
    quality = FIGURES["quality.judged"]
    count_page(large.pk, "quality.judged", "")
    quality.of(large)
    add(large, bob)
    Member.objects.filter(user=bob).update(discounted_at=timezone.now())
    with pytest.raises(BeingCounted):
        quality.of(large)
    count_page(large.pk, "quality.judged", "")
    quality.of(large)


def test_what_another_version_wrote_is_counted_anew(large: Project) -> None:
    count(project=large, name="overview.progress")
    KeptFigure.objects.filter(counted_at__isnull=False).update(code="older", value=b"nothing that can be read")
    with pytest.raises(BeingCounted):
        PROGRESS.of(large)
    assert count(project=large, name="overview.progress") is not None
    assert PROGRESS.of(large).items == 3


def test_idle_projects_cost_nothing(large: Project, alice: User) -> None:
    assert keep_figures() == 0
    count_page(large.pk, "overview.progress", "")  # a visit
    assert keep_figures() == 1
    KeptFigure.objects.update(visited_at=timezone.now() - timedelta(days=2))
    assert keep_figures() == 0


def test_where_people_answer_the_pages_are_there_before_the_first_visit(large: Project, bob: User) -> None:
    add(large, bob)
    tend_queues()
    annotator = Annotator(bob, large)
    annotator.answer(annotator.claim()[0], Label.objects.get(project=large, name="cat").pk)
    while keep_figures():
        pass
    names = KeptFigure.objects.filter(project=large, counted_at__isnull=False).values_list("name", flat=True)
    assert set(names) == set(FIGURES)
    assert PROGRESS.of(large).items == 3


def test_quick_figures_are_exact_again(large: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "QUICK_SECONDS", 600.0)
    assert count(project=large, name="overview.progress") is None
    more(large, 1)
    assert PROGRESS.of(large).items == 4


def test_a_slow_moment_of_a_small_project_keeps_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert count(project=project, name="overview.progress") is None
    assert not KeptFigure.objects.exists()
    monkeypatch.setattr(counts, "CHEAP_SECONDS", 0.0)
    assert count(project=project, name="overview.progress") is not None
    assert KeptFigure.objects.count() == 1


def test_days_that_are_quick_to_count_are_shown_too(large: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "QUICK_SECONDS", 600.0)
    count(project=large, name="hours.people", arguments="2026-01-01,2026-01-31")
    assert FIGURES["hours.people"].of(large, "2026-01-01", "2026-01-31")


def test_days_that_were_asked_for_are_counted_and_forgotten(large: Project) -> None:
    hours, days = FIGURES["hours.people"], ("2026-01-01", "2026-01-31")
    with pytest.raises(BeingCounted):
        hours.of(large, *days)
    count_page(large.pk, "hours.people", ",".join(days))
    assert [person.role for person in hours.of(large, *days)] == ["owner"]
    KeptFigure.objects.update(visited_at=None)
    grow_old(large)
    keep_figures()
    assert not KeptFigure.objects.exclude(arguments="").exists()
    assert KeptFigure.objects.filter(name="hours.people").exists()


def test_nobody_who_labels_waits_for_a_count(large: Project) -> None:
    assert left(large) == 3  # nothing kept yet
    count_page(large.pk, "label.left", "")
    more(large, 2)
    cache.clear()
    assert left(large) == 3
    grow_old(large)
    cache.clear()
    assert left(large) == 3
    count_page(large.pk, "label.left", "")
    cache.clear()
    assert left(large) == 5


def test_without_a_broker_the_kept_figure_is_shown(large: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*given: object, **more: object) -> None:
        raise OperationalError("away")

    count(project=large, name="overview.progress")
    grow_old(large)
    monkeypatch.setattr(current_app, "send_task", away)
    assert PROGRESS.of(large).items == 3


def test_projects_put_away_are_left_alone(large: Project) -> None:
    count_page(large.pk, "overview.progress", "")
    grow_old(large)
    Project.objects.filter(pk=large.pk).update(archived_at=timezone.now())
    assert keep_figures() == 0
    assert tasks.became_large() == []


def test_the_lock_is_given_back(large: Project) -> None:
    count(project=large, name="overview.progress")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", [LOCK])
        assert cursor.fetchone() == (0,)
