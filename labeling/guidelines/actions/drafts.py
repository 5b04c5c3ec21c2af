"""The next version while it is written: saved, left, published; two owners lose nothing of each other's."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from labeling.audit import actions as audit
from labeling.errors import Conflict
from labeling.guidelines import reads
from labeling.guidelines.actions.editing import WORDING, EditedMeanwhile, What, check_examples, check_words, edit, tidy
from labeling.guidelines.models import Draft, GuidelineVersion
from labeling.projects.classes import ClassDraft, checked
from labeling.projects.models import Project


def _opened(project: Project, newest: GuidelineVersion) -> Draft:
    """The project's draft, or an unsaved one that says what holds now."""
    known = Draft.objects.select_related("base", "author").filter(project=project).first()
    return known or reads.draft_from(project, newest)


@transaction.atomic
def save_draft(
    *,
    actor: User | None,
    project: Project,
    base_number: int,
    revision: int,
    question: str,
    text: str,
    classes: Sequence[ClassDraft],
    with_none: bool,
    with_unsure: bool,
    example_ids: Sequence[int] | None = None,
    change: str = "",
) -> Draft:
    """Save what the next version shall say; nobody is told anything yet. Takes the project's lock.

    EditedMeanwhile where another draft than `revision` is there by now (0: none), or another version than
    `base_number` holds; both are carried along.
    """
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    newest = reads.current(row)
    draft = _opened(row, newest)
    values: dict[str, Any] = {
        "question": " ".join(question.split()), "text": tidy(text), "with_none": with_none, "with_unsure": with_unsure,
        "classes": [asdict(one) for one in checked(classes)], "change": " ".join(change.split())[:300],
        "example_ids": draft.example_ids if example_ids is None else check_examples(row, example_ids),
    }  # fmt: skip
    check_words(values["question"], values["text"])
    if draft.revision and all(getattr(draft, field) == value for field, value in values.items()):
        if draft.base_id == newest.pk:
            return draft
    elif draft.revision != revision:
        raise EditedMeanwhile(draft if draft.revision else newest)
    if newest.number != base_number:
        raise EditedMeanwhile(newest)
    return _save(actor, draft, base=newest, **values)


@transaction.atomic
def change_examples(
    *, actor: User | None, project: Project, change: Callable[[list[int]], Sequence[int]], text: str | None = None
) -> Draft:
    """Let `change` turn the draft's examples into others, and say `text` where given. Takes the project's lock.

    It works on the draft as it stands at that moment, so it needs no revision and loses nothing of anybody's.
    """
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    draft = _opened(row, reads.current(row))
    wanted = check_examples(row, change(list(draft.example_ids)))
    words = draft.text if text is None else tidy(text)
    check_words(draft.question, words)
    if draft.revision and (wanted, words) == (draft.example_ids, draft.text):
        return draft
    return _save(actor, draft, example_ids=wanted, text=words)


@transaction.atomic
def discard_draft(*, actor: User | None, project: Project, revision: int) -> None:
    """Throw the draft away; one that somebody changed meanwhile stays. What it said is in the record."""
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    draft = Draft.objects.filter(project=row).first()
    if draft is None:
        return
    if draft.revision != revision:
        raise EditedMeanwhile(draft)
    audit.record(
        actor=actor, verb="discard", row=draft, project_id=row.pk, question=draft.question, text=draft.text,
        classes=draft.classes, example_ids=draft.example_ids,
    )  # fmt: skip
    draft.delete()


@transaction.atomic
def publish_draft(
    *, actor: User | None, project: Project, revision: int, what: What = WORDING, retire_in_use: bool = False
) -> GuidelineVersion:
    """Make the draft the version that holds, for everybody's next item. Takes the project's lock.

    EditedMeanwhile where the draft is not the one that was looked at, or another version than its base holds.
    """
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    draft = Draft.objects.select_related("base", "author").filter(project=row).first()
    if draft is None:
        raise Conflict("there is no draft to publish", field="revision")
    if draft.revision != revision:
        raise EditedMeanwhile(draft)
    version = edit(
        actor=actor, project=row, base_number=draft.base.number, question=draft.question, text=draft.text,
        classes=[ClassDraft(**one) for one in draft.classes], with_none=draft.with_none,
        with_unsure=draft.with_unsure, example_ids=draft.example_ids, retire_in_use=retire_in_use, what=what,
        change=draft.change,
    )  # fmt: skip
    draft.delete()
    return version


def _save(actor: User | None, draft: Draft, **values: Any) -> Draft:
    for field, value in values.items():
        setattr(draft, field, value)
    draft.revision += 1
    draft.author = actor
    draft.save()
    audit.record(actor=actor, verb="save", row=draft, project_id=draft.project_id, revision=draft.revision)
    return draft

