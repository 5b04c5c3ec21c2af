"""The room's pages by plain requests: who may see which, and what a refusal keeps."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labeling.oz import actions
from labeling.oz.models import Experiment, Service, Variant
from labeling.projects.models import Project
from tests.oz.conftest import answer_all, picture


@pytest.fixture
def owner(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_outsiders_and_others_parts(client: Client, started: Experiment, charlie: User, bob: User, wanda: User) -> None:
    base = f"/p/{started.project.slug}/experiments"
    paths = (base, f"{base}/1", f"{base}/1/console", f"{base}/1/rate", f"/p/{started.project.slug}/try")
    client.force_login(charlie)
    assert [client.get(path).status_code for path in paths] == [404] * 5
    client.force_login(bob)  # a member without a part
    assert [client.get(path).status_code for path in paths] == [200, 403, 403, 403, 200]
    assert "Cover photos" not in client.get(base).content.decode()
    assert client.post(f"{base}/1/do/end").status_code == 403
    client.force_login(wanda)
    assert [client.get(path).status_code for path in paths] == [200, 403, 200, 403, 200]
    assert "Come on duty" in client.get(base).content.decode()


def test_a_refused_variant_keeps_what_was_typed(owner: Client, experiment: Experiment) -> None:
    path = f"/p/{experiment.project.slug}/experiments/1/variant"
    told = owner.post(path, {"question": "A third?", "classes": "only one"}).content.decode()
    assert "at least two classes" in told
    assert "A third?" in told
    assert Variant.objects.count() == 2
    assert owner.post(path, {"question": "A third?", "classes": "one\ntwo", "letter": "B"}).status_code == 302
    assert Variant.objects.get(letter="B").question == "A third?"


def test_deeds_and_their_refusals(owner: Client, project: Project, experiment: Experiment, bob: User) -> None:
    base = f"/p/{project.slug}/experiments/1"

    def do(verb: str, **words: object) -> str:
        return owner.post(f"{base}/do/{verb}", words, follow=True).content.decode()

    files = [SimpleUploadedFile("a.png", picture(1)), SimpleUploadedFile("b.png", b"no picture at all")]
    told = do("inputs", files=files)
    assert "b.png: Not a picture that is taken here" in told
    assert "1 input" in told
    assert "0 items were drawn" in do("sample", count=3)
    assert "Choose a member" in do("seat", user=10_000, part="wizard")
    assert "bob takes part: End user." in do("seat", user=bob.pk, part="rater")
    assert "any more" in do("unseat", user=bob.pk)
    assert "It runs" in do("start")
    assert "Nobody has answered" in do("graduate", letter="A", why="because")
    assert "Saved." in do("service", source="hybrid", threshold=0.8, patience=20, open_limit=50)
    assert "above 0 and at most 1" in do("service", source="wizard", threshold=3, patience=20, open_limit=5)
    assert Service.objects.get().source == "hybrid"
    assert "It is over" in do("end")
    assert owner.post(f"{base}/do/nonsense").status_code == 404


def test_the_page_in_each_state(
    owner: Client, experiment: Experiment, alice: User, wanda: User, willy: User, person: Callable[[str], User]
) -> None:
    path = f"/p/{experiment.project.slug}/experiments/1"
    for seed in range(2):
        actions.bring_file(
            actor=alice, project=experiment.project, experiment=experiment, name=f"{seed}.png", data=picture(seed)
        )
    actions.start(actor=alice, experiment=experiment)
    assert "Nobody is on duty now" in owner.get(path).content.decode()
    answer_all(experiment, wanda, {"A": lambda at: "good", "B": lambda at: "go"})
    answer_all(experiment, willy, {"A": lambda at: "bad", "B": lambda at: "go" if at else "stay"})
    shown = owner.get(path).content.decode()
    assert "8 of 8 questions answered" in shown
    assert "nobody has judged yet" in shown
    actions.graduate(actor=alice, experiment=experiment, letter="B", why="It is what people want.")
    shown = owner.get(path).content.decode()
    assert "Variant B won" in shown
    assert "It is what people want." in shown
    assert "go 1, stay 1" in shown


def test_scripts_in_a_rule_do_not_run(owner: Client, experiment: Experiment, alice: User) -> None:
    actions.write_variant(
        actor=alice, experiment=experiment, question="<script>alert(1)</script>", classes=["a", "b"],
        text="<script>alert(2)</script> <img src=x onerror=alert(3)>",
    )  # fmt: skip
    shown = owner.get(f"/p/{experiment.project.slug}/experiments/1").content.decode()
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
