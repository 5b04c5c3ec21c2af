"""Two texts side by side, line by line, with the words that differ marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from labeling.guidelines.models import Draft, GuidelineVersion
from labeling.projects.classes import NONE_KEY, UNSURE_KEY
from labeling.projects.models import LabelRole


@dataclass(frozen=True)
class Part:
    """A run of characters, and whether the other side lacks it."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Row:
    """A line of each side; a side is None where it has no such line."""

    before: list[Part] | None
    after: list[Part] | None
    same: bool


@dataclass(frozen=True)
class Comparison:
    """Question, classes and text of two versions, each as rows."""

    question: list[Row]
    classes: list[Row]
    text: list[Row]

    @property
    def parts(self) -> dict[str, bool]:
        """Which of the three differ."""
        named = {"question": self.question, "classes": self.classes, "text": self.text}
        return {name: any(not row.same for row in rows) for name, rows in named.items()}

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not any(self.parts.values())


def compare(before: GuidelineVersion, after: GuidelineVersion) -> Comparison:
    """What changed from one version to another."""
    return Comparison(
        question=rows(before.question, after.question),
        classes=rows(class_lines(before), class_lines(after)),
        text=rows(before.text, after.text),
    )


def compare_draft(draft: Draft) -> Comparison:
    """What the draft changes of the version that it is made upon; of the classes, those that the owner names."""
    before = [each for each in draft.base.classes if each["role"] == LabelRole.CLASS]
    roles = {each["role"] for each in draft.base.classes}
    return Comparison(
        question=rows(draft.base.question, draft.question),
        classes=rows(
            _lines(before, LabelRole.NONE in roles, LabelRole.UNSURE in roles),
            _lines(draft.classes, draft.with_none, draft.with_unsure),
        ),
        text=rows(draft.base.text, draft.text),
    )  # fmt: skip


def _lines(classes: list[dict[str, Any]], with_none: bool, with_unsure: bool) -> str:
    lines = [f"{each['key']}  {each['name']}" for each in classes]
    extra = [(with_none, NONE_KEY, LabelRole.NONE), (with_unsure, UNSURE_KEY, LabelRole.UNSURE)]
    return "\n".join(lines + [f"{key}  {role.label}" for there, key, role in extra if there])


def class_lines(version: GuidelineVersion) -> str:
    """A version's classes, one a line, each after its key."""
    return "\n".join(f"{each['key']}  {each['name']}" for each in version.classes)


def rows(before: str, after: str) -> list[Row]:
    """Every line of both, equal ones opposite each other."""
    return list(_rows(before.splitlines(), after.splitlines()))


def _rows(before: Sequence[str], after: Sequence[str]) -> Iterator[Row]:
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for kind, start, end, start_after, end_after in matcher.get_opcodes():
        for old, new in zip_longest(before[start:end], after[start_after:end_after]):
            if kind == "equal":
                yield Row([Part(old, False)], [Part(new, False)], same=True)
            elif old is None or new is None:
                yield Row(_whole(old), _whole(new), same=False)
            else:
                yield Row(*_words(old, new), same=False)


def _whole(line: str | None) -> list[Part] | None:
    return None if line is None else [Part(line, True)]


def _words(old: str, new: str) -> tuple[list[Part], list[Part]]:
    """Both lines in runs of words, those that the other lacks marked."""
    before, after = re.findall(r"\s+|\w+|[^\w\s]", old), re.findall(r"\s+|\w+|[^\w\s]", new)
    left, right = [], []
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for kind, start, end, start_after, end_after in matcher.get_opcodes():
        if start < end:
            left.append(Part("".join(before[start:end]), kind != "equal"))
        if start_after < end_after:
            right.append(Part("".join(after[start_after:end_after]), kind != "equal"))
    return left, right
