"""A person at the labeling API, as a test drives them."""

import uuid
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from labeling.projects.models import Project


class Annotator:
    """Claims and answers over HTTP, signed in by session."""

    def __init__(self, user: User, project: Project) -> None:
        self.client = Client()
        self.client.force_login(user)
        self.slug = project.slug

    def post(self, what: str, data: dict[str, Any]) -> Any:
        """The raw answer of one call."""
        return self.client.post(f"/api/v1/projects/{self.slug}/{what}", data, content_type="application/json")

    def claim(self, count: int = 1) -> list[dict[str, Any]]:
        """The leases got."""
        answer = self.post("claim", {"count": count})
        assert answer.status_code == 200, answer.content
        leases: list[dict[str, Any]] = answer.json()["leases"]
        return leases

    def get(self, what: str) -> Any:
        """What one page of the API tells."""
        return self.client.get(f"/api/v1/projects/{self.slug}/{what}").json()

    @staticmethod
    def row(lease: dict[str, Any], label: int | None, **more: Any) -> dict[str, Any]:
        """One answer as it is sent."""
        return {
            "lease": lease["id"], "key": str(uuid.uuid4()), "label": label, "milliseconds": 900,
            "answered_at": timezone.now().isoformat(), **more,
        }  # fmt: skip

    def answer(self, lease: dict[str, Any], label: int | None, *, status: int = 200, **more: Any) -> dict[str, Any]:
        """What became of one answer."""
        response = self.post("submit", {"answers": [self.row(lease, label, **more)]})
        assert response.status_code == status, response.content
        result: dict[str, Any] = response.json()["results"][0]
        return result
