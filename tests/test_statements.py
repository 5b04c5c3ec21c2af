"""The hot path's statements: values as they come, errors as Django tells them, and connections that die."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection, transaction
from django.test import override_settings

from labeling import statements
from labeling.statements import array, rows
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


def test_values_come_back_as_they_were_sent() -> None:
    now = datetime.now(UTC)
    query = """SELECT %(no)s::int, %(yes)s::boolean, %(share)s::float8, %(word)s::text, %(now)s::timestamptz,
        %(some)s::bigint[], %(word)s::text, 7 %% 4"""
    values = {"no": None, "yes": True, "share": 0.1, "word": "größer 'than' $1", "now": now, "some": array([1, None])}
    assert rows(query, values) == [(None, True, 0.1, "größer 'than' $1", now, [1, None], "größer 'than' $1", 3)]


def test_a_statement_without_rows_returns_none() -> None:
    assert rows("SELECT 1 WHERE %(never)s::boolean", {"never": False}) == []
    assert rows("SET LOCAL application_name = 'x'", {}) == []


def test_errors_are_those_of_django() -> None:
    project = make_project(make_user("ada"))
    with pytest.raises(IntegrityError, match="labeling_project"), transaction.atomic():
        rows("UPDATE labeling_project SET target = NULL WHERE id = %(project)s", {"project": project.pk})
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows("SELECT nothing_like_it", {})
    with pytest.raises(DataError):
        rows("SELECT %(word)s::text", {"word": "cut\0off"})
    assert rows("SELECT 1", {}) == [(1,)]


def test_more_statements_than_are_kept_run_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_PLANS", 0)
    assert [rows(f"SELECT {number} + %(one)s::int", {"one": 1}) for number in range(3)] == [[(1,)], [(2,)], [(3,)]]


@override_settings(PREPARED_STATEMENTS=False)
def test_no_plans_behind_a_pooler() -> None:
    assert rows("SELECT 'unplanned', %(one)s::int", {"one": 1}) == [("unplanned", 1)]
    found = rows("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %(like)s", {"like": "%unplanned%"})
    assert found == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_in_the_transaction() -> None:
    project = make_project(make_user("ada"))
    with transaction.atomic():
        rows("UPDATE labeling_project SET name = %(name)s WHERE id = %(project)s", {"name": "x", "project": project.pk})
        transaction.set_rollback(True)
    project.refresh_from_db()
    assert project.name != "x"


@pytest.mark.django_db(transaction=True)
def test_a_dead_connection_is_told_as_such_and_replaced() -> None:
    [(pid,)] = rows("SELECT pg_backend_pid()", {})
    with pytest.raises(OperationalError):
        rows("SELECT pg_terminate_backend(pg_backend_pid())", {})
    with pytest.raises(OperationalError):
        rows("SELECT 1", {})
    connection.close_if_unusable_or_obsolete()
    assert rows("SELECT pg_backend_pid()", {}) != [(pid,)]
