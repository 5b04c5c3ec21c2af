"""Recorded answers and known labels, from CSV files with a line of headings."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeling.errors import BadInput

# The columns' names as other tools write them, in the order item, person, answer.
ITEM, PERSON, ANSWER = ("item", "file", "question", "name"), ("person", "worker", "annotator"), ("answer", "label")
TRUE = ("truth", "label", "answer")


@dataclass(frozen=True)
class Record:
    """Who said what of each item, by the item's name."""

    said: dict[str, list[tuple[str, str]]]  # item -> (person, answer), in the order of the file
    truth: dict[str, str]  # empty where it is not known

    @property
    def people(self) -> list[str]:
        """Everybody who answered, in the order of their names."""
        return sorted({person for answers in self.said.values() for person, _ in answers})

    @property
    def classes(self) -> list[str]:
        """Every answer that was given or is true."""
        return sorted({answer for answers in self.said.values() for _, answer in answers} | set(self.truth.values()))

    def shuffled(self, seed: int) -> dict[str, list[tuple[str, str]]]:
        """Each item's answers in a random order of its own."""
        random = np.random.default_rng(seed)
        return {item: [answers[at] for at in random.permutation(len(answers))] for item, answers in self.said.items()}


def read_record(answers: Path, truth: Path | None) -> Record:
    """Read both files; BadInput names the column or line that is missing. A person's second answer is left out."""
    said: dict[str, list[tuple[str, str]]] = {}
    for item, person, answer in _rows(answers, ITEM, PERSON, ANSWER):
        if person not in {who for who, _ in said.setdefault(item, [])}:
            said[item].append((person, answer))
    if not said:
        raise BadInput(f"There are no answers in {answers}.", field="answers")
    known = {row[0]: row[1] for row in _rows(truth, ITEM, TRUE)} if truth is not None else {}
    return Record(said, {item: label for item, label in known.items() if item in said})


def _rows(path: Path, *columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        headings = reader.fieldnames or []
        chosen = [next((name for name in names if name in headings), None) for names in columns]
        if None in chosen:
            missing = columns[chosen.index(None)]
            raise BadInput(f"{path} has no column called {' or '.join(missing)}.", field="answers")
        for row in reader:
            values = tuple((row[str(name)] or "").strip() for name in chosen)
            if not all(values):
                raise BadInput(f"{path}, line {reader.line_num}: a value is missing.", field="answers")
            yield values
