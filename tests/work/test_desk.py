"""The short way in for tokens gives what REST framework's way gives, refusals too."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from labeling.annotations.models import Annotation
from labeling.projects.models import Label, Project
from tests.factories import add, make_items, make_project
from tests.work.people import Annotator

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    make_items(made, 6)
    return made


def by_token(user: User, project: Project, what: str, body: Any) -> Any:
    """One call with a token."""
    token = Token.objects.get_or_create(user=user)[0].key
    address = f"/api/v1/projects/{project.slug}/{what}"
    return Client().post(address, body, content_type="application/json", headers={"Authorization": f"Token {token}"})


def test_claim_and_answer_with_a_token(project: Project, bob: User) -> None:
    told = by_token(bob, project, "claim", {"count": 2}).json()
    assert (told["state"], len(told["leases"]), told["left"]) == ("work", 2, 10)
    label = Label.objects.filter(project=project).first()
    assert label is not None
    answers = [
        {"lease": lease["id"], "key": str(uuid.uuid4()), "label": label.pk, "milliseconds": 900,
         "answered_at": timezone.now().isoformat().replace("+00:00", "Z")}
        for lease in told["leases"]
    ]  # fmt: skip
    results = by_token(bob, project, "submit", {"answers": answers}).json()["results"]
    assert [row["status"] for row in results] == ["stored", "stored"]
    assert {row["annotation"] for row in results} == set(Annotation.objects.values_list("pk", flat=True))
    again = by_token(bob, project, "submit", {"answers": answers}).json()["results"]
    assert [row["status"] for row in again] == ["already-stored"] * 2


def test_both_ways_give_leases_of_the_same_shape(project: Project, bob: User) -> None:
    [short] = by_token(bob, project, "claim", {}).json()["leases"]
    [long] = Annotator(bob, project).claim()
    assert short.keys() == long.keys()
    assert short["item"].keys() == long["item"].keys()


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("claim", {"count": 0}), ("claim", {"count": 51}), ("claim", {"count": "many"}), ("claim", [1]),
        ("claim", {"count": True}), ("submit", {}), ("submit", {"answers": []}), ("submit", {"answers": 7}),
        ("submit", {"answers": [7]}),
        ("submit", {"answers": [{"lease": 1, "key": 5, "milliseconds": 1, "answered_at": "2026-01-01T00:00:00Z"}]}),
        ("submit", {"answers": [{"lease": 0, "key": str(uuid.uuid4()), "milliseconds": 1, "label": 1,
                                 "answered_at": "2026-01-01T00:00:00Z"}]}),
        ("submit", {"answers": [{"lease": 1, "key": str(uuid.uuid4()), "milliseconds": -1, "label": 1,
                                 "answered_at": "yesterday"}]}),
        ("submit", {"answers": [{"lease": 10**30, "key": str(uuid.uuid4()), "milliseconds": 1, "label": 10**30,
                                 "answered_at": "2026-01-01T00:00:00Z"}]}),
    ],
)  # fmt: skip
def test_refusals_are_the_same_both_ways(project: Project, bob: User, what: str, body: Any) -> None:
    short, long = by_token(bob, project, what, body), Annotator(bob, project).post(what, body)
    assert (short.status_code, _but_keys(short.json())) == (long.status_code, _but_keys(long.json()))
    assert not Annotation.objects.exists()


def _but_keys(told: Any) -> Any:
    """Leases differ from one claim to the next."""
    return {**told, "leases": len(told["leases"])} if "leases" in told else told


def test_bad_token_outsider_and_left_member_are_refused(project: Project, bob: User, charlie: User) -> None:
    address = f"/api/v1/projects/{project.slug}/claim"
    wrong = Client().post(address, {}, content_type="application/json", headers={"Authorization": "Token no"})
    assert wrong.status_code == 401
    assert by_token(charlie, project, "claim", {}).status_code == 404
    project.members.filter(user=bob).update(removed_at=timezone.now())
    assert by_token(bob, project, "claim", {}).status_code == 404
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    assert by_token(charlie, project, "claim", {}).status_code == 401


def test_page_without_its_token_against_forgery_is_refused(project: Project, bob: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    answer = client.post(f"/api/v1/projects/{project.slug}/claim", {}, content_type="application/json")
    assert answer.status_code == 403
