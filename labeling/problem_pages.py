"""Errors of pages: what happened, what was kept, what to do; signed-out people are asked to sign in first."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from labeling.errors import LabelingError, NotFound, problem_page

API = "/api/"


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
        if request.path.startswith(API):
            return problem_page(error)
        if isinstance(error, NotFound) and request.user.is_anonymous:
            return redirect_to_login(request.get_full_path())
        return render(request, "problem.html", {"problem": error}, status=error.status)
