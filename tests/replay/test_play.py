"""Recorded answers through the queue, the consensus, training and selection; a broken selection shows in the result."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.db.models import Min
from PIL import Image

from labeling.annotations.models import Annotation
from labeling.assignments.actions import admit_ready, hand_out
from labeling.errors import BadInput
from labeling.registry.models import ModelState, ModelVersion
from labeling.replay.play import Player, Point, judge
from labeling.replay.policy import Policy
from labeling.replay.record import Record, read_record
from labeling.replay.stage import items_of, on_stage, prepare
from labeling.selection.reads import Beliefs
from labeling.suggestions.models import Suggestion

COLOURS = {"red": (230, 40, 40), "green": (40, 230, 40), "blue": (40, 40, 230)}
ITEMS, HARD = 160, 4  # one picture in so many shows no colour: only people can tell
RIGHT = 0.95  # people and colours are clear, so that nothing but what the model knows decides what is asked
NOISE = 8.0  # of pixels


def record_of(folder: Path, *, seed: int = 0) -> Record:
    """Pictures in a folder, and three people's answers to each."""
    random, names = np.random.default_rng(seed), list(COLOURS)
    said, truth = {}, {}
    for at in range(ITEMS):
        name, true = f"{at:03d}.png", names[at % 3]
        colour = (128, 128, 128) if at % HARD == 0 else COLOURS[true]
        pixels = np.clip(np.array(colour) + random.normal(0, NOISE, (16, 16, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / name)
        answers = [true if random.random() < RIGHT else names[random.integers(3)] for _ in range(3)]
        said[name], truth[name] = [(f"p{who}", answer) for who, answer in enumerate(answers)], true
    return Record(said, truth)


def played(record: Record, policy: Policy, files: Path | None, *, seed: int = 0) -> list[Point]:
    """All points of one replay in the tests' own database."""
    prepare(record, files, None, policy)
    return list(Player(on_stage(), record, policy, seed).play())


# When the first model comes, each colour is known, and the grey ones cannot be. A fifth of the items is held out, some
# 32: a refit is judged by ten at least, and they are asked first.
WITH_MODEL = Policy(target=0.99, limit=3, heldout_share=0.2, margin=1.0, until=1.4, step=0.35, growth=1.0)
CLEARLY = 0.2  # from one half, which chance gives; with seeds 0 and 1 it was 0.92 and 0.98, nine hard ones among 81
SEEDS = (0,)  # one is enough in each run of the tests, and takes its ten seconds twice


def is_hard(name: str) -> bool:
    """Whether only people can tell this picture."""
    return int(Path(name).stem) % HARD == 0


def hard_before_easy() -> float:
    """Of two pictures that nobody had answered when the first model came, how often the hard one was asked first."""
    model = ModelVersion.objects.earliest("created_at")
    asked = Annotation.objects.filter(item__heldout=False).values("item__name").annotate(at=Min("stored_at"))
    names = [row["item__name"] for row in asked.filter(at__gt=model.created_at).order_by("at")]
    hard = [at for at, name in enumerate(names) if is_hard(name)]
    easy = [at for at, name in enumerate(names) if not is_hard(name)]
    return float(np.mean([one < other for one in hard for other in easy]))


def sure_of(*, hard: bool) -> float:
    """Mean confidence of the promoted model."""
    said = Suggestion.objects.filter(model_version__state=ModelState.PROMOTED).values_list("item__name", "confidence")
    return float(np.mean([sure for name, sure in said if is_hard(name) == hard]))


# The held-out side hangs on the project's number, so that this starts anew; the run's pulse has its own connection.
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_a_replay_asks_where_the_model_is_unsure(tmp_path: Path, seed: int) -> None:
    whole = played(record_of(tmp_path, seed=seed), WITH_MODEL, tmp_path, seed=seed)
    assert sure_of(hard=True) < sure_of(hard=False)
    assert hard_before_easy() > 0.5 + CLEARLY
    assert whole[-1].answers == pytest.approx(WITH_MODEL.until, abs=0.02)
    assert whole[-1].accuracy > 0.8
    assert Annotation.objects.count() == round(whole[-1].answers * ITEMS)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_with_selection_broken_the_result_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    surest = "labeling.selection.actions.lowest_confidence"  # of what nobody has answered, which the model alone judges
    monkeypatch.setattr(surest, lambda shares, _, counts, __: shares.max(axis=1) * (counts == 0))
    played(record_of(tmp_path, seed=seed), WITH_MODEL, tmp_path, seed=seed)
    assert hard_before_easy() < 0.5 - CLEARLY


@pytest.mark.django_db
def test_what_was_prepared_for_a_model_is_played_without_one() -> None:
    said = {f"item {at}": [(who, "yes" if at % 2 else "no") for who in ("ann", "ben", "cleo")] for at in range(12)}
    record = Record(said, {})
    prepare(record, None, None, WITH_MODEL)
    assert on_stage().project.model_helps
    points = list(Player(on_stage(), record, replace(WITH_MODEL, model=False, until=1.0, step=1.0), 0).play())
    assert not ModelVersion.objects.exists()
    assert not on_stage().project.model_helps
    assert points[-1].answers == 1.0


@pytest.mark.django_db
def test_without_files_people_alone_are_weighed_until_their_answers_are_used_up() -> None:
    random = np.random.default_rng(1)
    truth = {f"item {at}": "yes" if at % 2 else "no" for at in range(40)}
    said = {
        name: [(f"p{who}", true if random.random() < 0.8 else "no") for who in range(3)] for name, true in truth.items()
    }
    points = played(Record(said, truth), Policy(limit=3, target=0.999, model=False, until=4.0, step=1.0), None)
    assert points[-1].answers <= 3.0
    assert points[-1].accuracy > points[0].accuracy - 0.05
    assert all(point.verified <= 1 for point in points)


@pytest.mark.django_db
def test_items_are_handed_out_in_the_queue_s_order_to_the_people_of_the_record() -> None:
    said = {f"item {at}": [("ann", "yes"), ("ben", "no")] for at in range(6)}
    record = Record(said, {})
    prepare(record, None, None, Policy(model=False))
    stage = on_stage()
    player = Player(stage, record, Policy(model=False), 0)
    assert sorted(items_of(stage.project, record).values()) == sorted(said)
    takers = dict.fromkeys(list(player.items)[:4], stage.people["ben"])
    admit_ready(project=stage.project)
    leases = hand_out(actor=stage.owner, project=stage.project, count=10, takers=takers)
    assert {lease.user_id for lease in leases} == {stage.people["ben"]}
    assert {lease.item_id for lease in leases} == set(takers)


def test_a_label_of_which_nothing_is_believed_counts_as_a_guess() -> None:
    posteriors = np.array([[0.9, 0.1], [np.nan, np.nan], [0.2, 0.8]])
    found = Beliefs([1, 2, 3], posteriors, np.array([1, 0, 2]), np.array([True, False, True]))
    point = judge(found, np.array([0, 1, 0]), 1.0)
    assert point.accuracy == pytest.approx(0.5)
    assert point.verified == pytest.approx(2 / 3)
    assert point.real_precision == 0.5
    assert point.stated_precision == pytest.approx(0.85)


def test_a_record_without_its_columns_or_with_holes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("file,worker,answer\na.jpg,7,cat\na.jpg,7,dog\na.jpg,8,dog\n")
    assert read_record(path, None).said == {"a.jpg": [("7", "cat"), ("8", "dog")]}
    path.write_text("file,answer\na.jpg,cat\n")
    with pytest.raises(BadInput, match="worker"):
        read_record(path, None)
    path.write_text("file,worker,answer\na.jpg,,cat\n")
    with pytest.raises(BadInput, match="line 2"):
        read_record(path, None)
