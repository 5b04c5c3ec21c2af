"""The admin shows everything and changes nothing that an action owns."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from labeling.audit.admin import ReadOnly
from labeling.projects import actions
from labeling.projects.models import Project
from tests.factories import make_project

OURS = [model for model in admin.site._registry if model._meta.app_label == "labeling"]


@pytest.fixture
def root(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.org", "x"))
    return client


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_each_table_is_shown_and_read_only(root: Client, alice: User, model: type) -> None:
    make_project(alice)
    name = model._meta.model_name  # type: ignore[attr-defined]  # only model classes are registered
    assert isinstance(admin.site._registry[model], ReadOnly)
    assert root.get(f"/admin/labeling/{name}/").status_code == 200
    assert root.get(f"/admin/labeling/{name}/add/").status_code == 403


def test_an_administrator_brings_a_project_back(root: Client, alice: User) -> None:
    project = make_project(alice)
    actions.archive_project(actor=alice, project=project)
    root.post("/admin/labeling/project/", {"action": "bring_back", "_selected_action": [project.pk]})
    assert Project.objects.get().archived_at is None


def test_ordinary_people_have_no_admin(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/admin/").status_code == 302


def test_the_schema_of_the_api_is_whole(tmp_path: object, db: None) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", f"{tmp_path}/schema.yml")
