"""Statements of the hot path: written out, and planned by PostgreSQL once for each connection."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, models

LARGEST_ID = 2**63 - 1  # of PostgreSQL's bigint
Row = TypeVar("Row", bound=models.Model)


def rows(query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement in the present transaction, or in one of its own, and return its rows.

    The plan is kept whatever the values are: a number that decides the plan (a LIMIT) belongs into the text.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        assert connection.connection is not None
        cursor = psycopg.Cursor(connection.connection)
        cursor.execute(query, values, prepare=settings.PREPARED_STATEMENTS)
        # Not `description`, which makes an object of each column.
        return cursor.fetchall() if cursor.pgresult is not None and cursor.pgresult.nfields else []


def array(values: Iterable[object]) -> str:
    """Numbers, keys, truths or None as the text of an array: the statement stays one, however many there are."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def ids(values: Iterable[int | None]) -> str:
    """Row numbers that somebody sent, as the text of an array: what no row can have is left out."""
    return array(value for value in values if value is not None and 0 < value <= LARGEST_ID)


def partly(model: type[Row], **fields: Any) -> Row:
    """A stored row of which some fields are known; the others are read when somebody asks for them."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, [fields[name] for name in names])
