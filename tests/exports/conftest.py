"""A project with verified, open and erased items, answered by people."""

import hashlib
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from labeling.annotations.models import Annotation
from labeling.assignments.models import Arm, Lease, LeaseState
from labeling.consensus.models import Consensus, Verdict
from labeling.guidelines.actions import create_project_with_guideline
from labeling.guidelines.reads import current
from labeling.items.models import Blob, Item, ItemState
from labeling.items.storage import blob_key, save
from labeling.projects.actions import add_member
from labeling.projects.models import Label, Project, Role
from labeling.projects.reads import true_label_ids
from tests.looks import chromium, visit

__all__ = ["chromium", "visit"]


@dataclass(frozen=True)
class Shelf:
    """Makes rows of one project."""

    project: Project

    def label(self, name: str) -> Label:
        return Label.objects.get(project=self.project, name=name)

    def item(self, name: str, *, state: str = ItemState.READY) -> Item:
        data = f"bytes of {name} in {self.project.slug}".encode()
        sha256 = hashlib.sha256(data).hexdigest()
        save(blob_key(sha256), ContentFile(data))
        blob = Blob.objects.create(
            sha256=sha256, size=len(data), format="png", content_type="image/png", fingerprint=sha256
        )
        return Item.objects.create(
            project=self.project, blob=blob, name=name, group=sha256, heldout=False, fold=0, state=state
        )

    def answer(self, item: Item, user: User, name: str) -> Annotation:
        now, version = timezone.now(), current(self.project)
        lease = Lease.objects.create(
            project=self.project, item=item, user=user, state=LeaseState.ANSWERED, arm=Arm.BLIND,
            arm_probability=0.25, guideline_version=version, claimed_at=now, expires_at=now,
        )  # fmt: skip
        return Annotation.objects.create(
            project=self.project, item=item, user=user, lease=lease, label=self.label(name), key=uuid.uuid4(),
            arm=Arm.BLIND, arm_probability=0.25, guideline_version=version, milliseconds=900, answered_at=now,
        )  # fmt: skip

    def decide(self, item: Item, name: str, verdict: str = Verdict.VERIFIED, answers: int = 1) -> Consensus:
        order = true_label_ids(self.project)
        label = self.label(name)
        rest = 0.1 / (len(order) - 1)
        return Consensus.objects.create(
            item=item, project=self.project, label=label, confidence=0.9, answers=answers, verdict=verdict,
            probabilities=[0.9 if pk == label.pk else rest for pk in order],
        )  # fmt: skip


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = create_project_with_guideline(
        actor=alice, name="Animals", medium="image", question="Which?", classes=["cat", "=dog"], slug="animals"
    )
    add_member(actor=alice, project=made, user=bob, role=Role.ANNOTATOR)
    return made


@pytest.fixture
def shelf(project: Project) -> Shelf:
    return Shelf(project)


@pytest.fixture
def fetch(client: Client) -> Callable[[User, str], bytes]:
    """Sign in as somebody and read one export to its end."""

    def read(user: User, name: str) -> bytes:
        client.force_login(user)
        response = client.get(f"/api/v1/projects/animals/export/{name}")
        assert response.status_code == 200, response.content
        out = io.BytesIO()
        out.writelines(response)
        return out.getvalue()

    return read
