"""Training runs in the admin."""

from django.contrib import admin

from labeling.audit.admin import ReadOnly
from labeling.training.models import RetrainPolicy, Run


@admin.register(Run)
class RunAdmin(ReadOnly):
    """Every retrain and how it ended."""

    list_display = ("project", "number", "state", "trigger", "reason", "promoted", "created_at", "finished_at")
    list_filter = ("state", "trigger")
    list_select_related = ("project",)


@admin.register(RetrainPolicy)
class RetrainPolicyAdmin(ReadOnly):
    """Schedules, as their owners set them."""

    list_display = ("project", "enabled", "crontab", "min_new_verified", "margin")
    list_select_related = ("project",)
