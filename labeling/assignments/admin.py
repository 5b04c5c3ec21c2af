"""Gold and people's clearance in the admin."""

from django.contrib import admin

from labeling.assignments.models import Clearance, Gold, TrustPolicy, Viewing
from labeling.audit.admin import ReadOnly


@admin.register(Gold)
class GoldAdmin(ReadOnly):
    """Known items, the retired ones too."""

    list_display = ("item", "project", "label", "source", "author", "created_at", "retired_at")
    list_filter = ("source",)
    list_select_related = ("item", "project", "label", "author")


@admin.register(Clearance)
class ClearanceAdmin(ReadOnly):
    """Who is in the quiz, cleared or paused, and why."""

    list_display = ("user", "project", "state", "reason", "since", "quiz_since", "passed_at")
    list_filter = ("state",)
    list_select_related = ("user", "project")


@admin.register(TrustPolicy)
class TrustPolicyAdmin(ReadOnly):
    """How far projects trust their people."""

    list_display = ("project", "gold_shares", "gold_step", "quiz_items", "quiz_mark", "feedback_after")
    list_select_related = ("project",)


@admin.register(Viewing)
class ViewingAdmin(ReadOnly):
    """Who is shown suggestions in another manner than usual, and why."""

    list_display = ("user", "project", "manner", "glance_ms", "reason", "since")
    list_filter = ("manner",)
    list_select_related = ("user", "project")
