"""Events cannot be changed or deleted, not even past the ORM's back."""

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from labeling.audit import actions
from labeling.audit.models import Event


def test_event_update_and_delete_are_refused(alice: User) -> None:
    event = actions.record(actor=alice, verb="greet", row=alice, why="test")
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(verb="changed")
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        event.delete()
    assert Event.objects.get(pk=event.pk).verb == "greet"
