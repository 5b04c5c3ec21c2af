"""Which items the owner means when handing items out again."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Exists, OuterRef

from labeling.annotations.models import Annotation
from labeling.assignments.models import Lease, LeaseState
from labeling.consensus.models import Consensus, Verdict
from labeling.errors import BadInput
from labeling.projects.models import Project


class Which(models.TextChoices):
    SKIPPED = "skipped", "Passed over by somebody and not verified"
    VERIFIED = "verified", "Verified"
    DISPUTED = "disputed", "Disputed"


def chosen_items(
    project: Project, *, items: Sequence[int] | None = None, which: str | None = None, person: int | None = None
) -> list[int]:
    """The items named, those of one kind, or those that one person answered: exactly one of the three is given."""
    if [items, which, person].count(None) != 2:
        raise BadInput("give items, which or person, and only one of them", field="items")
    if items is not None:
        return list(items)
    if person is not None:
        found = Annotation.objects.standing().filter(project=project, user_id=person)
        return sorted(set(found.values_list("item_id", flat=True)))
    return _of_kind(project, str(which))


def _of_kind(project: Project, which: str) -> list[int]:
    if which not in Which.values:
        raise BadInput(f"one of {', '.join(Which.values)}", field="which")
    if which != Which.SKIPPED:
        return list(Consensus.objects.filter(project=project, verdict=which).values_list("pk", flat=True))
    passed = Lease.objects.filter(project=project, state=LeaseState.SKIPPED)
    verified = Consensus.objects.filter(pk=OuterRef("item_id"), verdict=Verdict.VERIFIED)
    return sorted(set(passed.filter(~Exists(verified)).values_list("item_id", flat=True)))
