"""Signing in by page and by token, both guarded against guessing by django-axes."""

from math import ceil
from typing import Any

from axes.helpers import get_cool_off
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import ngettext

from labeling.errors import NotAllowed

MINUTE = 60  # seconds


def signed_in(request: HttpRequest) -> User:
    """The person behind a request that login_required let through."""
    if isinstance(request.user, User):
        return request.user
    raise NotAllowed("sign in first")


class SignIn(LoginView):
    """The sign-in page; leads on to where one wanted to go."""

    template_name = "registration/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """POST only: a link or an image must not sign anybody out."""

    http_method_names = ["post"]


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What stands in for every answer while a name is locked: how long to wait, which each try begins anew."""
    seconds = ceil(get_cool_off(request).total_seconds())
    minutes = ceil(seconds / MINUTE)
    reason = ngettext(
        "Too many wrong passwords: wait %(minutes)d minute, then try again.",
        "Too many wrong passwords: wait %(minutes)d minutes, then try again.",
        minutes,
    ) % {"minutes": minutes}
    headers = {"Retry-After": str(seconds)}
    if request.path.startswith("/api/"):
        problem = {"type": "too-many-tries", "field": "password", "reason": reason}
        return JsonResponse(problem, status=429, headers=headers)
    page = render_to_string("registration/paused.html", {"reason": reason}, request)
    return HttpResponse(page, status=429, headers=headers)
