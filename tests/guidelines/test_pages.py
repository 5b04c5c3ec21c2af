"""Pages: making a project, editing its guideline, seeing what changed."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.assignments.actions import claim
from labeling.guidelines.actions import edit
from labeling.guidelines.reads import current, draft
from labeling.projects.classes import ClassDraft
from labeling.projects.models import Project
from labeling.projects.reads import active_labels
from labeling.work.actions import submit
from tests.factories import add, make_items, make_project
from tests.pictures import png


def form(project: Project, **changes: Any) -> dict[str, Any]:
    """What the edit page sends when nothing is touched, with changes."""
    classes = [label for label in active_labels(project) if label.role == "class"]
    untouched = {
        "base_number": current(project).number, "revision": draft(project).revision,
        "question": project.question, "text": current(project).text,
        "with_unsure": "on", "class_id": [label.pk for label in classes], "class_name": [c.name for c in classes],
        "class_key": [label.key for label in classes],
    }  # fmt: skip
    return untouched | changes


def publish(client: Client, project: Project, **changes: Any) -> str:
    """Send the edit page's form and publish what it saved; the page that says so or refuses."""
    client.post(f"/p/{project.slug}/guideline/edit", form(project, **changes))
    return confirm(client, project)


def confirm(client: Client, project: Project, **more: Any) -> str:
    """Publish the draft as it stands, as a change of wording."""
    sent = {"revision": draft(project).revision, "affects": "nothing"} | more
    return client.post(f"/p/{project.slug}/guideline/publish", sent, follow=True).content.decode()


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
    saved = client.post(f"/p/{project.slug}/guideline/edit", sent | {"publish": ""}, follow=True)
    assert saved.redirect_chain == [(f"/p/{project.slug}/guideline/publish", 302)]
    assert "<del>ears</del>" in saved.content.decode()
    assert current(project).number == 1
    shown = confirm(client, project)
    assert "<em>tail</em>" in shown
    assert "Version 2" in shown
    assert [label.name for label in active_labels(project)] == ["cat", "dog", "fox", "Not sure"]
    assert "Tails tell" in client.get(f"/p/{project.slug}/guideline/versions").content.decode()
    diff = client.get(f"/p/{project.slug}/guideline/versions/2").content.decode()
    assert "<del>ears</del>" in diff
    assert "tail" in diff


def test_two_owners_of_one_draft_lose_nothing(client: Client, alice: User, bob: User) -> None:
    project = make_project(alice)
    add(project, bob, "owner")
    mine = form(project, text="Alice's words.")
    client.force_login(bob)
    theirs = form(project, text="Bob's words.")
    theirs["class_id"].append("")
    theirs["class_name"].append("fox")
    theirs["class_key"].append("")
    client.post(f"/p/{project.slug}/guideline/edit", theirs)
    client.force_login(alice)
    page = client.post(f"/p/{project.slug}/guideline/edit", mine).content.decode()
    assert "bob wrote the draft meanwhile" in page
    assert "Alice&#x27;s words.</textarea>" in page
    assert 'name="class_name" value="fox"' in page
    assert 'name="revision" value="1"' in page
    assert draft(project).text == "Bob's words."


def test_the_preview_is_made_safe(client: Client, alice: User, bob: User) -> None:
    project = make_project(alice)
    client.force_login(bob)
    address = f"/p/{project.slug}/guideline/preview"
    assert client.post(address, {"text": "*x*"}).status_code == 404
    client.force_login(alice)
    shown = client.post(address, {"text": "*x* <script>alert(1)</script> ![big](https://example.org/big.png)"})
    assert "<em>x</em>" in shown.content.decode()
    assert "<script" not in shown.content.decode()
    assert "<img" not in shown.content.decode()


def test_the_cost_is_shown_before_the_owner_confirms(client: Client, alice: User, bob: User) -> None:
    project = make_project(alice, target=0.6)
    add(project, bob)
    make_items(project, 2)
    (lease, other) = claim(actor=bob, project=project, count=2)
    labels = [project.labels.get(name=name).pk for name in ("cat", "dog")]
    submit(actor=bob, project=project, answers=[
        Answer(one.pk, uuid4(), label, None, 900, timezone.now())
        for one, label in zip((lease, other), labels, strict=True)
    ])  # fmt: skip
    client.force_login(alice)
    client.post(f"/p/{project.slug}/guideline/edit", form(project, text="Tails."))
    address = f"/p/{project.slug}/guideline/publish"
    assert "Answers out of date" not in client.get(address).content.decode()
    page = client.get(address, {"affects": "classes", "label_ids": str(labels[0])}).content.decode()
    assert "<dd>1</dd>" in page
    assert "1, of which 1 are verified now" in page
    refused = client.get(address, {"affects": "classes"}).content.decode()
    assert "name the classes" in refused
    sent = {"revision": 1, "affects": "classes", "label_ids": [labels[0]]}
    client.post(address, sent)
    assert current(project).affected_label_ids == [labels[0]]
    assert "There is no draft" in client.post(address, sent).content.decode()
    client.force_login(bob)
    assert client.get(address).status_code == 403


def test_a_version_is_taken_back_on_its_page(client: Client, alice: User) -> None:
    project = make_project(alice)
    edit(actor=alice, project=project, base_number=1, text="Tails.")
    client.force_login(alice)
    assert "Take this version back" in client.get(f"/p/{project.slug}/guideline/versions/2").content.decode()
    shown = client.post(f"/p/{project.slug}/guideline/2/withdraw", follow=True).content.decode()
    assert "Version 3 says again what stood before." in shown
    assert "withdrawn" in client.get(f"/p/{project.slug}/guideline/versions").content.decode()
    assert "only the version that holds" in client.post(
        f"/p/{project.slug}/guideline/1/withdraw", follow=True
    ).content.decode()


def test_an_example_is_added_on_the_page_and_shown_once_published(client: Client, alice: User, bob: User) -> None:
    project = make_project(alice)
    add(project, bob)
    (item,) = make_items(project, 1)
    client.force_login(alice)
    address = f"/p/{project.slug}/guideline/examples"
    given = {"label_id": project.labels.get(name="cat").pk, "fits": "no", "item": item.pk}
    assert "say why it does not belong" in client.post(address, given).content.decode()
    client.post(address, given | {"because": "A <b>fox</b>."})
    assert "A &lt;b&gt;fox&lt;/b&gt;." in client.get(address).content.decode()
    confirm(client, project)
    client.force_login(bob)
    assert client.get(address).status_code == 403
    assert "A &lt;b&gt;fox&lt;/b&gt;." in client.get(f"/p/{project.slug}/guideline").content.decode()
    told = client.get(f"/api/v1/projects/{project.slug}/work").json()["guideline"]
    assert f"items/{item.pk}/thumb" in told["examples_html"]


def test_a_file_brought_as_an_example(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    address = f"/p/{project.slug}/guideline/examples"
    given = {"label_id": project.labels.get(name="cat").pk, "fits": "yes"}
    bad = SimpleUploadedFile("cat.png", b"<script>alert(1)</script>", "image/png")
    assert client.post(address, given | {"file": bad}).status_code == 200
    client.post(address, given | {"file": SimpleUploadedFile("cat.png", png(1), "image/png")})
    (pk,) = draft(project).example_ids
    client.post(f"{address}/{pk}/remove")
    assert draft(project).example_ids == []


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
    confirm(client, project)
    assert [label.name for label in active_labels(project)] == ["cat", "dog", "Not sure"]


def test_versions_that_are_not_there(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    assert client.get(f"/p/{project.slug}/guideline/versions/7").status_code == 404
