"""Simulated people: a private confusion matrix each, items that are hard for all of them, and a habit of copying.

Every draw depends on the person and the item alone, so that a person's own answer to an item is the same in the arm
with the model and in the one without: the two arms differ by what the model does, not by luck.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

LOG_MILLISECONDS = (7.0, 0.35)  # mean and deviation of the logarithm: about 1.1 s, an assumption and no measurement
COPYING_SPEED = 0.7  # of the time that an answer of one's own takes, likewise assumed


@dataclass(frozen=True)
class World:
    """What all people share: the classes, which of them look alike, and which items are hard."""

    classes: tuple[str, ...]
    seed: int
    hard_share: float = 0.06  # of the items
    hard_pull: float = 0.5  # chance that a person falls for a hard item's other class

    def chance(self, *parts: str) -> np.random.Generator:
        """A generator that depends on the world's seed and the given words alone."""
        digest = hashlib.sha256("\0".join((str(self.seed), *parts)).encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))

    def pitfall(self, item: str, truth: str) -> str | None:
        """The class that a hard item is mistaken for, the same for everybody; None for the other items."""
        chance = self.chance("item", item)
        if chance.random() >= self.hard_share:
            return None
        return self.classes[int(chance.choice(len(self.classes), p=likeness(self)[self.classes.index(truth)]))]


@cache
def likeness(world: World) -> NDArray[np.float64]:
    """How easily the class of a row is taken for that of a column: (K, K), rows sum to 1, nothing on the diagonal."""
    size = len(world.classes)
    weight = world.chance("likeness").dirichlet(np.full(size, 0.5), size) + 0.02
    np.fill_diagonal(weight, 0)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Reply:
    """What a person does with an item: the class they name, how long it took, and whether they took the suggestion."""

    label: str
    milliseconds: int
    copied: bool


@dataclass(frozen=True)
class Person:
    """One simulated person of a world."""

    name: str
    world: World
    skill: float  # mean of the diagonal of their confusion matrix
    copy_rate: float  # chance that they take the suggestion shown in place of an answer of their own
    wary: float = 1.0  # their share of a hard item's pull

    def own_answer(self, item: str, truth: str) -> str:
        """What they would say with nothing but the item before them."""
        chance = self.world.chance("answer", self.name, item)
        pitfall = self.world.pitfall(item, truth)
        if pitfall is not None and chance.random() < self.world.hard_pull * self.wary:
            return pitfall
        row = confusion(self)[self.world.classes.index(truth)]
        return self.world.classes[int(chance.choice(len(row), p=row))]

    def reply(self, item: str, truth: str, suggestion: str | None) -> Reply:
        """Their answer to an item, a suggestion being shown or not."""
        chance = self.world.chance("habit", self.name, item)
        milliseconds = int(chance.lognormal(*LOG_MILLISECONDS))
        if suggestion is not None and chance.random() < self.copy_rate:
            return Reply(suggestion, int(milliseconds * COPYING_SPEED), copied=True)
        return Reply(self.own_answer(item, truth), milliseconds, copied=False)


@cache
def confusion(person: Person) -> NDArray[np.float64]:
    """(K, K): row, the true class; column, the answer; private to the person, near the shared likeness."""
    chance = person.world.chance("person", person.name)
    size = len(person.world.classes)
    mistakes = 1 - np.clip(chance.normal(person.skill, (1 - person.skill) / 3, size), 0.5, 0.999)
    own = np.stack([chance.dirichlet(20 * row + 0.05) for row in likeness(person.world)])
    np.fill_diagonal(own, 0)
    own *= (mistakes / own.sum(axis=1))[:, None]
    return np.asarray(own + np.diag(1 - mistakes))


def crowd(world: World, names: Sequence[str], *, skills: Sequence[float], copy_rate: float) -> list[Person]:
    """Annotators with the stated skills."""
    return [Person(name, world, skill, copy_rate) for name, skill in zip(names, skills, strict=True)]


def expert(world: World, name: str) -> Person:
    """Somebody who settles disputes: rarely wrong, seldom trapped, copies nothing."""
    return Person(name, world, skill=0.985, copy_rate=0.0, wary=0.15)
