"""Versions: every change of question, classes, text or examples is a new one, and so is taking one back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict
from labeling.guidelines import reads
from labeling.guidelines.models import Affects, Draft, Example, GuidelineVersion
from labeling.projects import actions as projects
from labeling.projects import reads as project_reads
from labeling.projects.classes import ClassDraft, checked
from labeling.projects.models import Label, LabelRole, Project

LONGEST_TEXT = 100_000
LONGEST_QUESTION = 300
MOST_EXAMPLES = 200  # a person reads no more, and every labeling page carries them


class EditedMeanwhile(Conflict):
    """Somebody else wrote first; what they wrote is carried along, so that both can stand side by side."""

    def __init__(self, newest: GuidelineVersion | Draft) -> None:
        what = f"version {newest.number}" if isinstance(newest, GuidelineVersion) else "the draft"
        super().__init__(f"{newest.author or 'somebody'} wrote {what} meanwhile", field="base_number")
        self.newest = newest

    def problem(self) -> dict[str, str]:
        """With the other's words; a draft goes by the number of its revision."""
        number = self.newest.number if isinstance(self.newest, GuidelineVersion) else self.newest.revision
        newest = {"number": str(number), "question": self.newest.question, "text": self.newest.text}
        return super().problem() | newest


@dataclass(frozen=True)
class What:
    """Which answers a new version puts out of date: none (the wording alone changed), those of some labels, or all."""

    affects: str = Affects.NOTHING
    label_ids: tuple[int, ...] = ()

    def check(self, project: Project) -> None:
        """Raise BadInput where it does not say what it means."""
        if self.affects not in Affects.values:
            raise BadInput(f"one of {', '.join(Affects.values)}", field="affects")
        if (self.affects == Affects.CLASSES) != bool(self.label_ids):
            raise BadInput("name the classes whose meaning changed, and only with “classes”", field="label_ids")
        if Label.objects.filter(project=project, pk__in=self.label_ids).count() != len(set(self.label_ids)):
            raise BadInput("not a class of this project", field="label_ids")


WORDING = What()


@transaction.atomic
def create_project_with_guideline(
    *,
    actor: User,
    name: str,
    medium: str,
    question: str,
    classes: Sequence[str] | Sequence[ClassDraft],
    text: str = "",
    **options: Any,
) -> Project:
    """A project and version 1 of its guideline, both or neither; options as of projects.actions.create_project."""
    project = projects.create_project(
        actor=actor, name=name, medium=medium, question=question, classes=classes, **options
    )
    _write(
        actor=actor, project=project, number=1, question=project.question, text=tidy(text), change="First version"
    )
    return project


@transaction.atomic
def edit(
    *,
    actor: User | None,
    project: Project,
    base_number: int,
    question: str | None = None,
    text: str | None = None,
    classes: Sequence[ClassDraft] | None = None,
    with_none: bool | None = None,
    with_unsure: bool | None = None,
    example_ids: Sequence[int] | None = None,
    retire_in_use: bool = False,
    what: What = WORDING,
    change: str = "",
) -> GuidelineVersion:
    """A new version; what is None stays as it was. Takes the project's lock.

    `classes` are all classes that shall be, in order: those left out are retired (see projects.actions.change_labels);
    `example_ids` likewise are all examples. `what` tells which answers are out of date from then on.
    An edit that changes nothing, so also the same one sent twice, returns the newest version. One made upon an older
    version than the newest raises EditedMeanwhile and changes nothing.
    """
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    newest = reads.current(row)
    question = newest.question if question is None else " ".join(question.split())
    text = newest.text if text is None else tidy(text)
    check_words(question, text)
    what.check(row)
    examples = newest.example_ids if example_ids is None else check_examples(row, example_ids)
    before = project_reads.active_labels(row)
    roles = {label.role for label in before}
    none = LabelRole.NONE in roles if with_none is None else with_none
    unsure = LabelRole.UNSURE in roles if with_unsure is None else with_unsure
    drafts = [ClassDraft(label.name, label.key, label.pk) for label in before if label.role == LabelRole.CLASS]
    wanted = drafts if classes is None else checked(classes)
    same_classes = len(wanted) == len(drafts) and all(map(_same, drafts, wanted))
    same_roles = (none, unsure) == (LabelRole.NONE in roles, LabelRole.UNSURE in roles)
    same_words = (question, text, examples) == (newest.question, newest.text, newest.example_ids)
    if same_classes and same_roles and same_words and (what == WORDING or base_number != newest.number):
        return newest
    if base_number != newest.number:
        raise EditedMeanwhile(newest)
    if not (same_classes and same_roles):
        projects.change_labels(
            actor=actor, project=row, classes=wanted, with_none=none, with_unsure=unsure, retire_in_use=retire_in_use
        )
    projects.ask(actor=actor, project=row, question=question)
    return _write(
        actor=actor, project=row, number=newest.number + 1, question=question, text=text, example_ids=examples,
        affects=what.affects, affected_label_ids=sorted(set(what.label_ids)), base=newest, change=change,
    )  # fmt: skip


