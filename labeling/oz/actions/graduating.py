"""The winning variant becomes the project's guideline, and what its wizards said the project's first answers."""

from collections.abc import Sequence
from uuid import NAMESPACE_OID, uuid5

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.annotations.actions import Brought, bring_in
from labeling.assignments.actions import Outside, admit_ready
from labeling.audit import actions as audit
from labeling.consensus.actions import weigh
from labeling.errors import BadInput, Conflict, NotFound
from labeling.guidelines import actions as guidelines
from labeling.guidelines.models import Affects, GuidelineVersion
from labeling.guidelines.reads import current
from labeling.items.actions import adopt
from labeling.items.models import Item
from labeling.oz.actions.drafting import locked
from labeling.oz.actions.running import end
from labeling.oz.models import Experiment, ExperimentState, Precedent, Variant
from labeling.oz.outcomes import Outcome, outcomes
from labeling.oz.variants import classes_of
from labeling.projects.actions import change_labels
from labeling.projects.classes import ClassDraft
from labeling.projects.models import Label, LabelRole, Project
from labeling.projects.reads import active_labels
from labeling.work.actions import add_gold

MOST_EXAMPLES = 3  # a class: people read no more
MOST_GOLD = 20  # a class
LONGEST_WHY = 5_000


@transaction.atomic
def graduate(*, actor: User, experiment: Experiment, letter: str, why: str) -> Experiment:
    """All of it or nothing: question, classes and text are the next version of the guideline, inputs are items,
    answers count as anybody's, the clearest are gold or examples, and disputed ones wait for the owner.

    Locks the experiment, then the project. A running experiment ends by it.
    """
    row = locked(experiment, ExperimentState.RUNNING, ExperimentState.ENDED)
    variant, why = row.variants.filter(letter=letter).first(), why.strip()
    if variant is None:
        raise NotFound("no such variant", field="letter")
    if not why or len(why) > LONGEST_WHY:
        raise BadInput("say why this one won: others will ask", field="why")
    told = [outcome for outcome in outcomes(variant) if outcome.input.blob.erased_at is None]
    if not told:
        raise Conflict("Nobody has answered under this variant yet.", field="letter")
    if row.state == ExperimentState.RUNNING:
        row = end(actor=actor, experiment=row)
    project = Project.objects.select_for_update(no_key=True).get(pk=row.project_id)
    items = _adopt(actor, project, row)
    labels = _classes(actor, project, variant)
    gold, examples = _clearest(told, labels)
    version = _publish(actor, project, row, variant, [
        guidelines.add_example(
            actor=actor, project=project, item_id=items[outcome.input.blob_id].pk, label_id=labels[outcome.answer].pk,
            fits=True,
        ).pk
        for outcome in examples
    ])  # fmt: skip
    admit_ready(project=project)
    _answers(project, version, told, items, labels)
    _precedents(row, told, items, labels)
    weigh(project=project, item_ids=[items[outcome.input.blob_id].pk for outcome in told])
    for outcome in gold:
        place = items[outcome.input.blob_id].pk
        add_gold(actor=actor, project=project, item_id=place, label_id=labels[outcome.answer].pk)
    row.state, row.winner, row.why, row.guideline_number = ExperimentState.GRADUATED, variant, why, version.number
    row.save(update_fields=["state", "winner", "why", "guideline_number"])
    audit.record(
        actor=actor, verb="graduate", row=row, project_id=project.pk, variant=variant.letter, version=version.number,
        items=len(items), gold=len(gold), examples=len(examples),
    )  # fmt: skip
    return row


def _adopt(actor: User, project: Project, experiment: Experiment) -> dict[str, Item]:
    """Every input as an item, by its file."""
    inputs = experiment.inputs.filter(blob__erased_at=None).select_related("blob", "brought_by")
    made = adopt(actor=actor, project=project, files=[(row.blob, row.name, row.brought_by) for row in inputs])
    return {item.blob_id: item for item in made}


def _classes(actor: User, project: Project, variant: Variant) -> dict[str, Label]:
    """The variant's classes as the project's, by name; one that is there already keeps its answers."""
    known = {label.name: label.pk for label in active_labels(project) if label.role == LabelRole.CLASS}
    wanted = classes_of(variant)
    drafts = [ClassDraft(row.name, row.key, known.get(row.name)) for row in wanted if row.role == LabelRole.CLASS]
    roles = {row.role for row in wanted}
    change_labels(
        actor=actor, project=project, classes=drafts, with_none=LabelRole.NONE in roles,
        with_unsure=LabelRole.UNSURE in roles, retire_in_use=True,
    )  # fmt: skip
    labels = {label.name: label for label in active_labels(project)}
    special = {label.role: label for label in labels.values() if label.role != LabelRole.CLASS}
    return {row.name: special.get(row.role, labels.get(row.name)) or labels[row.name] for row in wanted}


