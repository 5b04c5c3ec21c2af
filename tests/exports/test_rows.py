"""Labels and answers come out exactly as they stand."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import User

from labeling.annotations.models import Retraction
from labeling.consensus.models import Verdict
from labeling.items.models import ItemState
from tests.exports.conftest import Shelf

Fetch = Callable[[User, str], bytes]


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def lines(data: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in data.decode().splitlines()]


def test_labels_hold_each_item_with_its_posterior(alice: User, shelf: Shelf, fetch: Fetch) -> None:
    sure, unsure, new = (shelf.item(name) for name in ("a.png", "b.png", "c.png"))
    shelf.decide(sure, "cat", answers=2)
    shelf.decide(unsure, "=dog", Verdict.OPEN)
    rows = lines(fetch(alice, "labels.jsonl"))
    assert [row["item"] for row in rows] == [sure.pk, unsure.pk, new.pk]
    assert rows[0] == {
        "item": sure.pk,
        "file": "a.png",
        "sha256": sure.blob_id,
        "label": "cat",
        "posterior": 0.9,
        "verdict": "verified",
        "answers": 2,
        "heldout": False,
        "by_expert": False,
            "auto": False,
        "probabilities": {"p(cat)": 0.9, "p(=dog)": 0.1},
    }
    assert (rows[1]["verdict"], rows[2]["verdict"]) == ("open", "open")
    assert (rows[2]["label"], rows[2]["answers"], rows[2]["probabilities"]) == (None, 0, {})
    assert [row["p(cat)"] for row in table(fetch(alice, "labels.csv"))] == ["0.9", "0.1", ""]


def test_formulas_are_made_plain_in_csv_and_kept_in_json(alice: User, shelf: Shelf, fetch: Fetch) -> None:
    item = shelf.item("@SUM(A1).png")
    shelf.decide(item, "=dog")
    row = table(fetch(alice, "labels.csv"))[0]
    assert (row["file"], row["label"]) == ("'@SUM(A1).png", "'=dog")
    assert lines(fetch(alice, "labels.jsonl"))[0]["label"] == "=dog"


def test_answers_say_what_was_shown_and_which_were_taken_back(
    alice: User, bob: User, shelf: Shelf, fetch: Fetch
) -> None:
    item = shelf.item("a.png")
    kept, taken = shelf.answer(item, alice, "cat"), shelf.answer(item, bob, "=dog")
    Retraction.objects.create(annotation=taken, actor=bob)
    rows = lines(fetch(alice, "answers.jsonl"))
    assert [row["answer"] for row in rows] == [kept.pk, taken.pk]
    first, second = rows
    assert (first["person"], first["label"], first["retracted_at"]) == ("alice", "cat", None)
    assert (second["person"], second["label"]) == ("bob", "=dog")
    assert datetime.fromisoformat(str(second["retracted_at"])) == Retraction.objects.get().at
    assert (first["arm"], first["arm_probability"], first["guideline_version"]) == ("blind", 0.25, 1)
    assert (first["suggestion"], first["milliseconds"], first["sha256"]) == (None, 900, item.blob_id)
    written = table(fetch(alice, "answers.csv"))
    assert [row["label"] for row in written] == ["cat", "'=dog"]
    assert written[0]["retracted_at"] == ""
    assert written[0]["answered_at"] == kept.answered_at.isoformat()


def test_erased_items_are_left_out(alice: User, bob: User, shelf: Shelf, fetch: Fetch) -> None:
    item, gone = shelf.item("a.png"), shelf.item("gone.png")
    for one in (item, gone):
        shelf.answer(one, bob, "cat")
        shelf.decide(one, "cat")
    gone.state = ItemState.ERASED
    gone.save()
    assert [row["item"] for row in lines(fetch(alice, "labels.jsonl"))] == [item.pk]
    assert [row["item"] for row in lines(fetch(alice, "answers.jsonl"))] == [item.pk]
    assert b"gone" not in fetch(alice, "files.zip")


def test_empty_project_exports_headers(alice: User, shelf: Shelf, fetch: Fetch) -> None:
    assert fetch(alice, "labels.csv").decode().startswith("item,file,sha256,label,posterior")
    assert fetch(alice, "labels.jsonl") == b""
    assert table(fetch(alice, "answers.csv")) == []
