"""The owner's schedule becomes a row of the scheduler."""

import json

import pytest
from django.contrib.auth.models import User
from django_celery_beat.models import PeriodicTask

from labeling.audit.models import Event
from labeling.errors import BadInput
from labeling.training import tasks
from labeling.training.actions import set_policy
from labeling.training.models import RetrainPolicy
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_a_policy_writes_one_schedule_row_and_changes_it(alice: User) -> None:
    project = make_project(alice)
    for hour in (3, 4):
        set_policy(
            actor=alice, project=project, enabled=True, crontab=f"0 {hour} * * 1-5", min_new_verified=10, margin=0.01
        )
    row = PeriodicTask.objects.get(name=f"retrain project {project.pk}")
    assert row.task == tasks.retrain_on_schedule.name
    assert json.loads(row.args) == [project.pk]
    assert (row.enabled, row.crontab.hour, row.crontab.day_of_week) == (True, "4", "1-5")
    assert RetrainPolicy.objects.get().min_new_verified == 10
    assert Event.objects.filter(verb="set retrain policy", actor=alice).count() == 2
    set_policy(actor=alice, project=project, enabled=False, crontab="0 4 * * *", min_new_verified=10, margin=0.01)
    assert not PeriodicTask.objects.get(name=row.name).enabled


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"crontab": "0 3 * *"}, "crontab"), ({"crontab": "99 3 * * *"}, "crontab"),
        ({"crontab": "x y z a b"}, "crontab"), ({"margin": 2.0}, "margin"),
        ({"min_new_verified": 0}, "min_new_verified"), ({"trials": 101}, "trials"), ({"trials": -1}, "trials"),
    ],
)  # fmt: skip
def test_what_the_scheduler_cannot_use_is_refused(alice: User, change: dict[str, object], field: str) -> None:
    project = make_project(alice)
    values = {"enabled": True, "crontab": "0 3 * * *", "min_new_verified": 10, "margin": 0.01, **change}
    with pytest.raises(BadInput) as refusal:
        set_policy(actor=alice, project=project, **values)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert not PeriodicTask.objects.filter(name__startswith="retrain project").exists()
