"""Pages: making a project, editing its guideline, seeing what changed."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from labeling.guidelines.actions import edit
from labeling.guidelines.reads import current
from labeling.projects.classes import ClassDraft
from labeling.projects.models import Project
from labeling.projects.reads import active_labels
from tests.factories import make_project


def form(project: Project, **changes: Any) -> dict[str, Any]:
    """What the edit page sends when nothing is touched, with changes."""
    classes = [label for label in active_labels(project) if label.role == "class"]
    untouched = {
        "base_number": current(project).number, "question": project.question, "text": current(project).text,
        "with_unsure": "on", "class_id": [label.pk for label in classes], "class_name": [c.name for c in classes],
        "class_key": [label.key for label in classes],
    }  # fmt: skip
    return untouched | changes


def test_a_project_is_made_on_the_page(client: Client, alice: User) -> None:
    client.force_login(alice)
    values = {
        "name": "Pets", "medium": "image", "question": "Which?", "classes": "cat\r\n\r\n dog \r\n", "mode": "choose",
        "with_none": "on", "text": "Ears.",
    }  # fmt: skip
    shown = client.post("/projects/new", values, follow=True)
    assert shown.redirect_chain == [("/p/pets/guideline", 302)]
    project = Project.objects.get()
    assert [label.name for label in active_labels(project)] == ["cat", "dog", "None of these"]


def test_a_project_of_one_class_is_refused_and_the_rest_is_kept(client: Client, alice: User) -> None:
    client.force_login(alice)
    values = {"name": "Pets", "medium": "image", "question": "Which?", "classes": "cat", "mode": "choose"}
    shown = client.post("/projects/new", values).content.decode()
    assert "at least two classes" in shown
    assert 'value="Pets"' in shown
    assert not Project.objects.exists()


def test_an_edit_on_the_page_is_a_version(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    sent = form(project, text="Look at the *tail*.", change="Tails tell")
    sent["class_id"].append("")
    sent["class_name"].append("fox")
    sent["class_key"].append("")
    shown = client.post(f"/p/{project.slug}/guideline/edit", sent, follow=True).content.decode()
    assert "<em>tail</em>" in shown
    assert "Version 2" in shown
    assert [label.name for label in active_labels(project)] == ["cat", "dog", "fox", "Not sure"]
    assert "Tails tell" in client.get(f"/p/{project.slug}/guideline/versions").content.decode()
    diff = client.get(f"/p/{project.slug}/guideline/versions/2").content.decode()
    assert "<del>ears</del>" in diff
    assert "tail" in diff


def test_two_owners_lose_nothing(client: Client, alice: User, bob: User) -> None:
    project = make_project(alice)
    sent = form(project, text="Alice's words.")
    classes = [ClassDraft(label.name, label.key, label.pk) for label in active_labels(project)[:2]]
    edit(actor=bob, project=project, base_number=1, text="Bob's words.", classes=[*classes, ClassDraft("fox")])
    client.force_login(alice)
    shown = client.post(f"/p/{project.slug}/guideline/edit", sent)
    page = shown.content.decode()
    assert "bob wrote version 2 meanwhile" in page
    assert "Bob" in page
    assert "Alice&#x27;s words.</textarea>" in page
    assert 'name="class_name" value="fox"' in page, "the class added by the other must not be retired unseen"
    assert 'name="base_number" value="2"' in page
    assert current(project).number == 2


def test_retiring_a_class_on_the_page(client: Client, alice: User) -> None:
    project = make_project(alice, classes=("cat", "dog", "fox"))
    client.force_login(alice)
    sent = form(project)
    sent["class_name"][2] = ""
    client.post(f"/p/{project.slug}/guideline/edit", sent)
    assert [label.name for label in active_labels(project)] == ["cat", "dog", "Not sure"]


def test_versions_that_are_not_there(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    assert client.get(f"/p/{project.slug}/guideline/versions/7").status_code == 404
