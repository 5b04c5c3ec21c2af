"""In the worker: what time brings, and the model's answers. Each is safe to run twice."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from labeling.oz import actions
from labeling.oz.models import Inquiry, InquiryState
from labeling.projects.models import Project

EXPIRES_SECONDS = 5
log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def tend() -> int:
    """Hand on, time out, ask second opinions."""
    return actions.tend()


@shared_task(ignore_result=True)
def answer_by_model() -> int:
    """Let the promoted models answer whoever waits for them, in batches; returns how many were dealt with."""
    from labeling.oz.predicting import predict_waiting  # noqa: PLC0415 - torch takes seconds; only this worker needs it

    waiting = Inquiry.objects.filter(state=InquiryState.THINKING).values("project")
    return sum(predict_waiting(project=project) for project in Project.objects.filter(pk__in=waiting))


@shared_task(ignore_result=True)
def wake_model_if_needed() -> None:
    """Wake the model again where a message was lost."""
    if Inquiry.objects.filter(state=InquiryState.THINKING).exists():
        wake_model()


def wake_model() -> None:
    """Tell the model's worker that somebody waits; where the broker is away, the next tick does."""
    try:
        answer_by_model.apply_async(retry=False, expires=EXPIRES_SECONDS)
    except OperationalError as error:
        log.warning("The model hears of callers later: the broker does not answer (%s).", error)
