"""A model is made again from its snapshot, recipe and seed."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from labeling.datasets import folders
from labeling.registry import artefacts
from labeling.suggestions.models import Suggestion
from labeling.training.actions import Trigger, start_run
from labeling.training.actions.execute import execute
from labeling.training.actions.fill import fill
from labeling.training.actions.rebuild import rebuild
from labeling.training.code import code_version
from tests.training.material import answer_all, people, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_model_is_made_again_bit_by_bit_and_restored_where_its_files_are_gone(
    alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))
    run = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert run.promoted, run.log
    version, snapshot = run.model_version, run.snapshot
    assert version is not None
    assert snapshot is not None
    assert run.code == code_version()
    assert folders.read(snapshot).hash == snapshot.content_hash
    again = rebuild(actor=alice, version=version)
    assert (again.gap, again.same_code, again.restored) == (0.0, True, False)
    said = dict(Suggestion.objects.values_list("item_id", "probabilities"))
    artefacts.remove(version.artefact)
    Suggestion.objects.all().delete()
    call_command("rebuild", project.slug, str(version.number))
    assert "made again and put in its place" in capsys.readouterr().out
    assert fill(project=project) == 36
    for item, probabilities in Suggestion.objects.values_list("item_id", "probabilities"):
        assert probabilities == pytest.approx(said[item], abs=1e-5)


def test_an_unknown_model_is_refused(alice: User) -> None:
    project = pictured_project(alice, 1)
    with pytest.raises(CommandError, match="no such model"):
        call_command("rebuild", project.slug, "7")
    with pytest.raises(CommandError, match="no project"):
        call_command("rebuild", "nowhere", "1")
