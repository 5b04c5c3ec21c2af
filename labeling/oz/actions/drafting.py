"""An experiment before it runs: its goal, variants, people and inputs."""

from collections.abc import Sequence
from string import ascii_uppercase

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict
from labeling.items.actions import keep_file
from labeling.items.models import Blob, Item, ItemState
from labeling.oz.models import (
    Experiment,
    ExperimentState,
    Input,
    Judging,
    Origin,
    Part,
    Presentation,
    Seat,
    Variant,
)
from labeling.oz.variants import as_json
from labeling.projects.models import Member, Project

LONGEST_QUESTION = 300
LONGEST_TEXT = 100_000
LONGEST_GOAL = 5_000
MOST_INPUTS = 2_000  # each is asked of every variant, as often as the overlap says
MOST_OVERLAP = 20


@transaction.atomic
def draft(
    *, actor: User, project: Project, name: str, goal: str, presentation: str = Presentation.GALLERY,
    judging: str = Judging.PAIR, overlap: int = 2,
) -> Experiment:
    """A new experiment without variants, people or inputs yet. Takes the project's lock for its number."""
    name, goal = " ".join(name.split()), goal.strip()
    _check_draft(name, goal, presentation, judging, overlap)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    last = Experiment.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
    row = Experiment.objects.create(
        project=project, number=last + 1, name=name, goal=goal, presentation=presentation, judging=judging,
        overlap=overlap, author=actor,
    )  # fmt: skip
    audit.record(actor=actor, verb="draft", row=row, project_id=project.pk, name=name)
    return row


def _check_draft(name: str, goal: str, presentation: str, judging: str, overlap: int) -> None:
    if not name or len(name) > 120:
        raise BadInput("a name of at most 120 characters", field="name")
    if not goal or len(goal) > LONGEST_GOAL:
        raise BadInput("say what end users shall get", field="goal")
    if presentation not in Presentation.values:
        raise BadInput("no such presentation", field="presentation")
    if judging not in Judging.values:
        raise BadInput("pair or rating", field="judging")
    if not 1 <= overlap <= MOST_OVERLAP:
        raise BadInput(f"from 1 to {MOST_OVERLAP}", field="overlap")


def locked(experiment: Experiment, *states: str) -> Experiment:
    """The experiment's row, locked, in one of these states; Conflict in another."""
    rows = Experiment.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    row = rows.get(pk=experiment.pk)
    if states and row.state not in states:
        raise Conflict(f"This experiment is {row.get_state_display().lower()}.", field="experiment")
    return row


@transaction.atomic
def write_variant(
    *, actor: User, experiment: Experiment, question: str, classes: Sequence[str], shown: Sequence[str] = (),
    text: str = "", letter: str = "", with_none: bool = False, with_unsure: bool = True,
) -> Variant:
    """Add a variant, or write the one with this letter anew; only while the experiment is a draft."""
    row = locked(experiment, ExperimentState.DRAFT)
    question, text = " ".join(question.split()), text.replace("\r\n", "\n").strip()
    if not question or len(question) > LONGEST_QUESTION:
        raise BadInput(f"a question of at most {LONGEST_QUESTION} characters", field="question")
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"at most {LONGEST_TEXT:,} characters", field="text")
    tidy = [" ".join(name.split()) for name in classes]
    stray = sorted({" ".join(name.split()) for name in shown} - set(tidy))
    if stray:
        raise BadInput(f"“{stray[0]}” is no class of this variant", field="shown")
    known = {each.letter: each for each in row.variants.all()}
    variant = known.get(letter) or Variant(experiment=row, letter=_next_letter(known))
    variant.question, variant.text = question, text
    variant.classes = as_json(
        tidy, {" ".join(name.split()) for name in shown}, with_none=with_none, with_unsure=with_unsure
    )
    variant.save()
    audit.record(actor=actor, verb="write", row=variant, project_id=row.project_id, letter=variant.letter)
    return variant


def _next_letter(known: dict[str, Variant]) -> str:
    free = [letter for letter in ascii_uppercase if letter not in known]
    if not free:
        raise BadInput("no letter is left for another variant", field="letter")
    return free[0]


@transaction.atomic
def drop_variant(*, actor: User, experiment: Experiment, letter: str) -> None:
    """Take a variant out of a draft; one that is not there is no matter."""
    row = locked(experiment, ExperimentState.DRAFT)
    for variant in row.variants.filter(letter=letter):
        audit.record(actor=actor, verb="drop", row=variant, project_id=row.project_id, letter=letter)
        variant.delete()


@transaction.atomic
def seat(*, actor: User, experiment: Experiment, user: User, part: str) -> Seat:
    """Give a member of the project a part, also while the experiment runs; whoever took part keeps it."""
    row = locked(experiment, ExperimentState.DRAFT, ExperimentState.RUNNING)
    if part not in Part.values:
        raise BadInput("wizard or rater", field="part")
    if not Member.objects.filter(project=row.project, user=user, removed_at=None).exists():
        raise BadInput(f"{user} is not a member of this project", field="user")
    before = Seat.objects.filter(experiment=row, user=user).first()
    if before is not None and before.part != part:
        raise Conflict(f"{user} is a {before.get_part_display().lower()} here already.", field="user")
    made, fresh = Seat.objects.get_or_create(experiment=row, user=user, defaults={"part": part})
    if fresh:
        audit.record(actor=actor, verb="seat", row=made, project_id=row.project_id, user=user.pk, part=part)
    return made


@transaction.atomic
def unseat(*, actor: User, experiment: Experiment, user: User) -> None:
    """Take a part back from somebody; what they answered stays."""
    row = locked(experiment, ExperimentState.DRAFT, ExperimentState.RUNNING)
    for place in Seat.objects.filter(experiment=row, user=user):
        audit.record(actor=actor, verb="unseat", row=place, project_id=row.project_id, user=user.pk)
        place.delete()


def bring_file(
    *, actor: User | None, project: Project, experiment: Experiment | None, name: str, data: bytes,
    origin: str = Origin.UPLOADED,
) -> Input:
    """Keep a file as an input, once; BadInput where it is not of the project's medium. Decodes outside transactions."""
    blob = keep_file(name=name, data=data, medium=project.medium)
    return _keep(actor, project, experiment, blob, name, origin, None)


def _keep(
    actor: User | None, project: Project, experiment: Experiment | None, blob: Blob, name: str, origin: str,
    item: Item | None,
) -> Input:
    fields = {"name": name[-300:] or "input", "origin": origin, "brought_by": actor, "item": item}
    row, _ = Input.objects.get_or_create(project=project, experiment=experiment, blob=blob, defaults=fields)
    return row


@transaction.atomic
def add_sample(*, actor: User, experiment: Experiment, count: int) -> list[Input]:
    """Draw ready items of the project at random that are no inputs yet."""
    row = locked(experiment, ExperimentState.DRAFT, ExperimentState.RUNNING)
    left = MOST_INPUTS - row.inputs.count()
    if not 1 <= count <= left:
        raise BadInput(f"from 1 to {left}", field="count")
    items = Item.objects.filter(project=row.project, state=ItemState.READY).select_related("blob")
    drawn = items.exclude(blob__in=row.inputs.values("blob")).order_by("?")[:count]
    inputs = [_keep(actor, row.project, row, item.blob, item.name, Origin.SAMPLED, item) for item in drawn]
    audit.record(actor=actor, verb="sample", row=row, project_id=row.project_id, inputs=len(inputs))
    return inputs

