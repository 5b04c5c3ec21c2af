"""Pages of what went wrong: what happened, what was kept, what to do, also where Django itself refuses."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client

pytestmark = pytest.mark.django_db


def test_too_much_at_once_is_413_and_says_so(client: Client, alice: User, settings: Any) -> None:
    client.force_login(alice)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    page = client.post("/projects/new", {"text": "x" * 200}, content_type="application/x-www-form-urlencoded")
    assert page.status_code == 413
    assert "More was sent at once than this server takes." in page.content.decode()
    answer = client.post("/api/v1/projects", {"text": "x" * 200}, content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (413, "too-large")


def test_a_form_from_before_one_signed_in_is_told_to_be_loaded_again(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    page = client.post("/projects/new", {"name": "x"})
    assert page.status_code == 403
    assert "load it again and send the form once more" in page.content.decode()


def test_the_page_of_a_broken_server_needs_nothing_but_its_style() -> None:
    assert "Something broke on the server" in render_to_string("500.html")
