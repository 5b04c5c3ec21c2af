"""What a lease looks like to the page that answers it. A blind lease's payload holds no suggestion at all."""

from typing import Any

from django.utils import timezone

from labeling.assignments.models import Arm, Lease
from labeling.projects.models import Mode, Project


def lease_payload(project: Project, lease: Lease) -> dict[str, Any]:
    """One lease with its item; the page cannot tell a blind item from one without a suggestion."""
    item, blob = lease.item, lease.item.blob
    address = f"/api/v1/projects/{project.slug}/items/{item.pk}"
    return {
        "id": lease.pk,
        "item": {
            "id": item.pk, "name": item.name, "kind": project.medium, "media": f"{address}/media",
            "thumb": f"{address}/thumb", "peaks": f"{address}/peaks", "duration": blob.duration,
            "width": blob.width, "height": blob.height,
        },
        "suggestion": _suggestion(lease) if lease.arm == Arm.SUGGESTED and lease.suggestion else None,
        "supposed": _supposed(project, lease),
        "guideline_version": lease.guideline_version.number,
        "expires_at": lease.expires_at.isoformat(),
        "seconds_left": max(0.0, (lease.expires_at - timezone.now()).total_seconds()),
    }  # fmt: skip


def _suggestion(lease: Lease) -> dict[str, Any]:
    """`after_ms`: the page shows it only once the person has looked for so long."""
    suggestion = lease.suggestion
    assert suggestion is not None
    return {
        "label": suggestion.label_id, "name": suggestion.label.name, "confidence": round(suggestion.confidence, 4),
        "model": f"model {suggestion.model_version.number}", "after_ms": lease.glance_ms or 0,
    }  # fmt: skip


def _supposed(project: Project, lease: Lease) -> dict[str, Any] | None:
    """In confirm mode, the label to confirm: the imported one, else the model's where it may be shown."""
    if project.mode != Mode.CONFIRM:
        return None
    if lease.supposed is not None:
        return {"label": lease.supposed.label_id, "name": lease.supposed.label.name, "source": lease.supposed.source}
    if lease.arm == Arm.SUGGESTED and lease.suggestion is not None:
        told = _suggestion(lease)
        return {"label": told["label"], "name": told["name"], "source": told["model"],
                "after_ms": told["after_ms"]}
    return None
