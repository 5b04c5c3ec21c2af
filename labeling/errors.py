"""The kinds of error that an action may raise, and their one mapping to HTTP problems."""

import errno
from typing import Any

from django.http import JsonResponse
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler


class LabelingError(Exception):
    """Something that the caller can understand and mend: `field` names what, `reason` says why."""

    status = 400

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field

    def problem(self) -> dict[str, str]:
        """The body of the HTTP answer."""
        kind = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in type(self).__name__)
        return {"type": kind.lstrip("-"), "field": self.field, "reason": self.reason}


class BadInput(LabelingError):
    """A value that cannot be used as it stands."""


class NotAllowed(LabelingError):
    """This person may not do this here."""

    status = 403


class NotFound(LabelingError):
    """No such thing, or none that this person may see."""

    status = 404


class Conflict(LabelingError):
    """Someone else was quicker, or the state does not allow it; nothing was changed."""

    status = 409


class TooLarge(LabelingError):
    """More than the limit allows."""

    status = 413


class Unavailable(LabelingError):
    """A part of the machine is full, down or busy; try again later."""

    status = 503


class BeingCounted(Unavailable):
    """A figure that is too dear to count while somebody waits, and that the worker has not found yet."""

    def __init__(self, project: Any, page: str, seconds: float) -> None:
        super().__init__("This is being counted and will be here shortly; ask again in a few seconds.", field=page)
        self.project = project
        self.seconds = seconds  # that it took last time; 0 where it was never counted


RETRY_SECONDS = 2  # after which asking again for what is being counted is worth it
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


def disk_full() -> Unavailable:
    """The one sentence for a full disk."""
    return Unavailable("The disk is full. What had come in before is kept; try again once there is room.")


def _first(detail: Any, field: str = "") -> tuple[str, str]:
    """The first field and reason in DRF's nested error detail; a field inside another is named `answers.0.key`."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        inside = "" if name in ("non_field_errors", "detail") else str(name)
        return _first(inner, ".".join(part for part in (field, inside) if part))
    if isinstance(detail, list):
        place, inner = next(((at, part) for at, part in enumerate(detail) if part), (0, ""))
        return _first(inner, f"{field}.{place}" if isinstance(inner, dict) and field else field)
    return field, str(detail)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal is a problem with type, field and reason."""
    if isinstance(error, OSError) and error.errno in NO_SPACE:  # a body is spooled to disk before any view sees it
        error = disk_full()
    if isinstance(error, LabelingError):
        again = {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, BeingCounted) else None
        return Response(error.problem(), status=error.status, headers=again)
    response = exception_handler(error, context)
    if response is None:
        return None
    field, reason = _first(response.data)
    kind = "bad-input" if isinstance(error, ValidationError) else _kind(response.data)
    response.data = {"type": kind, "field": field, "reason": reason}
    return response


def _kind(data: Any) -> str:
    detail = data.get("detail") if isinstance(data, dict) else None
    return detail.code.replace("_", "-") if isinstance(detail, ErrorDetail) and detail.code else "error"


def problem_page(error: LabelingError) -> JsonResponse:
    """The same problem for a plain Django view that speaks JSON."""
    return JsonResponse(error.problem(), status=error.status)
