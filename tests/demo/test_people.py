"""The simulated people are as stated: skilled to a degree, wrong together on hard items, copying at their rate."""

import numpy as np
import pytest

from labeling.demo.people import Person, World, confusion, crowd, expert, likeness

CLASSES = tuple("abcdefghij")
ITEMS = [f"item {number}" for number in range(2000)]


@pytest.fixture
def world() -> World:
    return World(CLASSES, seed=3)


def truth_of(item: str) -> str:
    return CLASSES[int(item.split()[1]) % len(CLASSES)]


def test_confusion_rows_are_probabilities_private_to_each_person(world: World) -> None:
    ann, ben = crowd(world, ["ann", "ben"], skills=[0.9, 0.8], copy_rate=0.2)
    for person in (ann, ben):
        matrix = confusion(person)
        assert np.all(matrix >= 0)
        assert np.allclose(matrix.sum(axis=1), 1)
        assert abs(np.diag(matrix).mean() - person.skill) < 0.06
    assert not np.allclose(confusion(ann), confusion(ben), atol=0.02)


def test_likeness_leaves_the_diagonal_empty(world: World) -> None:
    assert np.all(np.diag(likeness(world)) == 0)
    assert np.allclose(likeness(world).sum(axis=1), 1)


def test_accuracy_on_easy_items_is_the_stated_skill(world: World) -> None:
    person = Person("ann", world, skill=0.9, copy_rate=0.0)
    easy = [item for item in ITEMS if world.pitfall(item, truth_of(item)) is None]
    right = np.mean([person.own_answer(item, truth_of(item)) == truth_of(item) for item in easy])
    assert abs(right - np.diag(confusion(person)).mean()) < 0.03


def test_errors_on_hard_items_go_to_the_same_class(world: World) -> None:
    people = crowd(world, ["ann", "ben", "cat"], skills=[0.95] * 3, copy_rate=0.0)
    hard = {item: trap for item in ITEMS if (trap := world.pitfall(item, truth_of(item))) is not None}
    assert abs(len(hard) / len(ITEMS) - world.hard_share) < 0.02
    assert all(trap != truth_of(item) for item, trap in hard.items())
    fell = [[person.own_answer(item, truth_of(item)) == trap for item, trap in hard.items()] for person in people]
    assert abs(np.mean(fell) - world.hard_pull) < 0.15


def test_copies_the_suggestion_at_the_stated_rate_and_never_without_one(world: World) -> None:
    person = Person("ann", world, skill=0.9, copy_rate=0.3)
    shown = [person.reply(item, truth_of(item), "a") for item in ITEMS]
    assert abs(np.mean([reply.copied for reply in shown]) - 0.3) < 0.03
    assert all(reply.label == "a" for reply in shown if reply.copied)
    assert not any(person.reply(item, truth_of(item), None).copied for item in ITEMS[:200])


def test_own_answer_is_the_same_in_both_arms(world: World) -> None:
    person = Person("ann", world, skill=0.7, copy_rate=0.3)
    for item in ITEMS[:300]:
        reply = person.reply(item, truth_of(item), "b")
        if not reply.copied:
            assert reply.label == person.reply(item, truth_of(item), None).label


def test_expert_is_more_often_right_than_the_best_annotator(world: World) -> None:
    settle, best = expert(world, "eve"), Person("ann", world, skill=0.95, copy_rate=0.0)
    settled = np.mean([settle.own_answer(item, truth_of(item)) == truth_of(item) for item in ITEMS])
    answered = np.mean([best.own_answer(item, truth_of(item)) == truth_of(item) for item in ITEMS])
    assert settled > 0.97
    assert settled > answered
