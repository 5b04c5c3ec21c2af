"""Who answers now, who waits, and what one caller may know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from labeling.errors import NotFound
from labeling.oz.models import (
    OPEN,
    Experiment,
    ExperimentState,
    Feedback,
    Input,
    Inquiry,
    InquiryState,
    Judgement,
    Seat,
    Service,
    Shift,
)
from labeling.projects.models import Project, Role
from labeling.projects.reads import role_in

SILENT_SECONDS = 8.0  # two missed signs of life of a console, and some


def service_of(project: Project) -> Service:
    """The project's service, or what holds where nothing was set."""
    return Service.objects.filter(project=project).first() or Service(project=project)


def running(project: Project) -> Experiment | None:
    """The experiment that runs now."""
    return Experiment.objects.filter(project=project, state=ExperimentState.RUNNING).first()


def experiments(project: Project) -> QuerySet[Experiment]:
    """Every experiment, newest first."""
    return Experiment.objects.filter(project=project).select_related("author", "winner").order_by("-number")


def experiment_for(project: Project, number: int) -> Experiment:
    """One of the project's experiments."""
    row = experiments(project).filter(number=number).first()
    if row is None:
        raise NotFound("no such experiment", field="experiment")
    return row


def on_duty(experiment: Experiment) -> QuerySet[Shift]:
    """The consoles that are open and gave a sign of life lately."""
    lately = timezone.now() - timedelta(seconds=SILENT_SECONDS)
    return Shift.objects.filter(experiment=experiment, ended_at=None, seen_at__gte=lately)


def anybody_on_duty(experiment: Experiment) -> bool:
    """Whether a wizard is there."""
    return on_duty(experiment).exists()


def inquiry_for(user: User | AnonymousUser, project: Project, inquiry_id: UUID) -> Inquiry:
    """An inquiry of one's own; owners see everybody's."""
    rows = Inquiry.objects.select_related("reply__model_version")
    found = rows.filter(pk=inquiry_id, project=project).first()
    if found is None or (found.caller_id != user.pk and role_in(user, project) != Role.OWNER):
        raise NotFound("no such inquiry", field="inquiry")
    return found


def input_for(user: User | AnonymousUser, project: Project, input_id: int) -> Input:
    """An input, for owners, for those with a part in its experiment, and for whoever brought it."""
    row = Input.objects.select_related("blob", "experiment").filter(pk=input_id, project=project).first()
    if row is not None and row.blob.erased_at is None:
        seated = row.experiment is not None and part_of(user, row.experiment)
        if seated or row.brought_by_id == user.pk or role_in(user, project) == Role.OWNER:
            return row
    raise NotFound("no such input", field="input")


def part_of(user: User | AnonymousUser, experiment: Experiment) -> str:
    """What somebody is in an experiment; empty for others."""
    seats = Seat.objects.filter(experiment=experiment, user_id=user.pk or 0)
    return seats.values_list("part", flat=True).first() or ""


def takes_part(user: User | AnonymousUser, project: Project) -> bool:
    """Whether somebody has a part in any of the project's experiments."""
    return Seat.objects.filter(experiment__project=project, user_id=user.pk or 0).exists()


def shift_for(user: User | AnonymousUser, project: Project, number: int, shift_id: int) -> Shift:
    """One's own console at one of the project's experiments, open or not."""
    mine = Shift.objects.filter(pk=shift_id, user_id=user.pk or 0)
    row = mine.filter(experiment__project=project, experiment__number=number).first()
    if row is None:
        raise NotFound("no such shift", field="shift")
    return row


@dataclass(frozen=True)
class Progress:
    """How far an experiment is: questions by whom, and what became of callers' requests."""

    asked: int
    answered: int
    waiting: int
    calls: int
    calls_answered: int
    calls_lost: int  # timed out, or ended with their experiment


def progress(experiment: Experiment) -> Progress:
    """Counted, not kept."""
    by_panel = experiment.inquiries.annotate(panel=ExpressionWrapper(Q(caller=None), BooleanField()))
    rows = by_panel.values_list("state", "panel").annotate(n=Count("pk"))
    table = {(state, panel): n for state, panel, n in rows}

    def among(states: Iterable[str], panel: bool) -> int:
        return sum(table.get((state, panel), 0) for state in states)

    calls, panel = (among(InquiryState.values, False), among(InquiryState.values, True))
    return Progress(
        asked=panel, answered=among([InquiryState.ANSWERED], True), waiting=among(OPEN, True) + among(OPEN, False),
        calls=calls, calls_answered=among([InquiryState.ANSWERED], False),
        calls_lost=among([InquiryState.TIMED_OUT, InquiryState.ENDED], False),
    )  # fmt: skip


def comments(experiment: Experiment) -> list[tuple[str, str]]:
    """What end users said in words, newest first: what it was about, and the words."""
    judged = Judgement.objects.filter(showing__experiment=experiment).exclude(comment="").select_related("choice")
    told = Feedback.objects.filter(inquiry__experiment=experiment).exclude(comment="").select_related(
        "inquiry__variant"
    )
    rows = [(row.at, row.choice.letter if row.choice else "", row.comment) for row in judged.order_by("-at")[:50]]
    rows += [
        (row.at, row.inquiry.variant.letter if row.inquiry.variant else "", row.comment)
        for row in told.order_by("-at")[:50]
    ]
    return [(letter, words) for _, letter, words in sorted(rows, reverse=True)]
