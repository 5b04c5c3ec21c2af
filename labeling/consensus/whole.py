"""All that was said in a project, read as arrays: no answer becomes Python objects, so that millions fit."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray
from psycopg.adapt import Loader
from psycopg.pq import Format

from labeling.consensus.evidence import Floats, Told, Yardstick, counting, gold_labels, over_stick, unsure_labels
from labeling.items.models import SupposedLabel
from labeling.projects.models import Project
from labeling.suggestions.models import Suggestion
from labeling.suggestions.reads import spoken
from ml.truth.answers import Answers, not_class, not_sure

Longs = NDArray[np.int64]
PAGE = 1 << 16  # row numbers that arrive as one set of arrays
OID_OFFSET, SHAPE_OFFSET = 8, 12  # bytes, of an array in PostgreSQL's binary format
INT8, FLOAT8 = 20, 701  # PostgreSQL's own numbers of the two types
KINDS = {INT8: ">i8", FLOAT8: ">f8"}
SAID = (
    "pk", "item_id", "user_id", "label_id", "rejected_id", "suggestion__label_id", "supposed__label_id",
    "lease__settles",
)  # fmt: skip


class ArrayLoader(Loader):
    """An array of bigint or double precision without NULLs, as NumPy's."""

    format = Format.BINARY

    def load(self, data: bytes | bytearray | memoryview) -> NDArray[Any]:
        """Sizes of four bytes stand before each entry and in the header, where a lower bound follows each."""
        dimensions, oid = int.from_bytes(data[:4]), int.from_bytes(data[OID_OFFSET:SHAPE_OFFSET])
        start = SHAPE_OFFSET + 8 * dimensions
        shape = np.frombuffer(data[SHAPE_OFFSET:start], ">i4")[::2]
        entries = np.frombuffer(data[start:], np.dtype([("size", ">i4"), ("value", KINDS[oid])]))
        return entries["value"].astype(KINDS[oid][1:]).reshape(shape)


def pages(rows: QuerySet[Any, Any], fields: Sequence[str], group: str) -> Iterator[list[NDArray[Any]]]:
    """Some of the rows at a time, in any order, each of these fields as one array; NULL is 0.

    group: the field by whose numbers pages are made. One statement, which holds no lock and needs no transaction.
    """
    inner, values = rows.order_by().values_list(*fields).query.sql_with_params()
    names = ", ".join(f"c{place}" for place in range(len(fields)))
    gathered = ", ".join(f"array_agg({_whole(field, place)})" for place, field in enumerate(fields))
    query = f"SELECT {gathered} FROM ({inner}) AS t ({names}) GROUP BY c{fields.index(group)} / {PAGE}"
    connection.ensure_connection()
    assert connection.connection is not None
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        for name in ("int8", "float8"):
            cursor.adapters.register_loader(cursor.adapters.types[name].array_oid, ArrayLoader)
        for page in cursor.stream(query, values, binary=True):
            yield list(page)


def _whole(field: str, place: int) -> str:
    """The SQL of a field as a bigint; probabilities stay as they are."""
    if field == "probabilities":
        return f"c{place}"
    return f"c{place}::int::int8" if field.endswith("settles") else f"coalesce(c{place}, 0)::int8"


def columns(rows: QuerySet[Any, Any], fields: Sequence[str], group: str) -> list[Longs]:
    """All pages of whole numbers in one array a field, sorted by the first."""
    found = list(pages(rows, fields, group))
    if not found:
        return [np.zeros(0, np.int64) for _ in fields]
    whole = [np.concatenate(column) for column in zip(*found, strict=True)]
    order = np.argsort(whole[0])
    return [column[order] for column in whole]


def told_of_all(project: Project, stick: Yardstick) -> Told:
    """`evidence.told` of all items of a project that have answers or gold; it says of none when the newest came."""
    _, item, user, label, rejected, suggested, supposed, settles = columns(counting(project), SAID, "pk")
    symbol = symbols(stick, label, rejected, unsure_labels(project))
    gold = gold_labels(project, None)
    ids = np.union1d(item, np.fromiter(gold, np.int64, len(gold)))
    heard = symbol >= 0
    item, user, symbol, settling = item[heard], user[heard], symbol[heard], settles[heard].astype(bool)
    shown = places(np.where(suggested > 0, suggested, supposed)[heard], stick.label_ids)
    person = places(user, list(stick.people))
    classes, people = len(stick.label_ids), np.array([*stick.people.values(), len(stick.people)], np.int64)
    row = np.searchsorted(ids, item)
    answers = Answers(
        # An unknown person stands behind everybody known; the fit answers for them like the pool.
        row.astype(np.int32), people[person].astype(np.int32), symbol.astype(np.int32), shown.astype(np.int32),
        n_items=ids.size, n_people=len(stick.people) + 1, n_classes=classes, n_symbols=2 * classes + 1,
    )  # fmt: skip
    deciding = settling & (symbol < classes)
    settled = {int(i): stick.label_ids[s] for i, s in zip(item[deciding], symbol[deciding], strict=True)}
    settled |= {item_id: label_id for item_id, label_id in gold.items() if label_id in stick.label_ids}
    counted = np.bincount(row, minlength=ids.size)
    return Told(ids.tolist(), answers, user, counted, settled, {}, settling)


def symbols(stick: Yardstick, label: Longs, rejected: Longs, unsure: Collection[int]) -> Longs:
    """`Yardstick.symbol` of many answers, -1 where it says nothing any more."""
    classes = len(stick.label_ids)
    named, refused = places(label, stick.label_ids), places(rejected, stick.label_ids)
    refusal = np.where(refused >= 0, not_class(classes, 0) + refused, -1)
    symbol = np.where(label > 0, named, refusal)
    return np.where(np.isin(label, list(unsure)), not_sure(classes), symbol)


def places(values: Longs, known: Sequence[int] | Longs) -> Longs:
    """The place of each value among the known ones, -1 for others."""
    if not len(known):
        return np.full(values.size, -1)
    order = np.argsort(known)
    ranked = np.asarray(known, np.int64)[order]
    at = np.minimum(np.searchsorted(ranked, values), ranked.size - 1)
    return np.where(ranked[at] == values, order[at], -1)


def opinion_of_all(project: Project, stick: Yardstick, item_ids: Sequence[int]) -> Floats | None:
    """`evidence.model_opinion` of these items, of which the model may be heard of those that are not held out."""
    said = spoken(project).filter(item__heldout=False) if project.model_helps else Suggestion.objects.none()
    labels = said.values_list("model_version__label_ids", flat=True).first()
    if not labels:
        return None
    ids = np.asarray(item_ids, np.int64)
    opinion = np.full((ids.size, len(stick.label_ids)), np.nan)
    rows = said.filter(probabilities__len=len(labels))
    for item, probabilities in pages(rows, ("item_id", "probabilities"), "item_id"):
        place = places(item, ids)
        opinion[place[place >= 0]] = over_stick(labels, probabilities[place >= 0], stick)
    return opinion


def imported_of_all(project: Project, stick: Yardstick, item_ids: Sequence[int]) -> Longs:
    """`evidence.imported_labels` of these items: the last one counts."""
    rows = SupposedLabel.objects.filter(item__project=project, item__heldout=False)
    _, item, label = columns(rows, ("pk", "item_id", "label_id"), "pk")
    imported, place = np.full(len(item_ids), -1), places(item, item_ids)
    imported[place[place >= 0]] = places(label, stick.label_ids)[place >= 0]
    return imported
