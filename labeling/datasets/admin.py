"""Snapshots in the admin."""

from django.contrib import admin

from labeling.audit.admin import ReadOnly
from labeling.datasets.models import Snapshot


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly):
    """Frozen data, by content hash."""

    list_display = ("project", "number", "content_hash", "created_at")
    list_select_related = ("project",)
