"""Where groups of annotators differ from the panel by more than the panel differs from itself."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from labeling.consensus.evidence import counting
from labeling.projects.models import Label, Project, Role
from labeling.reports.models import Attribute, Declaration, PanelAnswer, PanelItem
from ml.truth.audience import SILENT, Excess, Ints, excess

FEWEST_PEOPLE = 5  # a smaller group could be told apart, and is not shown at all
ALARMS = 0.05  # the chance of a false alarm anywhere on the page, shared among its comparisons

Said = dict[int, dict[int, int]]  # user id -> panel item's place -> symbol


@dataclass(frozen=True)
class ClassExcess:
    """One class by the panel's plurality: the excess there, and what the group says most often instead."""

    name: str
    excess: Excess
    instead: str
    share: float  # of the group's answers there that say so


@dataclass(frozen=True)
class GroupExcess:
    """One group: over all items, and for each class."""

    attribute: str
    value: str
    people: int
    overall: Excess
    classes: list[ClassExcess]


@dataclass(frozen=True)
class Fit:
    """The page: the sample, the panel, the groups large enough to be shown, and how many were not."""

    items: int
    answered: int  # items that two of the panel have answered
    panel: int
    groups: list[GroupExcess]
    suppressed: int


def fit(project: Project) -> Fit:
    """Everybody, and each group of at least FEWEST_PEOPLE people who answered items of the sample."""
    items = list(PanelItem.objects.filter(project=project).order_by("pk"))
    labels = list(Label.objects.filter(project=project).order_by("pk"))
    place = {row.item_id: index for index, row in enumerate(items)}
    symbol = {label.pk: index for index, label in enumerate(labels)}
    panel = _panel(items, symbol)
    crowd = _crowd(project, place, symbol)
    standard = _table(panel, panel.keys(), len(items))
    told, suppressed = _groups(project, crowd)
    level = 1 - ALARMS / max(1, len(told) * (1 + len(labels)))
    groups = [
        _group(name, value, _table(crowd, users, len(items)), standard, labels, seed=project.pk, level=level)
        for name, value, users in told
    ]
    answered = int(((standard != SILENT).sum(axis=0) >= 2).sum())
    return Fit(len(items), answered, len(panel), groups, suppressed)


def _panel(items: list[PanelItem], symbol: Mapping[int, int]) -> Said:
    place = {row.pk: index for index, row in enumerate(items)}
    said: Said = {}
    for item, user, label in PanelAnswer.objects.filter(panel_item__in=place).values_list(
        "panel_item_id", "user_id", "label_id"
    ):
        said.setdefault(user, {})[place[item]] = symbol[label]
    return said


def _crowd(project: Project, place: Mapping[int, int], symbol: Mapping[int, int]) -> Said:
    """Annotators' answers that count, the last of each to an item."""
    annotators = project.members.filter(role=Role.ANNOTATOR).values("user")
    rows = counting(project).filter(item__in=place, user__in=annotators, label__isnull=False).order_by("pk")
    said: Said = {}
    for item, user, label in rows.values_list("item_id", "user_id", "label_id"):
        said.setdefault(user, {})[place[item]] = symbol[label]
    return said


def _groups(project: Project, crowd: Said) -> tuple[list[tuple[str, str, set[int]]], int]:
    """Everybody, then who declared the same; those too small are only counted."""
    told = [("", "", set(crowd))] if crowd else []
    small = 0
    for attribute in Attribute.objects.filter(project=project).order_by("name"):
        rows = Declaration.objects.filter(attribute=attribute, member__user__in=list(crowd))
        for value in attribute.choices:
            users = set(rows.filter(value=value).values_list("member__user", flat=True))
            if len(users) >= FEWEST_PEOPLE:
                told.append((attribute.name, value, users))
            else:
                small += bool(users)
    return told, small


def _table(said: Said, users: Collection[int], n_items: int) -> Ints:
    """(people, items) symbols, SILENT where not answered."""
    table = np.full((len(users), n_items), SILENT, dtype=np.int64)
    for row, user in enumerate(sorted(users)):
        for item, symbol in said[user].items():
            table[row, item] = symbol
    return table


def _group(
    name: str, value: str, group: Ints, standard: Ints, labels: list[Label], *, seed: int, level: float
) -> GroupExcess:
    n_symbols = len(labels)
    overall = excess(group, standard, n_symbols=n_symbols, seed=seed, level=level)
    top = _plurality(standard, n_symbols)
    classes = []
    for index, label in enumerate(labels):
        there = top == index
        found = excess(group[:, there], standard[:, there], n_symbols=n_symbols, seed=seed, level=level)
        if found.n_items and found.value == found.value:
            classes.append(_class(label, labels, found, group[:, there], index))
    return GroupExcess(name, value, len(group), overall, sorted(classes, key=lambda row: -row.excess.low))


def _plurality(standard: Ints, n_symbols: int) -> Ints:
    """What most of the panel say of each item (N,), the first of equals; SILENT where nobody spoke."""
    counts = np.stack([(standard == symbol).sum(axis=0) for symbol in range(n_symbols)])
    return np.where(counts.sum(axis=0) > 0, counts.argmax(axis=0), SILENT)


def _class(label: Label, labels: list[Label], found: Excess, said: Ints, own: int) -> ClassExcess:
    counts = Counter(said[said != SILENT].tolist())
    others = [(count, symbol) for symbol, count in counts.items() if symbol != own]
    count, symbol = max(others, default=(0, own))
    return ClassExcess(label.name, found, labels[symbol].name if count else "", count / max(1, counts.total()))
