"""Claims and answers with a token pass by the middleware, and nothing else does."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.authtoken.models import Token

from labeling.projects.models import Project
from labeling.short_way import Handler, is_short
from tests.factories import add, make_items, make_project

CLAIM = "/api/v1/projects/digits/claim"


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    make_items(made, 3)
    return made


def ask(path: str, token: str, body: str, host: str = "localhost") -> tuple[int, Any, Any]:
    """Status, headers and JSON of one POST to the handler that web servers run, past its signals."""
    headers = {"Authorization": f"Token {token}", "Host": host}
    answer = Handler().get_response(RequestFactory().post(path, body, "application/json", headers=headers))
    assert isinstance(answer, HttpResponse)
    return answer.status_code, answer.headers, json.loads(answer.content) if answer.content.startswith(b"{") else None


@pytest.mark.django_db
def test_member_claims_without_headers_for_browsers(project: Project, bob: User) -> None:
    token = Token.objects.create(user=bob).key
    status, headers, told = ask(f"/api/v1/projects/{project.slug}/claim", token, '{"count": 2}')
    assert (status, len(told["leases"])) == (200, 2)
    assert "Content-Security-Policy" not in headers


@pytest.mark.django_db
def test_stranger_and_unclear_bodies_get_the_same_refusals(project: Project, bob: User, charlie: User) -> None:
    path = f"/api/v1/projects/{project.slug}/claim"
    assert ask(path, "no-such-token", "{}")[0] == 401
    assert ask(path, Token.objects.create(user=charlie).key, "{}")[0] == 404
    status, _, told = ask(path, Token.objects.create(user=bob).key, '{"count": "many"}')
    assert (status, told["field"]) == (400, "count")


@pytest.mark.django_db
def test_foreign_host_names_are_refused(project: Project, bob: User) -> None:
    token = Token.objects.create(user=bob).key
    assert ask(f"/api/v1/projects/{project.slug}/claim", token, "{}", host="elsewhere.example")[0] == 400


def request(path: str, **headers: str) -> WSGIRequest:
    return RequestFactory().post(path, headers=headers)


def test_only_the_two_calls_with_a_token_are_short(settings: Settings) -> None:
    assert is_short(request(CLAIM, Authorization="Token x"))
    assert not is_short(request(CLAIM))
    assert not is_short(request("/api/v1/projects/digits/undo", Authorization="Token x"))
    assert not is_short(request("/p/digits/label", Authorization="Token x"))
    settings.SECURE_SSL_REDIRECT = True
    assert not is_short(request(CLAIM, Authorization="Token x"))
