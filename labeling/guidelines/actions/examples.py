"""Examples: an item of the project, or a file brought for it, that shows what belongs to a class and what does not."""

from django.contrib.auth.models import User
from django.db import transaction

from labeling.audit import actions as audit
from labeling.errors import BadInput
from labeling.guidelines.models import Example
from labeling.items import actions as items
from labeling.items.models import Item, ItemState, Outcome
from labeling.projects.models import Label, LabelRole, Project

LONGEST_REASON = 300
LARGEST_FILE = 20 * 2**20  # bytes: every annotator's browser fetches it
SHOWN_ONLY = "An example of the guideline: shown, never asked."


@transaction.atomic
def add_example(
    *, actor: User | None, project: Project, item_id: int, label_id: int, fits: bool, because: str = ""
) -> Example:
    """An example that no version shows yet (see edit and change_examples); the same one given twice is one row."""
    because = " ".join(because.split())
    _check(project, label_id, fits, because)
    item = Item.objects.filter(project=project, pk=item_id).exclude(state=ItemState.ERASED).first()
    if item is None or item.state == ItemState.FAULTY:
        raise BadInput("no item of this project that can be shown", field="item")
    values = {"item": item, "label_id": label_id, "fits": fits, "because": because}
    known = Example.objects.filter(project=project, **values).first()
    if known is not None:
        return known
    example = Example.objects.create(project=project, author=actor, **values)
    audit.record(actor=actor, verb="add", row=example, project_id=project.pk, item=item_id, label=label_id, fits=fits)
    return example


def upload_example(
    *, actor: User | None, project: Project, name: str, data: bytes, label_id: int, fits: bool, because: str = ""
) -> Example:
    """An example of a file of its own, which becomes an item that nobody is asked about, and can be erased like any."""
    _check(project, label_id, fits, " ".join(because.split()))
    if len(data) > LARGEST_FILE:
        raise BadInput(f"at most {LARGEST_FILE // 2**20} MiB", field="file")
    with transaction.atomic():
        outcome = items.add_file(actor=actor, project=project, name=name, data=data)
        if outcome.item is None:
            raise BadInput(outcome.reason, field="file")
        if outcome.outcome == Outcome.ADDED:
            items.exclude(actor=actor, items=[outcome.item], reason=SHOWN_ONLY)
        return add_example(
            actor=actor, project=project, item_id=outcome.item.pk, label_id=label_id, fits=fits, because=because
        )


def _check(project: Project, label_id: int, fits: bool, because: str) -> None:
    label = Label.objects.filter(project=project, pk=label_id, retired_at=None).first()
    if label is None or label.role == LabelRole.UNSURE:
        raise BadInput("not a class of this project", field="label")
    if not fits and not because:
        raise BadInput("say why it does not belong", field="because")
    if len(because) > LONGEST_REASON:
        raise BadInput(f"at most {LONGEST_REASON} characters", field="because")
