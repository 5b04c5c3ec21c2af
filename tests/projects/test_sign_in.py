"""Signing in and out, by page and by token, and the wait after too many wrong passwords."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

from labeling.audit.models import Event
from tests.factories import PASSWORD

LIMIT: int = settings.AXES_FAILURE_LIMIT


def sign_in(client: Client, password: str) -> tuple[int, str]:
    answer = client.post("/sign-in", {"username": "alice", "password": password})
    return answer.status_code, answer.content.decode()


def test_signing_in_leads_on_to_where_one_wanted_to_go(client: Client, alice: User) -> None:
    answer = client.post("/sign-in", {"username": "alice", "password": PASSWORD, "next": "/me"})
    assert (answer.status_code, answer["Location"]) == (302, "/me")
    assert client.get("/me").status_code == 200
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert client.get("/me").status_code == 302


def test_it_never_leads_to_another_site(client: Client, alice: User) -> None:
    answer = client.post("/sign-in", {"username": "alice", "password": PASSWORD, "next": "https://example.org/"})
    assert answer["Location"] == "/"


def test_a_wrong_password_keeps_the_name(client: Client, alice: User) -> None:
    status, page = sign_in(client, "wrong")
    assert status == 200
    assert 'value="alice"' in page
    assert 'role="alert"' in page


def test_too_many_wrong_passwords_say_how_long_to_wait(client: Client, alice: User) -> None:
    for _ in range(LIMIT - 1):
        assert sign_in(client, "wrong")[0] == 200
    for password in ("wrong", PASSWORD):
        status, page = sign_in(client, password)
        assert status == 429
        assert "wait 15 minutes" in page
    assert client.get("/me").status_code == 302


def test_others_can_still_sign_in_meanwhile(client: Client, alice: User, bob: User) -> None:
    for _ in range(LIMIT + 1):
        sign_in(client, "wrong")
    assert client.post("/sign-in", {"username": "bob", "password": PASSWORD}).status_code == 302


def test_a_token_is_got_used_and_revoked(client: Client, alice: User) -> None:
    first = client.post("/api/v1/token", {"username": "alice", "password": PASSWORD})
    again = client.post("/api/v1/token", {"username": "alice", "password": PASSWORD})
    assert first.json() == again.json() == {"token": Token.objects.get(user=alice).key}
    assert Event.objects.get(verb="give_token").row == str(alice.pk), "the token itself is nowhere else"
    headers = {"Authorization": f"Token {first.json()['token']}"}
    assert client.get("/api/v1/me", headers=headers).json()["username"] == "alice"
    assert client.delete("/api/v1/token", headers=headers).status_code == 204
    assert client.get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [({"username": "alice"}, "password"), ({"username": "alice", "password": "wrong"}, "password"), ({}, "username")],
)
def test_no_token_for_bad_input(client: Client, alice: User, body: dict[str, str], field: str) -> None:
    answer = client.post("/api/v1/token", body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not Token.objects.exists()


def test_tokens_are_guarded_against_guessing_too(client: Client, alice: User) -> None:
    for _ in range(LIMIT):
        client.post("/api/v1/token", {"username": "alice", "password": "wrong"})
    answer = client.post("/api/v1/token", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.json() == {
        "type": "too-many-tries", "field": "password",
        "reason": "Too many wrong passwords: wait 15 minutes, then try again.",
    }  # fmt: skip
    assert answer["Retry-After"] == "900"
