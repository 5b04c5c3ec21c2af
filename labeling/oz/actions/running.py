"""An experiment begins, asks, ends; and who answers a project's callers."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict
from labeling.live.held import ring
from labeling.oz import topics
from labeling.oz.actions.drafting import locked
from labeling.oz.models import OPEN, Experiment, ExperimentState, Inquiry, InquiryState, Part, Service, Shift, Source
from labeling.oz.reads import service_of
from labeling.projects.models import Project

LEAST_VARIANTS = 2
SETTINGS = frozenset({"source", "threshold", "patience", "lasting", "open_limit"})

# As many questions of each input and variant as the overlap lacks, counting those that wizards answered or that wait.
# Counted by grouping: a join of what is wanted with what is known is planned as a loop over both, which grows squared.
TOP_UP = """
INSERT INTO labeling_inquiry (id, project_id, experiment_id, variant_id, input_id, source, state, created_at)
SELECT gen_random_uuid(), e.project_id, e.id, k.variant_id, k.input_id, 'wizard', 'waiting', now()
FROM labeling_experiment e CROSS JOIN LATERAL (
    SELECT variant_id, input_id, sum(known) AS known FROM (
        SELECT v.id AS variant_id, i.id AS input_id, 0 AS known
        FROM labeling_variant v JOIN labeling_input i ON i.experiment_id = v.experiment_id
        WHERE v.experiment_id = e.id
        UNION ALL
        SELECT q.variant_id, q.input_id, 1 FROM labeling_inquiry q
        WHERE q.experiment_id = e.id AND (q.caller_id IS NULL AND q.state IN ('waiting', 'leased')
          OR EXISTS (SELECT FROM labeling_reply r WHERE r.inquiry_id = q.id AND r.wizard_id IS NOT NULL))
    ) AS each GROUP BY variant_id, input_id HAVING sum(known) < e.overlap
) AS k CROSS JOIN LATERAL generate_series(1, e.overlap - k.known)
WHERE e.id = %(experiment)s AND e.state = 'running'
ORDER BY k.variant_id, k.input_id LIMIT %(limit)s
"""
MOST_WAITING = 20_000


@transaction.atomic
def start(*, actor: User, experiment: Experiment) -> Experiment:
    """Open an experiment: wizards may come on duty, callers are answered, every input is asked of every variant."""
    row = locked(experiment, ExperimentState.DRAFT)
    least = 1 if service_of(row.project).source == Source.HYBRID else LEAST_VARIANTS
    if row.variants.count() < least:
        raise BadInput("Nothing can be compared with fewer than two variants.", field="variants")
    if row.seats.filter(part=Part.WIZARD).count() < 1:
        raise BadInput("Name somebody who answers.", field="wizards")
    if Experiment.objects.filter(project=row.project, state=ExperimentState.RUNNING).exists():
        raise Conflict("Another experiment of this project runs: end that first.", field="experiment")
    row.state, row.started_at = ExperimentState.RUNNING, timezone.now()
    row.save(update_fields=["state", "started_at"])
    audit.record(actor=actor, verb="start", row=row, project_id=row.project_id)
    top_up(experiment=row)
    return row


@transaction.atomic
def top_up(*, experiment: Experiment, limit: int = MOST_WAITING) -> int:
    """Ask what the overlap still lacks of inputs that are there by now; returns how many questions that were.

    Two at once would ask twice, so the row is locked; callers, who only need it to be there, do not wait for that.
    """
    row = Experiment.objects.select_for_update(of=("self",), no_key=True).get(pk=experiment.pk)
    with connection.cursor() as cursor:
        cursor.execute(TOP_UP, {"experiment": row.pk, "limit": limit})
        made = int(cursor.rowcount)
    if made:
        ring(topics.consoles(row.pk))
    return made


@transaction.atomic
def end(*, actor: User | None, experiment: Experiment) -> Experiment:
    """Close an experiment: whoever still waits is told so at once, wizards go off duty. Twice changes nothing."""
    row = locked(experiment)
    if row.state in (ExperimentState.ENDED, ExperimentState.GRADUATED):
        return row
    now = timezone.now()
    row.state, row.ended_at = ExperimentState.ENDED, now
    row.save(update_fields=["state", "ended_at"])
    Shift.objects.filter(experiment=row, ended_at=None).update(ended_at=now)
    waiting = Inquiry.objects.select_for_update(of=("self",), no_key=True).filter(experiment=row, state__in=OPEN)
    callers = [inquiry.pk for inquiry in waiting.order_by("pk") if inquiry.caller_id is not None]
    Inquiry.objects.filter(experiment=row, state__in=OPEN).update(state=InquiryState.ENDED, closed_at=now)
    ring(topics.consoles(row.pk), *(topics.caller(pk) for pk in callers))
    audit.record(actor=actor, verb="end", row=row, project_id=row.project_id, open=len(callers))
    return row


@transaction.atomic
def set_service(*, actor: User, project: Project, **settings: Any) -> Service:
    """Change who answers callers, and how long and how many may wait."""
    Service.objects.get_or_create(project=project)
    row = Service.objects.select_for_update(of=("self",), no_key=True).get(project=project)
    for field, value in settings.items():
        if field not in SETTINGS:
            raise BadInput("no such setting", field=field)
        setattr(row, field, value)
    if not 0 < row.threshold <= 1:
        raise BadInput("above 0 and at most 1", field="threshold")
    if not row.patience <= row.lasting <= 24 * 3600:
        raise BadInput("at least as long as the patience, at most a day", field="lasting")
    if not 1 <= row.open_limit <= 10_000:
        raise BadInput("from 1 to 10,000", field="open_limit")
    try:
        row.clean_fields()
    except ValidationError as error:
        field, reasons = next(iter(error.message_dict.items()))
        raise BadInput(reasons[0], field=field) from error
    row.save()
    audit.record(actor=actor, verb="set_service", row=row, project_id=project.pk, **settings)
    return row
