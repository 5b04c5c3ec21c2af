"""All that the pages of experiments do, by the API: from a draft to a graduated guideline, and who may not."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labeling.guidelines.reads import current
from labeling.oz import actions
from labeling.oz.models import Experiment, Judgement
from labeling.projects.models import Project
from tests.oz.conftest import answer_all, picture

JSON = "application/json"


class Program:
    """Somebody's program: methods by name, paths below the project's."""

    def __init__(self, user: User, project: Project) -> None:
        self.client, self.base = Client(), f"/api/v1/projects/{project.slug}/"
        self.client.force_login(user)

    def send(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        """The answer's JSON."""
        told = self.client.generic(method, self.base + path, b"" if not body else _json(body), JSON)
        assert told.status_code == status, told.content
        return told.json() if told.content else None

    def post(self, path: str, status: int = 200, **body: Any) -> Any:
        """A POST."""
        return self.send("POST", path, status, **body)

    def bring(self, seed: int) -> Any:
        """A file for the experiment."""
        file = SimpleUploadedFile(f"{seed}.png", picture(seed))
        return self.client.post(f"{self.base}experiments/1/inputs", {"file": file})


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


@pytest.fixture
def owner(alice: User, project: Project) -> Program:
    return Program(alice, project)


def test_from_a_draft_to_a_guideline(owner: Program, project: Project, bob: User, wanda: User, willy: User) -> None:
    made = owner.post("experiments", 201, name="Cover photos", goal="Photos that make people want to go.")
    assert (made["number"], made["state"], made["variants"]) == (1, "draft", [])
    for question, classes in (("Good?", ["good", "bad"]), ("Go there?", ["go", "stay"]), ("Dull?", ["yes", "no"])):
        made = owner.post("experiments/1/variants", question=question, classes=classes)
    made = owner.send("DELETE", "experiments/1/variants/C")
    assert [each["letter"] for each in made["variants"]] == ["A", "B"]
    for name, part in (("wanda", "wizard"), ("willy", "wizard"), ("bob", "rater")):
        made = owner.post("experiments/1/seats", user=name, part=part)
    assert {seat["user"]: seat["part"] for seat in made["seats"]} == {
        "wanda": "wizard", "willy": "wizard", "bob": "rater"
    }  # fmt: skip
    assert [owner.bring(seed).status_code for seed in (1, 2, 3, 3)] == [200] * 4
    assert owner.post("experiments/1/sample", count=5) == {"drawn": 0}
    assert owner.post("experiments/1/start")["state"] == "running"
    experiment = Experiment.objects.get()
    answer_all(experiment, wanda, {"A": lambda at: "good", "B": lambda at: "go" if at else "stay"})
    answer_all(experiment, willy, {"A": lambda at: "bad", "B": lambda at: "go" if at < 2 else "stay"})
    _judge(Program(bob, project))
    told = owner.send("GET", "experiments/1")
    assert (told["inputs"], told["answered"], told["judged"]) == (3, 12, 1)
    assert told["comparisons"][0]["share"]["n"] == 1
    done = owner.post("experiments/1/graduate", letter="B", why="People went there.")
    assert (done["state"], done["winner"], done["guideline"]) == ("graduated", "B", 2)
    assert current(project).question == "Go there?"
    label = project.labels.get(name="go").pk
    decided = owner.post("experiments/1/decide", precedent=done["disputed"][0]["id"], label=label, because="Sunny.")
    assert (decided["disputed"][0]["label"], decided["disputed"][0]["because"]) == ("go", "Sunny.")
    assert [row["winner"] for row in owner.send("GET", "experiments")] == ["B"]


def _judge(rater: Program) -> None:
    shown = rater.post("experiments/1/showings")
    assert rater.post("experiments/1/showings") == shown
    assert len(shown["sides"]) == 2
    assert "A" not in json.dumps(shown), "nothing tells which variant it is"
    assert rater.client.get(shown["sides"][0][0]["media"]).status_code == 200
    path = f"experiments/1/showings/{shown['showing']}/verdict"
    assert rater.post(path, 400, rating=3)["field"] == "choice"
    for _ in range(2):
        rater.post(path, 204, choice="left", comment="nicer")
    assert rater.post(path, 409, choice="right")["field"] == "showing"
    assert rater.post("experiments/1/showings") == {"showing": None, "sides": []}
    assert Judgement.objects.count() == 1


def test_what_cannot_be_is_refused_by_field(owner: Program, experiment: Experiment) -> None:
    assert owner.post("experiments", 400, name="x", goal="y", overlap=0)["field"] == "overlap"
    assert owner.post("experiments/1/variants", 400, question="?", classes=["one"])["field"] == "classes"
    assert owner.post("experiments/1/seats", 400, user="nobody", part="wizard")["field"] == "user"
    assert owner.post("experiments/1/sample", 400, count=0)["field"] == "count"
    assert owner.post("experiments/1/decide", 409, precedent=1, label=1, because="x")["field"] == "experiment"
    assert owner.send("PATCH", "service", 400, patience=0)["field"] == "patience"
    assert owner.send("PATCH", "service", open_limit=7)["open_limit"] == 7
    assert owner.send("GET", "service")["source"] == "wizard"
    file = SimpleUploadedFile("a.png", b"no picture at all")
    assert owner.client.post(f"{owner.base}experiments/1/inputs", {"file": file}).json()["field"] == "file"
    owner.send("DELETE", "experiments/1/seats/willy")
    assert [seat["user"] for seat in owner.send("DELETE", "experiments/1/seats/willy")["seats"]] == ["wanda"]
    owner.post("experiments/1/start")
    assert owner.post("experiments/1/start", 409)["field"] == "experiment"
    assert [owner.post("experiments/1/end")["state"] for _ in range(2)] == ["ended"] * 2


def test_members_and_outsiders(experiment: Experiment, project: Project, bob: User, wanda: User, charlie: User) -> None:
    owners = [
        ("GET", "experiments/1"), ("POST", "experiments"), ("POST", "experiments/1/variants"), ("PATCH", "service"),
        ("DELETE", "experiments/1/variants/A"), ("POST", "experiments/1/seats"), ("POST", "experiments/1/start"),
        ("DELETE", "experiments/1/seats/wanda"), ("POST", "experiments/1/sample"), ("POST", "experiments/1/end"),
        ("POST", "experiments/1/graduate"), ("POST", "experiments/1/decide"), ("GET", "service"),
    ]  # fmt: skip
    for method, path in owners:
        assert Program(bob, project).send(method, path, 403)["field"] == "project"
        Program(charlie, project).send(method, path, 404)
    assert Program(bob, project).bring(1).status_code == 403
    assert Program(charlie, project).bring(1).status_code == 404
    assert Program(bob, project).send("GET", "experiments") == []
    assert [row["number"] for row in Program(wanda, project).send("GET", "experiments")] == [1]
    actions.start(actor=experiment.author, experiment=experiment)
    Program(bob, project).post("experiments/1/showings", 403)
    Program(charlie, project).post("experiments/1/showings", 404)
    Program(bob, project).post("experiments/1/showings/1/verdict", 404, choice="left")
