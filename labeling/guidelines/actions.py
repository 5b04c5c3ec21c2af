"""The only writers of guidelines: every edit of question, classes or text is a new version."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict
from labeling.guidelines import reads
from labeling.guidelines.models import GuidelineVersion
from labeling.projects import actions as projects
from labeling.projects import reads as project_reads
from labeling.projects.classes import ClassDraft, checked
from labeling.projects.models import LabelRole, Project

LONGEST_TEXT = 100_000
LONGEST_QUESTION = 300


class EditedMeanwhile(Conflict):
    """Somebody else wrote a newer version first; it is carried along, so that both can stand side by side."""

    def __init__(self, newest: GuidelineVersion) -> None:
        super().__init__(f"{newest.author or 'somebody'} wrote version {newest.number} meanwhile", field="base_number")
        self.newest = newest

    def problem(self) -> dict[str, str]:
        """With the newer version's words."""
        newest = {"number": str(self.newest.number), "question": self.newest.question, "text": self.newest.text}
        return super().problem() | newest


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
    _write(actor, project, 1, project.question, _tidy(text), "First version")
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
    retire_in_use: bool = False,
    change: str = "",
) -> GuidelineVersion:
    """A new version; what is None stays as it was. Takes the project's lock.

    `classes` are all classes that shall be, in order: those left out are retired (see projects.actions.change_labels).
    An edit that changes nothing, so also the same one sent twice, returns the newest version. One made upon an older
    version than the newest raises EditedMeanwhile and changes nothing.
    """
    row = Project.objects.select_for_update().get(pk=project.pk)
    newest = reads.current(row)
    question = newest.question if question is None else " ".join(question.split())
    text = newest.text if text is None else _tidy(text)
    _check(question, text)
    before = project_reads.active_labels(row)
    roles = {label.role for label in before}
    none = LabelRole.NONE in roles if with_none is None else with_none
    unsure = LabelRole.UNSURE in roles if with_unsure is None else with_unsure
    drafts = [ClassDraft(label.name, label.key, label.pk) for label in before if label.role == LabelRole.CLASS]
    wanted = drafts if classes is None else checked(classes)
    same_classes = len(wanted) == len(drafts) and all(map(_same, drafts, wanted))
    same_roles = (none, unsure) == (LabelRole.NONE in roles, LabelRole.UNSURE in roles)
    if same_classes and same_roles and (question, text) == (newest.question, newest.text):
        return newest
    if base_number != newest.number:
        raise EditedMeanwhile(newest)
    if not (same_classes and same_roles):
        projects.change_labels(
            actor=actor, project=row, classes=wanted, with_none=none, with_unsure=unsure, retire_in_use=retire_in_use
        )
    projects.ask(actor=actor, project=row, question=question)
    return _write(actor, row, newest.number + 1, question, text, change)


def _write(
    actor: User | None, project: Project, number: int, question: str, text: str, change: str
) -> GuidelineVersion:
    labels = project_reads.active_labels(project)
    classes = [{"id": label.pk, "name": label.name, "role": label.role, "key": label.key} for label in labels]
    version = GuidelineVersion.objects.create(
        project=project, number=number, question=question, text=text, classes=classes, author=actor,
        change=" ".join(change.split())[:300],
    )  # fmt: skip
    audit.record(actor=actor, verb="write", row=version, project_id=project.pk, number=number)
    return version


def _same(before: ClassDraft, wanted: ClassDraft) -> bool:
    """A draft without an id means a class of its name."""
    return (before.name, before.key) == (wanted.name, wanted.key) and wanted.id in (None, before.id)


def _tidy(text: str) -> str:
    """Browsers send CRLF; a form must not look like an edit."""
    return text.replace("\r\n", "\n").strip()


def _check(question: str, text: str) -> None:
    if not question:
        raise BadInput("annotators need a question", field="question")
    if len(question) > LONGEST_QUESTION:
        raise BadInput(f"at most {LONGEST_QUESTION} characters", field="question")
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"at most {LONGEST_TEXT:,} characters", field="text")
