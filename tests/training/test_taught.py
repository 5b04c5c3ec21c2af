"""An owner lets several models teach the one that serves; both are judged on the held-out items and seen."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.errors import BadInput
from labeling.projects.models import Project
from labeling.training.actions import Trigger, set_policy, start_run
from labeling.training.actions.execute import execute
from labeling.training.actions.rebuild import rebuild
from labeling.training.actions.warm import refit_head
from labeling.training.models import Run, RunState
from tests.training.material import answer_all, people, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)


def say(project: Project, owner: User, members: int) -> None:
    set_policy(
        actor=owner, project=project, enabled=False, crontab="0 3 * * *", min_new_verified=5, margin=0.02,
        members=members,
    )  # fmt: skip


def test_the_student_is_promoted_beside_its_teachers_rebuilt_and_refitted(alice: User) -> None:
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))
    say(project, alice, 2)
    run = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert (run.state, run.promoted) == (RunState.DONE, True), run.log
    assert run.recipe["members"] == 2
    beside = run.metrics["together"]
    assert (beside["members"], beside["items"]) == (2, run.metrics["items"])
    assert beside["low"] <= beside["difference"] <= beside["high"]
    assert "its teachers together" in [row["name"] for row in run.report["baselines"]]
    client = Client()
    client.force_login(alice)
    page = client.get(f"/p/{project.slug}/model/runs/{run.number}").content.decode()
    assert "Its 2 teachers together" in page
    assert run.model_version is not None
    assert rebuild(actor=alice, version=run.model_version).gap == 0.0
    Run.objects.update(answers=0)
    refit = refit_head(actor=None, project=project)
    assert refit.recipe["members"] == 0
    assert "together" not in refit.metrics
    assert refit.metrics["previous"]["changed"] is False


@pytest.mark.parametrize("members", [1, 11, -1])
def test_one_teacher_or_too_many_are_refused(alice: User, members: int) -> None:
    project = pictured_project(alice, 3)
    with pytest.raises(BadInput) as refused:
        say(project, alice, members)
    assert refused.value.field == "members"
