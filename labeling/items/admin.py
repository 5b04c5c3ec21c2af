"""Items and uploads in the admin."""

from django.contrib import admin

from labeling.audit.admin import ReadOnly
from labeling.items.models import Erasure, Item, Upload


@admin.register(Item)
class ItemAdmin(ReadOnly):
    """Every item of every project."""

    list_display = ("id", "name", "project", "state", "fault", "created_at")
    list_filter = ("state",)
    list_select_related = ("project",)
    search_fields = ("name",)
    show_full_result_count = False


@admin.register(Upload)
class UploadAdmin(ReadOnly):
    """What came in, and how far it got."""

    list_display = ("id", "name", "project", "state", "total", "created_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("project",)


@admin.register(Erasure)
class ErasureAdmin(ReadOnly):
    """Requests to erase, and when they were done."""

    list_display = ("user", "project", "requested_at", "done_at", "items")
    list_select_related = ("user", "project")
