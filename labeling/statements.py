"""Statements of the hot path: written out, planned by PostgreSQL once for each connection, and sent by libpq itself.

psycopg's cursors, made anew for each statement, took more than half of the CPU that a statement cost a web process.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, models
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

LARGEST_ID = 2**63 - 1  # of PostgreSQL's bigint
MOST_PLANS = 200  # that one connection keeps; further statements are planned each time
SESSION = "emerald_session"  # attribute of a connection: what it planned goes with it
FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE)
NAMED = re.compile(r"%\((\w+)\)s")
Row = TypeVar("Row", bound=models.Model)


class Session:
    """What one connection has planned, and how the values that it sends are read."""

    def __init__(self, base: "psycopg.Connection[Any]") -> None:
        self.pgconn: PGconn = base.pgconn
        self.transformer = Transformer(base)
        self.plans: dict[str, bytes] = {}

    def run(self, query: str, values: Mapping[str, Any]) -> PGresult:
        """The statement's result; psycopg's error where it failed."""
        text, names = _numbered(query)
        sent = cast(list[bytes], [_sent(values[name]) for name in names])  # its stub forgets NULL
        plan = self._plan(query, text) if settings.PREPARED_STATEMENTS else None
        return self._checked(self.pgconn.exec_prepared(plan, sent) if plan else self.pgconn.exec_params(text, sent))

    def begin(self, autocommit: bool) -> None:
        """Open the transaction that Django has announced."""
        if not autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE:
            self._checked(self.pgconn.exec_(b"BEGIN"))

    def _plan(self, query: str, text: bytes) -> bytes | None:
        plan = self.plans.get(query)
        if plan is None and len(self.plans) < MOST_PLANS:
            plan = b"hot_%d" % len(self.plans)
            self._checked(self.pgconn.prepare(plan, text))
            self.plans[query] = plan
        return plan

    def _checked(self, result: PGresult) -> PGresult:
        if result.status not in FAILED:
            return result
        if self.pgconn.status == ConnStatus.BAD:
            raise psycopg.OperationalError(result.get_error_message())
        raise error_from_result(result)


def rows(query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement in the present transaction, or in one of its own, and return its rows.

    The plan is kept whatever the values are: a number that decides the plan (a LIMIT) belongs into the text. Values
    are sent as text, of the type that the statement wants in their place.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        base = connection.connection
        assert base is not None
        session: Session = vars(base).get(SESSION) or vars(base).setdefault(SESSION, Session(base))
        if session.pgconn.status == ConnStatus.BAD:  # libpq would say nothing but that it has no result
            raise psycopg.OperationalError("the connection to the database is lost")
        session.begin(base.autocommit)
        result = session.run(query, values)
        session.transformer.set_pgresult(result)
        return session.transformer.load_rows(0, result.ntuples, tuple)


@lru_cache(maxsize=1024)
def _numbered(query: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement as PostgreSQL reads it, and the names of its values in their order."""
    names = tuple(dict.fromkeys(NAMED.findall(query)))
    text = NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", query)
    return text.replace("%%", "%").encode(), names


def _sent(value: object) -> bytes | None:
    if value is None:
        return None
    text = str(value)
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text.encode()


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
