"""Errors of pages: what happened, what was kept, what to do; signed-out people are asked to sign in first."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from labeling.errors import BadInput, BeingCounted, LabelingError, NotAllowed, NotFound, TooLarge, problem_page

API = "/api/"
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


class ProblemPages:
    """Middleware: a LabelingError that leaves a page's view becomes a page of its own (or JSON under /api/)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django calls this when a view raises."""
        if not isinstance(error, LabelingError):
            return None
        if isinstance(error, NotFound) and request.user.is_anonymous and not request.path.startswith(API):
            return redirect_to_login(request.get_full_path())
        return _said(request, error)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django itself refuses before a view sees it."""
    if isinstance(exception, TOO_LARGE):
        return _said(request, TooLarge(_("more was sent at once than this server takes")))
    return _said(request, BadInput(_("this request makes no sense to the server")))


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is not this sign-in's: forged, or open since before somebody signed in anew."""
    words = _("this page was open since before you signed in; load it again and send the form once more")
    return _said(request, NotAllowed(words))


def _shell(request: HttpRequest, error: BeingCounted) -> HttpResponse:
    """The page's frame, which asks again by itself; a part of a page that is there already stays as it is."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204)
    context = {"project": error.project, "seconds": round(error.seconds)}
    return render(request, "figures/counting.html", context, status=202)


def _said(request: HttpRequest, error: LabelingError) -> HttpResponse:
    if request.path.startswith(API):
        return problem_page(error)
    if isinstance(error, BeingCounted):
        return _shell(request, error)
    return render(request, "problem.html", {"problem": error}, status=error.status)
