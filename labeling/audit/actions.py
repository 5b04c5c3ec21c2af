"""The one writer of events."""

from typing import Any

from django.contrib.auth.models import User
from django.db import models

from labeling.audit.models import Event


def record(
    *, actor: User | None, verb: str, row: models.Model, project_id: int | None = None, **data: Any
) -> Event:
    """Note one act; call it inside the transaction of the write that it tells of."""
    return Event.objects.create(
        actor=actor, project_id=project_id, verb=verb, table=row._meta.model_name or "", row=str(row.pk), data=data
    )