@transaction.atomic
def withdraw(*, actor: User | None, project: Project, number: int, change: str = "") -> GuidelineVersion:
    """Take the version that holds back: a new one says again what stood before it. Takes the project's lock.

    Classes come back as they were. Answers given before the withdrawn version count again, and those that it changed
    the meaning of and that were given under it are out of date. Done twice, it changes nothing.
    """
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    newest = reads.current(row)
    if newest.withdraws is not None and newest.withdraws.number == number:
        return newest
    if newest.number != number:
        raise Conflict("only the version that holds can be taken back", field="number")
    earlier = newest.withdraws or reads.base_of(newest)
    if earlier is None:
        raise Conflict("nothing stood before the first version", field="number")
    classes = [ClassDraft(one["name"], one["key"], one["id"]) for one in earlier.classes if one["role"] == "class"]
    roles = {one["role"] for one in earlier.classes}
    projects.change_labels(
        actor=actor, project=row, classes=classes, with_none="none" in roles, with_unsure="unsure" in roles,
        retire_in_use=True,
    )  # fmt: skip
    projects.ask(actor=actor, project=row, question=earlier.question)
    return _write(
        actor=actor, project=row, number=newest.number + 1, question=earlier.question, text=earlier.text,
        example_ids=earlier.example_ids, base=earlier, withdraws=newest, change=change,
    )  # fmt: skip


def _write(*, actor: User | None, project: Project, change: str, **values: Any) -> GuidelineVersion:
    labels = project_reads.active_labels(project)
    classes = [{"id": label.pk, "name": label.name, "role": label.role, "key": label.key} for label in labels]
    version = GuidelineVersion.objects.create(
        project=project, classes=classes, author=actor, change=" ".join(change.split())[:300], **values
    )
    audit.record(actor=actor, verb="write", row=version, project_id=project.pk, number=version.number)
    return version


def _same(before: ClassDraft, wanted: ClassDraft) -> bool:
    """A draft without an id means a class of its name."""
    return (before.name, before.key) == (wanted.name, wanted.key) and wanted.id in (None, before.id)


def tidy(text: str) -> str:
    """Browsers send CRLF; a form must not look like an edit."""
    return text.replace("\r\n", "\n").strip()


def check_words(question: str, text: str) -> None:
    """Raise BadInput for a question or a text that cannot stand."""
    if not question:
        raise BadInput("annotators need a question", field="question")
    if len(question) > LONGEST_QUESTION:
        raise BadInput(f"at most {LONGEST_QUESTION} characters", field="question")
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"at most {LONGEST_TEXT:,} characters", field="text")


def check_examples(project: Project, example_ids: Sequence[int]) -> list[int]:
    """The examples in their order, each once; BadInput where one is another project's or they are too many."""
    ids = list(dict.fromkeys(example_ids))
    if len(ids) > MOST_EXAMPLES:
        raise BadInput(f"at most {MOST_EXAMPLES} examples", field="example_ids")
    if Example.objects.filter(project=project, pk__in=ids).count() != len(ids):
        raise BadInput("no such example in this project", field="example_ids")
    return ids
