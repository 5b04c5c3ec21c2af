"""An export needs no more memory for many rows than for few."""

import tracemalloc
from collections.abc import Iterator

from django.db import connection

from labeling.exports.api import answers_csv, answers_jsonl, labels_csv, labels_jsonl
from tests.exports.conftest import Shelf

FEW, MANY = 2_000, 20_000
MAKERS = (labels_csv, labels_jsonl, answers_csv, answers_jsonl)

# Rows by the database itself: 20,000 by the ORM would take longer than the test.
FILL = """
INSERT INTO labeling_blob (sha256, size, format, content_type, fingerprint, created_at, derive_tries)
SELECT encode(sha256(n::text::bytea), 'hex'), 1, 'png', 'image/png', n::text, now(), 0
FROM generate_series(%(a)s, %(b)s) n;
INSERT INTO labeling_item (project_id, blob_id, name, metadata, "group", heldout, fold, state, fault, created_at)
SELECT %(project)s, encode(sha256(n::text::bytea), 'hex'), n || '.png', '{}', n, false, 0, 'ready', '', now()
FROM generate_series(%(a)s, %(b)s) n;
INSERT INTO labeling_consensus (item_id, project_id, probabilities, label_id, confidence, answers, verdict, by_expert,
    updated_at)
SELECT id, project_id, '{0.9, 0.1}', %(label)s, 0.9, 1, 'verified', false, now() FROM labeling_item
WHERE project_id = %(project)s AND NOT EXISTS (SELECT 1 FROM labeling_consensus c WHERE c.item_id = labeling_item.id);
INSERT INTO labeling_lease (project_id, item_id, user_id, state, arm, arm_probability, guideline_version_id, claimed_at,
    expires_at, settles)
SELECT %(project)s, id, %(user)s, 'answered', 'blind', 1, %(version)s, now(), now(), false FROM labeling_item
WHERE NOT EXISTS (SELECT 1 FROM labeling_lease l WHERE l.item_id = labeling_item.id);
INSERT INTO labeling_annotation (project_id, item_id, user_id, lease_id, attempt, label_id, key, arm, arm_probability,
    guideline_version_id, milliseconds, answered_at, stored_at)
SELECT %(project)s, item_id, user_id, id, 1, %(label)s, gen_random_uuid(), 'blind', 1, %(version)s, 1000, now(), now()
FROM labeling_lease WHERE NOT EXISTS (SELECT 1 FROM labeling_annotation a WHERE a.lease_id = labeling_lease.id);
"""


def fill(shelf: Shelf, first: int, last: int) -> None:
    version = shelf.project.guideline_versions.get()
    with connection.cursor() as cursor:
        cursor.execute(
            FILL,
            {
                "a": first,
                "b": last,
                "project": shelf.project.pk,
                "label": shelf.label("cat").pk,
                "user": version.author_id,
                "version": version.pk,
            },
        )


def peak(parts: Iterator[bytes]) -> tuple[int, int]:
    """Most bytes held at a time while the export is read and thrown away, and its lines."""
    tracemalloc.start()
    lines = sum(part.count(b"\n") for part in parts)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most, lines


def test_memory_does_not_grow_with_rows(shelf: Shelf) -> None:
    fill(shelf, 1, FEW)
    for make in MAKERS:
        peak(make(shelf.project))  # whatever is loaded only once
    few = [peak(make(shelf.project)) for make in MAKERS]
    fill(shelf, FEW + 1, MANY)
    many = [peak(make(shelf.project)) for make in MAKERS]
    for make, (small, fewer_lines), (large, more_lines) in zip(MAKERS, few, many, strict=True):
        assert more_lines - fewer_lines == MANY - FEW, make.__name__
        assert large < small * 1.2, make.__name__
