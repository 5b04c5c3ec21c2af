"""Refusals tell the field, also one inside a list."""

import pytest
from django.contrib.auth.models import User

from labeling.errors import Conflict, LabelingError
from tests.factories import add, make_project
from tests.work.people import Annotator


@pytest.mark.django_db
def test_field_inside_a_list_is_named_by_its_place(alice: User, bob: User) -> None:
    project = make_project(alice)
    add(project, bob)
    answers = [{"lease": 1, "key": "no-uuid", "label": 1, "milliseconds": 1, "answered_at": "2026-01-01T00:00:00Z"}]
    told = Annotator(bob, project).post("submit", {"answers": answers})
    assert (told.status_code, told.json()["type"], told.json()["field"]) == (400, "bad-input", "answers.0.key")


def test_kind_of_an_error_is_its_name() -> None:
    assert Conflict("why", field="lease").problem() == {"type": "conflict", "field": "lease", "reason": "why"}
    assert LabelingError("why").status == 400
