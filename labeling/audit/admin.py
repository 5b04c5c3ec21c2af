"""Events in the admin, and how rows are shown that only actions may write."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from labeling.audit.models import Event

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic in the stubs alone


class ReadOnly(ModelAdmin):
    """Rows to look at: a change made here would pass by the action that checks and records it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody changes here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody deletes here."""
        return False


@admin.register(Event)
class EventAdmin(ReadOnly):
    """Who did what."""

    list_display = ("at", "actor", "verb", "table", "row", "project_id")
    list_filter = ("verb", "table")
    list_select_related = ("actor",)
    show_full_result_count = False
