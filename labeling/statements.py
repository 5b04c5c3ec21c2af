"""Statements of the hot path: written out, and planned by PostgreSQL once for each connection."""

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection


def rows(query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement in the present transaction, or in one of its own, and return its rows.

    The plan is kept whatever the values are: a number that decides the plan (a LIMIT) belongs into the text.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        assert connection.connection is not None
        cursor = psycopg.Cursor(connection.connection)
        cursor.execute(query, values, prepare=settings.PREPARED_STATEMENTS)
        return cursor.fetchall() if cursor.description else []


def array(values: Iterable[object]) -> str:
    """Numbers, keys, truths or None as the text of an array: the statement stays one, however many there are."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
