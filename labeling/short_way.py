"""Django without its middleware, for the two calls that make up nearly all of the traffic of programs.

Who brings a token needs no session, no forgery check, no messages and no headers that speak to browsers: without them
Django's own part of a call took 0.2 ms of CPU instead of 0.45.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import ResolverMatch, resolve
from django.utils.translation import activate, get_language_from_request

OFTEN = re.compile(r"/api/v1/projects/[^/]+/(claim|submit)")
SCHEME = "Token "


class Handler(WSGIHandler):
    """Django's own, with a short way through it."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, by the short way where it is open."""
        return _short(request) if is_short(request) else super().get_response(request)


def is_short(request: HttpRequest) -> bool:
    """Whether a request may pass by the middleware; what must be redirected to TLS may not."""
    return (
        request.META.get("HTTP_AUTHORIZATION", "").startswith(SCHEME)
        and OFTEN.fullmatch(request.path_info) is not None
        and (not settings.SECURE_SSL_REDIRECT or request.is_secure())
    )


def _answer(request: HttpRequest) -> HttpResponseBase:
    """What the view says."""
    request.get_host()  # refuses names that the server does not answer to
    activate(get_language_from_request(request))
    match = _resolved(request.path_info)
    response = match.func(request, *match.args, **match.kwargs)
    return response.render() if isinstance(response, SimpleTemplateResponse) else response


@lru_cache(maxsize=1024)
def _resolved(path: str) -> ResolverMatch:
    """The view of an address: it never changes, and there are two addresses a project."""
    return resolve(path)


_short = cast(Callable[[HttpRequest], HttpResponseBase], convert_exception_to_response(_answer))
