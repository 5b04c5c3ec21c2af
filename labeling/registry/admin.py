"""Model versions in the admin."""

from django.contrib import admin

from labeling.audit.admin import ReadOnly
from labeling.registry.models import ModelVersion


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly):
    """Every model, promoted or not."""

    list_display = ("project", "number", "state", "created_at", "promoted_at")
    list_filter = ("state",)
    list_select_related = ("project",)
