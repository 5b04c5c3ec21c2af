"""The panel's sample and answers, and what people say of themselves."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from labeling.annotations.models import Annotation
from labeling.audit import actions as audit
from labeling.errors import BadInput, NotFound
from labeling.items.models import Item, ItemState
from labeling.projects.models import Label, Member, Project, Role
from labeling.reports.models import Attribute, Declaration, PanelAnswer, PanelItem

MOST_ITEMS = 500
MOST_CHOICES = 20


@transaction.atomic
def draw_sample(*, actor: User, project: Project, count: int) -> int:
    """Put items that annotators answered before the panel, until there are `count`; chance decides which."""
    if not 1 <= count <= MOST_ITEMS:
        raise BadInput(f"1 to {MOST_ITEMS} items", field="count")
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    known = PanelItem.objects.filter(project=project)
    crowd = project.members.filter(role=Role.ANNOTATOR).values("user")
    told = Annotation.objects.standing().filter(project=project, user__in=crowd).values("item")
    rows = Item.objects.filter(project=project, state=ItemState.READY, pk__in=told).exclude(pk__in=known.values("item"))
    missing = max(0, count - known.count())
    made = PanelItem.objects.bulk_create(PanelItem(project=project, item=item) for item in rows.order_by("?")[:missing])
    audit.record(actor=actor, verb="draw", row=project, project_id=project.pk, items=len(made))
    return len(made)


@transaction.atomic
def answer_as_panel(*, actor: User, project: Project, panel_item_id: int, label_id: int) -> PanelAnswer:
    """What one of the panel says of an item; the first answer stays."""
    row = PanelItem.objects.filter(project=project, pk=panel_item_id).first()
    label = Label.objects.filter(project=project, pk=label_id, retired_at=None).first()
    if row is None:
        raise NotFound("no such item before the panel", field="panel_item")
    if label is None:
        raise BadInput("not a class of this project", field="label")
    answer, _made = PanelAnswer.objects.get_or_create(panel_item=row, user=actor, defaults={"label": label})
    return answer


@transaction.atomic
def set_attribute(*, actor: User, project: Project, name: str, choices: Sequence[str]) -> Attribute:
    """Ask people to say one more thing of themselves, or change its choices; what no longer fits is forgotten."""
    name = " ".join(name.split())
    told = list(dict.fromkeys(" ".join(choice.split()) for choice in choices if choice.strip()))
    if not 1 <= len(name) <= 80:
        raise BadInput("1 to 80 characters", field="name")
    if not 2 <= len(told) <= MOST_CHOICES or max(map(len, told)) > 80:
        raise BadInput(f"2 to {MOST_CHOICES} choices of at most 80 characters", field="choices")
    row, _made = Attribute.objects.update_or_create(project=project, name=name, defaults={"choices": told})
    row.declarations.exclude(value__in=told).delete()
    audit.record(actor=actor, verb="ask", row=row, project_id=project.pk, name=name, choices=told)
    return row


@transaction.atomic
def remove_attribute(*, actor: User, project: Project, attribute_id: int) -> None:
    """Ask it no more, and forget what was said."""
    row = Attribute.objects.filter(project=project, pk=attribute_id).first()
    if row is not None:
        audit.record(actor=actor, verb="forget", row=row, project_id=project.pk, name=row.name)
        row.delete()


@transaction.atomic
def declare(*, actor: User, project: Project, attribute_id: int, value: str) -> Declaration:
    """Say something of oneself; the record keeps that it was said, not what."""
    attribute, member = _mine(actor, project, attribute_id)
    if value not in attribute.choices:
        raise BadInput("one of the choices", field="value")
    row, _made = Declaration.objects.update_or_create(attribute=attribute, member=member, defaults={"value": value})
    return row


@transaction.atomic
def take_back(*, actor: User, project: Project, attribute_id: int) -> None:
    """Say it no more."""
    attribute, member = _mine(actor, project, attribute_id)
    Declaration.objects.filter(attribute=attribute, member=member).delete()


def _mine(actor: User, project: Project, attribute_id: int) -> tuple[Attribute, Member]:
    attribute = Attribute.objects.filter(project=project, pk=attribute_id).first()
    member = Member.objects.filter(project=project, user=actor, removed_at=None).first()
    if attribute is None or member is None:
        raise NotFound("nothing of the kind is asked here", field="attribute")
    return attribute, member
