"""The API's page: every call of the schema, for members, within the page's own security policy."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse

from labeling.api_docs import groups
from labeling.urls import api_patterns

INTERNAL = {"live/gone/*"}  # the web server's word to itself that a caller hung up


def test_every_address_of_the_api_is_told() -> None:
    told = {re.sub("{[^}]*}", "*", call.path) for _about, calls in groups() for call in calls}
    there = {re.sub("<[^>]*>", "*", str(each.pattern)) for each in api_patterns if isinstance(each, URLPattern)}
    assert {f"/api/v1/{address}" for address in there - INTERNAL} == told
    [begin] = [call for _about, calls in groups() for call in calls if call.path.endswith("/uploads/zip")]
    assert [(each.name, each.kind, each.required) for each in begin.sent] == [
        ("name", "text", True), ("size", "whole number", True), ("mark", "text", False),
    ]  # fmt: skip
    assert "received" in {each.name for each in dict(begin.answers)["201"]}


@pytest.mark.django_db
def test_it_is_for_those_who_are_signed_in(client: Client, alice: User) -> None:
    assert client.get(reverse("api-docs")).status_code == 302
    client.force_login(alice)
    shown = client.get(reverse("api-docs")).content.decode()
    assert "Authorization: Token $TOKEN" in shown
    assert reverse("me") in shown