def _clearest(told: Sequence[Outcome], labels: dict[str, Label]) -> tuple[list[Outcome], list[Outcome]]:
    """Which inputs become gold and which examples, class by class: those on which most wizards agreed, soonest.

    None is both: who has read an example would know the gold.
    """
    gold: list[Outcome] = []
    examples: list[Outcome] = []
    for name, label in labels.items():
        clear = [outcome for outcome in told if outcome.unanimous and outcome.answer == name]
        if label.role == LabelRole.UNSURE:
            continue
        clear.sort(key=lambda outcome: (-len(outcome.said), max(one.milliseconds for one in outcome.said)))
        gold += clear[0::2][:MOST_GOLD]
        examples += clear[1::2][:MOST_EXAMPLES]
    return gold, examples


def _publish(
    actor: User, project: Project, experiment: Experiment, variant: Variant, example_ids: list[int]
) -> GuidelineVersion:
    before = current(project)
    names = {each["name"] for each in before.classes}
    same = before.question == variant.question and names == {each.name for each in classes_of(variant)}
    return guidelines.edit(
        actor=actor, project=project, base_number=before.number, question=variant.question, text=variant.text,
        example_ids=example_ids, what=guidelines.What(Affects.NOTHING if same else Affects.ALL),
        change=f"From experiment {experiment.number}, variant {variant.letter}: {experiment.name}",
    )  # fmt: skip


def _answers(
    project: Project, version: GuidelineVersion, told: Sequence[Outcome], items: dict[str, Item],
    labels: dict[str, Label],
) -> None:
    rows = [
        Brought(
            Outside(one.user_id, items[outcome.input.blob_id].pk, one.milliseconds, one.inquiry.reply.at),
            labels[one.said].pk, uuid5(NAMESPACE_OID, f"reply {one.inquiry.reply.pk}"),
        )
        for outcome in told
        for one in outcome.said
    ]  # fmt: skip
    bring_in(project=project, version=version, answers=rows)


def _precedents(
    experiment: Experiment, told: Sequence[Outcome], items: dict[str, Item], labels: dict[str, Label]
) -> None:
    Precedent.objects.bulk_create(
        Precedent(
            experiment=experiment, input=outcome.input, item=items[outcome.input.blob_id], clear=not outcome.split,
            votes=outcome.votes, label=None if outcome.split else labels[outcome.answer],
        )
        for outcome in told
    )  # fmt: skip


@transaction.atomic
def decide(
    *, actor: User, experiment: Experiment, precedent_id: int, label_id: int, fits: bool = True, because: str = ""
) -> Precedent:
    """Settle a disputed input: the owner's answer stands for its item, and it is an example of the guideline.

    With `fits` false it shows what does not belong to the class, and why; the item itself stays for review then.
    """
    row = locked(experiment, ExperimentState.GRADUATED)
    rows = Precedent.objects.select_for_update(of=("self",), no_key=True)
    precedent = rows.filter(pk=precedent_id, experiment=row).first()
    if precedent is None or precedent.clear:
        raise NotFound("no such disputed input", field="precedent")
    if precedent.decided_at is not None:
        raise Conflict("This was decided before.", field="precedent")
    project = Project.objects.select_for_update(no_key=True).get(pk=row.project_id)
    example = guidelines.add_example(
        actor=actor, project=project, item_id=precedent.item_id, label_id=label_id, fits=fits, because=because
    )
    newest = current(project)
    version = guidelines.edit(
        actor=actor, project=project, base_number=newest.number, example_ids=[*newest.example_ids, example.pk],
        change=f"An example decided from experiment {row.number}",
    )  # fmt: skip
    if fits:
        _settle(actor, project, version, precedent, label_id)
    precedent.label_id, precedent.because = label_id, example.because
    precedent.decided_by, precedent.decided_at = actor, timezone.now()
    precedent.save(update_fields=["label", "because", "decided_by", "decided_at"])
    audit.record(actor=actor, verb="decide", row=precedent, project_id=project.pk, label=label_id, fits=fits)
    return precedent


def _settle(actor: User, project: Project, version: GuidelineVersion, precedent: Precedent, label_id: int) -> None:
    """The owner's answer as an expert's decision."""
    told = Outside(actor.pk, precedent.item_id, 0, timezone.now(), settles=True)
    key = uuid5(NAMESPACE_OID, f"precedent {precedent.pk}")
    bring_in(project=project, version=version, answers=[Brought(told, label_id, key)])
    weigh(project=project, item_ids=[precedent.item_id])
