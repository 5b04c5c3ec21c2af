"""What time brings: silent consoles, callers nobody answered, and what the model says."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labeling.live.held import ring
from labeling.oz import topics
from labeling.oz.actions.answering import close
from labeling.oz.actions.duty import end_silent
from labeling.oz.actions.running import top_up
from labeling.oz.models import OPEN, Experiment, ExperimentState, Inquiry, InquiryState, Reply, Source
from labeling.oz.reads import anybody_on_duty, service_of
from labeling.registry.models import ModelVersion
from labeling.statements import rows

# Callers whose process is gone while it kept them: a living one is known to PostgreSQL by its connection's name. Just
# after PostgreSQL itself began, all have yet to come back.
FORSAKEN = """
UPDATE labeling_inquiry q SET abandoned_at = now()
WHERE q.state IN ('thinking', 'waiting', 'leased') AND q.abandoned_at IS NULL AND q.keeper <> ''
  AND q.kept_until > now() - make_interval(secs => %(slack)s)
  AND pg_postmaster_start_time() < now() - make_interval(secs => %(slack)s)
  AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.application_name = q.keeper)
RETURNING 1
"""
SLACK_SECONDS = 5.0  # longer than from one tending to the next, and than a front takes to connect again
PANEL_AHEAD = 200  # questions beyond callers' that wait at once, of inputs that came by the API


def tend() -> int:
    """Hand on, time out, ask second opinions of what callers brought; returns how many rows that concerned."""
    done = end_silent() + _time_out() + len(rows(FORSAKEN, {"slack": SLACK_SECONDS}))
    for experiment in Experiment.objects.filter(state=ExperimentState.RUNNING).select_related("project"):
        waiting = Inquiry.objects.filter(experiment=experiment, state=InquiryState.WAITING, caller=None).count()
        if waiting < PANEL_AHEAD:
            done += top_up(experiment=experiment, limit=PANEL_AHEAD)
        done += _let_go(experiment)
    return done


@transaction.atomic
def _let_go(experiment: Experiment) -> int:
    """Of those who hung up only as many are kept open as may wait, the latest: else they would fill what has a limit.

    Whoever comes back for one that was let go is told that nobody answered in time.
    """
    left = Inquiry.objects.filter(experiment=experiment, state=InquiryState.WAITING, abandoned_at__isnull=False)
    limit = service_of(experiment.project).open_limit
    beyond = list(left.order_by("-abandoned_at", "-created_at").values_list("pk", flat=True)[limit:])
    open_ones = Inquiry.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    late = list(open_ones.filter(pk__in=beyond, state=InquiryState.WAITING).order_by("pk"))
    for inquiry in late:
        close(inquiry, InquiryState.TIMED_OUT)
    return len(late)


@transaction.atomic
def _time_out() -> int:
    late = Inquiry.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    over = list(late.filter(state__in=OPEN, expires_at__lt=timezone.now()).order_by("pk"))
    for inquiry in over:
        close(inquiry, InquiryState.TIMED_OUT)
    return len(over)


@transaction.atomic
def answered_by_model(
    *, version: ModelVersion, opinions: Sequence[tuple[UUID, str, float]], milliseconds: int
) -> int:
    """Store the model's answers, (inquiry, class, confidence); in hybrid the unsure ones go to the wizards.

    Where nobody is on duty for these, the caller is told at once that nobody answers. Returns how many it answered.
    """
    said = {pk: (name, confidence) for pk, name, confidence in opinions}
    asked = Inquiry.objects.select_for_update(of=("self",), no_key=True).select_related("project", "experiment")
    answered = 0
    for inquiry in asked.filter(pk__in=said, state=InquiryState.THINKING).order_by("pk"):
        name, confidence = said[inquiry.pk]
        if inquiry.source == Source.HYBRID and confidence < service_of(inquiry.project).threshold:
            _to_wizards(inquiry)
            continue
        Reply.objects.create(
            inquiry=inquiry, model_version=version, said=name, confidence=confidence, milliseconds=milliseconds
        )
        close(inquiry, InquiryState.ANSWERED)
        answered += 1
    return answered


def _to_wizards(inquiry: Inquiry) -> None:
    if inquiry.experiment is None or not anybody_on_duty(inquiry.experiment):
        close(inquiry, InquiryState.TIMED_OUT)
        return
    inquiry.state = InquiryState.WAITING
    inquiry.save(update_fields=["state"])
    ring(topics.consoles(inquiry.experiment.pk))
