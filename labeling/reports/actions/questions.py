"""Questions from the floor: gathered into threads, answered by a rule or an example, told to those who asked."""

from collections.abc import Collection
from contextlib import suppress

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.annotations.models import Skip, SkipReason
from labeling.assignments.models import LeaseState
from labeling.audit import actions as audit
from labeling.consensus.actions import requeue
from labeling.errors import BadInput, Conflict, NotFound
from labeling.guidelines import actions as guidelines
from labeling.guidelines import reads as guideline_reads
from labeling.projects.models import Project
from labeling.reports.likeness import Likeness
from labeling.reports.models import Flag, Notice, Thread, ThreadState

MOST_AT_ONCE = 200  # flags gathered in one turn
LONGEST_WORDS = 300
STANDING = (LeaseState.SKIPPED, LeaseState.RELEASED)  # of a skip that was not taken back


def gather(*, project: Project) -> int:
    """Put new flags into open threads of items that look alike, or into threads of their own; returns how many."""
    rows = Skip.objects.filter(lease__project=project, reason=SkipReason.UNCLEAR, flag=None, lease__state__in=STANDING)
    fresh = list(rows.select_related("lease__item").order_by("pk")[:MOST_AT_ONCE])
    if not fresh:
        return 0
    there = Flag.objects.filter(thread__project=project, thread__state=ThreadState.OPEN).select_related("item")
    likeness = Likeness(project, [*(row.lease.item for row in fresh), *(flag.item for flag in there)])
    return sum(_place(project, skip, likeness) for skip in fresh)


@transaction.atomic
def _place(project: Project, skip: Skip, likeness: Likeness) -> bool:
    """One flag into its thread; the project's lock keeps two gatherers from making two threads of one."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if Flag.objects.filter(skip=skip).exists():
        return False
    rows = Flag.objects.filter(thread__project=project, thread__state=ThreadState.OPEN).select_related("item")
    threads = {flag.item_id: flag.thread_id for flag in rows}
    item = skip.lease.item
    near = likeness.nearest(item, list({flag.item_id: flag.item for flag in rows}.values()))
    thread_id = threads[near.pk] if near is not None else Thread.objects.create(project=project).pk
    Flag.objects.create(skip=skip, thread_id=thread_id, item=item, user=skip.lease.user)
    return True


@transaction.atomic
def answer_by_rule(*, actor: User, project: Project, thread_id: int, words: str) -> Thread:
    """Write a rule into the draft of the next version; those who asked are told once it is published."""
    thread, words = _open(project, thread_id), _checked(words)
    text = guideline_reads.draft(project).text
    guidelines.change_examples(
        actor=actor, project=project, change=lambda ids: ids, text=f"{text}\n\n- {words}".strip()
    )
    return _answered(actor, thread, words=words)


@transaction.atomic
def answer_by_example(
    *, actor: User, project: Project, thread_id: int, item_id: int, label_id: int, fits: bool, words: str
) -> Thread:
    """Make an item of the thread an example in the draft of the next version."""
    thread, words = _open(project, thread_id), _checked(words)
    if not thread.flags.filter(item=item_id).exists():
        raise BadInput("no item of this question", field="item")
    example = guidelines.add_example(
        actor=actor, project=project, item_id=item_id, label_id=label_id, fits=fits, because=words
    )
    guidelines.change_examples(actor=actor, project=project, change=lambda ids: [*ids, example.pk])
    return _answered(actor, thread, words=words, example=example)


@transaction.atomic
def close(*, actor: User, project: Project, thread_id: int, words: str) -> Thread:
    """Answer without a change of the guideline; those who asked are told at once, and may answer the items again."""
    thread = _open(project, thread_id)
    _answered(actor, thread, words=_checked(words), state=ThreadState.CLOSED)
    _tell(project, thread)
    return thread


@transaction.atomic
def merge(*, actor: User, project: Project, thread_id: int, into_id: int) -> Thread:
    """Put one open question's flags to another open one, where an owner sees that both ask the same."""
    if thread_id == into_id:
        raise BadInput("choose another question", field="into")
    gone, kept = _open(project, thread_id), _open(project, into_id)
    moved = gone.flags.update(thread=kept)
    audit.record(actor=actor, verb="merge", row=kept, project_id=project.pk, merged=gone.pk, flags=moved)
    gone.delete()
    return kept


def tell(*, project: Project) -> int:
    """Tell those whose answered questions stand in the version that holds now; returns how many threads."""
    version = guideline_reads.current(project)
    told = 0
    for thread in Thread.objects.filter(project=project, state=ThreadState.ANSWERED):
        stands = thread.example_id in version.example_ids if thread.example_id else thread.words in version.text
        if stands:
            with transaction.atomic():
                told += Thread.objects.filter(pk=thread.pk, state=ThreadState.ANSWERED).update(
                    state=ThreadState.TOLD, version=version
                )
                _tell(project, thread)
    return told


def _tell(project: Project, thread: Thread) -> None:
    """A notice for each who asked, once; their items are asked again, also of themselves."""
    flags = list(thread.flags.all())
    Notice.objects.bulk_create(
        [Notice(thread=thread, user_id=user_id) for user_id in sorted({flag.user_id for flag in flags})],
        ignore_conflicts=True,
    )
    with suppress(BadInput):  # every one of them was set aside or erased since
        requeue(actor=None, project=project, item_ids=sorted({flag.item_id for flag in flags}))


@transaction.atomic
def see(*, actor: User, project: Project, ids: Collection[int]) -> int:
    """Note that this person has seen notices of theirs; returns how many were new."""
    mine = Notice.objects.filter(pk__in=ids, user=actor, thread__project=project, seen_at=None)
    return mine.update(seen_at=timezone.now())


def _open(project: Project, thread_id: int) -> Thread:
    """The thread, locked, if nobody has answered it; its project before it, as where flags are gathered."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    thread = Thread.objects.select_for_update(no_key=True).filter(project=project, pk=thread_id).first()
    if thread is None:
        raise NotFound("no such question", field="thread")
    if thread.state != ThreadState.OPEN:
        raise Conflict("this question has been answered", field="thread")
    return thread


def _answered(actor: User, thread: Thread, *, state: str = ThreadState.ANSWERED, **values: object) -> Thread:
    for field, value in values.items():
        setattr(thread, field, value)
    thread.state, thread.answered_by, thread.answered_at = state, actor, timezone.now()
    thread.save()
    audit.record(actor=actor, verb="answer", row=thread, project_id=thread.project_id, words=thread.words, state=state)
    return thread


def _checked(words: str) -> str:
    words = " ".join(words.split())
    if not words:
        raise BadInput("those who asked need an answer", field="words")
    if len(words) > LONGEST_WORDS:
        raise BadInput(f"at most {LONGEST_WORDS} characters", field="words")
    return words
