"""The closed loop at small size through all real parts: files in, people, verified labels, a retrain, people again."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from labeling.demo import digits, story
from labeling.demo.input import SCANS, Size, digits_task
from labeling.demo.rounds import Task
from labeling.demo.samples import truth_by_name
from labeling.demo.server import free_port, own_folder, serving
from labeling.demo.table import Part, Result, lines
from labeling.supervisor.folder import DataFolder

CLASSES = digits.CLASSES[:4]
ITEMS, SPARE = 240, 12
SUGGESTED_SECONDS = 90  # they follow from periodic tasks, after the last retrain

PARTS = """
SELECT count(*), coalesce(sum(answers), 0), count(*) FILTER (WHERE verdict = 'verified'),
       count(*) FILTER (WHERE verdict = 'verified' AND by_expert), array_agg(name || ' ' || label) FILTER
       (WHERE verdict = 'verified')
FROM (
    SELECT i.name, l.name AS label, c.verdict, c.by_expert, (
        SELECT count(*) FROM labeling_annotation a LEFT JOIN labeling_retraction r ON r.annotation_id = a.id
        WHERE a.item_id = i.id AND r.id IS NULL) AS answers
    FROM labeling_item i JOIN labeling_project p ON p.id = i.project_id
    LEFT JOIN labeling_consensus c ON c.item_id = i.id LEFT JOIN labeling_label l ON l.id = c.label_id
    WHERE p.slug = %s AND i.name = ANY(%s)
) AS rows
"""
SHOWN = """
SELECT a.suggestion_id IS NOT NULL, a.arm, i.heldout, count(*) FROM labeling_annotation a
JOIN labeling_item i ON i.id = a.item_id JOIN labeling_project p ON p.id = a.project_id WHERE p.slug = %s
GROUP BY 1, 2, 3
"""
# Answers with a suggestion: those from before the first model was promoted, and those to given files.
EARLY = """
SELECT count(*) FILTER (WHERE l.claimed_at < (
           SELECT min(promoted_at) FROM labeling_modelversion WHERE project_id = p.id)),
       count(*) FILTER (WHERE i.name = ANY(%(files)s))
FROM labeling_annotation a JOIN labeling_item i ON i.id = a.item_id JOIN labeling_project p ON p.id = a.project_id
JOIN labeling_lease l ON l.id = a.lease_id WHERE p.slug = %(slug)s AND a.suggestion_id IS NOT NULL
"""
RUNS = """
SELECT r.state, r.promoted, r.metrics, s.content_hash FROM labeling_run r JOIN labeling_project p ON p.id = r.project_id
JOIN labeling_snapshot s ON s.id = r.snapshot_id WHERE p.slug = %s ORDER BY r.number
"""
OPEN = """
SELECT count(*), count(s.id) FROM labeling_item i JOIN labeling_project p ON p.id = i.project_id
LEFT JOIN labeling_modelversion m ON m.project_id = p.id AND m.state = 'promoted'
LEFT JOIN labeling_suggestion s ON s.item_id = i.id AND s.model_version_id = m.id
WHERE p.slug = %s AND i.name = ANY(%s)
"""


def small_task() -> Task:
    """Four digits only, so that few items teach a model something."""
    task = digits_task(Size(digits=ITEMS * 3, seed=5))
    samples = [sample for sample in task.samples if sample.truth in CLASSES][:ITEMS]
    people = [replace(person, world=replace(person.world, classes=CLASSES)) for person in task.people]
    experts = [replace(person, world=replace(person.world, classes=CLASSES)) for person in task.experts]
    return replace(task, classes=CLASSES, samples=samples, people=people, experts=experts, spare=SPARE, keys="")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Task, Result, Any]]:
    """The whole demo at small size on a server of its own, with a way into that server's database."""
    assert SCANS.is_dir()
    root: Path = tmp_path_factory.mktemp("flow")
    task, told = small_task(), list[str]()
    with pytest.MonkeyPatch.context() as patch, own_folder(root) as folder:
        for name in ("DATABASE_URL", "BROKER_URL", "EMERALD_STATIC_HASHED"):
            patch.delenv(name, raising=False)
        with serving(folder, host="127.0.0.1", port=free_port("127.0.0.1", 0)) as server:
            passwords = story.accounts(server)
            [result] = story.play(server, [task], passwords, told.append, time.monotonic())
            with psycopg.connect(DataFolder(folder).database_url) as connection:
                yield task, result, connection


def figures(connection: Any, slug: str, truth: dict[str, str]) -> Part:
    """One line of the table, counted by the database."""
    items, answers, verified, by_expert, named = connection.execute(PARTS, [slug, list(truth)]).fetchone()
    pairs = [pair.split(" ", 1) for pair in named or []]
    right = sum(truth[name] == label for name, label in pairs)
    return Part(items, int(answers), verified, by_expert, right)


def test_table_says_what_the_database_holds(played: tuple[Task, Result, Any]) -> None:
    task, result, connection = played
    for slug, parts in ((task.slug, result.helped), (f"{task.slug}-control", result.control)):
        for samples, shown in zip(task.batches()[:2], parts, strict=True):
            assert shown == figures(connection, slug, truth_by_name(samples))
            assert shown.items == len(samples)
            # A full pass that comes after the last person has left may ask for a few once more.
            assert shown.verified >= 0.95 * len(samples)
            assert shown.accuracy.value > 0.9
    assert f"{result.helped[1].answers_per_label:.2f}" in "\n".join(lines(result))


def test_suggestions_are_shown_to_nobody_before_there_is_a_model_and_never_on_held_out_items(
    played: tuple[Task, Result, Any],
) -> None:
    task, _, connection = played
    rows = connection.execute(SHOWN, [task.slug]).fetchall()
    shown = sum(count for suggested, _, _, count in rows if suggested)
    assert shown > 0
    assert not any(suggested for suggested, arm, heldout, _ in rows if arm == "blind" or heldout)
    control = connection.execute(SHOWN, [f"{task.slug}-control"]).fetchall()
    assert not any(suggested for suggested, *_ in control)
    early, late = connection.execute(
        EARLY, {"slug": task.slug, "files": [sample.name for sample in task.batches()[1]]}
    ).fetchone()
    assert early == 0
    assert late > 0


def test_two_retrains_ran_in_the_worker_on_frozen_labels(played: tuple[Task, Result, Any]) -> None:
    task, result, connection = played
    runs = connection.execute(RUNS, [task.slug]).fetchall()
    assert [state for state, *_ in runs] == ["done", "done"]
    assert runs[0][1]  # the first model is better than the commonest class
    assert len({content_hash for *_, content_hash in runs}) == 2
    assert result.before is not None
    assert result.after is not None
    last = runs[-1]
    assert result.after.accuracy == (last[2]["accuracy"] if last[1] else last[2]["previous"]["accuracy"])
    assert connection.execute(RUNS, [f"{task.slug}-control"]).fetchall() == []


def test_items_left_for_a_visitor_are_open_and_carry_suggestions(played: tuple[Task, Result, Any]) -> None:
    task, _, connection = played
    spare = [sample.name for sample in task.batches()[2]]
    until = time.monotonic() + SUGGESTED_SECONDS
    while (counts := connection.execute(OPEN, [task.slug, spare]).fetchone()) != (SPARE, SPARE):
        assert time.monotonic() < until, f"items and suggestions: {counts}"
        time.sleep(0.5)
    assert len(spare) == SPARE
