"""What follows from a new guideline: items whose answers are out of date are weighed without them and asked again."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import QuerySet

from labeling.annotations.models import Annotation
from labeling.annotations.staleness import Labels, given_under
from labeling.assignments.actions import outdate, reinstate
from labeling.assignments.models import LeaseState
from labeling.consensus.actions.weigh import weigh
from labeling.consensus.evidence import yardstick
from labeling.consensus.models import Renewal
from labeling.guidelines.outdated import outdated, outdated_by
from labeling.guidelines.reads import current
from labeling.projects.models import Project

CHUNK = 200  # leases a transaction: an answer to one of their items waits no longer than that


def renew(*, project: Project) -> int:
    """Carry out what the version that holds put out of date, and what it brought back; returns how many items.

    Each lease's state is the marker of what is done: killed half-way, or at work twice, it goes on where it stands.
    """
    newest = current(project)
    if Renewal.objects.filter(project=project, version=newest).exists():
        return 0
    stale = given_under(outdated(project))
    rows = Annotation.objects.standing().filter(project=project)
    done = _in_chunks(project, rows.filter(stale, lease__state=LeaseState.ANSWERED), into=LeaseState.OUTDATED)
    done += _in_chunks(project, rows.exclude(stale).filter(lease__state=LeaseState.OUTDATED), into=LeaseState.ANSWERED)
    Renewal.objects.update_or_create(project=project, defaults={"version": newest})
    return done


def _in_chunks(project: Project, rows: QuerySet[Annotation], into: LeaseState) -> int:
    stick, last, done = yardstick(project), 0, 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", "lease_id", "item_id")[:CHUNK]):
        last = chunk[-1][0]
        lease_ids, item_ids = [row[1] for row in chunk], {row[2] for row in chunk}
        with transaction.atomic():
            outdate(lease_ids=lease_ids) if into == LeaseState.OUTDATED else reinstate(lease_ids=lease_ids)
            weigh(project=project, item_ids=sorted(item_ids), stick=stick)
        done += len(item_ids)
    return done


def free_late(*, answers: Sequence[Annotation], guideline_id: int | None) -> None:
    """Let people be asked again about what they had at hand when a new version put their answer out of date.

    Inside the transaction that stores the answers; the guideline is the one that holds there.
    """
    versions = outdated_by(guideline_id)
    late = [row for row in answers if row.guideline_version_id in versions and _stale(row, versions)]
    if late:
        outdate(lease_ids=[row.lease_id for row in late])


def _stale(row: Annotation, versions: Mapping[int, Labels]) -> bool:
    labels = versions[row.guideline_version_id]
    return labels is None or row.label_id in labels or row.rejected_id in labels
