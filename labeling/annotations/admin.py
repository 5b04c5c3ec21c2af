"""Answers in the admin."""

from django.contrib import admin

from labeling.annotations.models import Annotation, Finding, Retraction, Rule, Skip
from labeling.audit.admin import ReadOnly


@admin.register(Annotation)
class AnnotationAdmin(ReadOnly):
    """Every answer, with what was shown."""

    list_display = ("id", "project", "item", "user", "label", "rejected", "arm", "milliseconds", "stored_at")
    list_filter = ("arm",)
    list_select_related = ("project", "item", "user", "label", "rejected")
    show_full_result_count = False


@admin.register(Retraction)
class RetractionAdmin(ReadOnly):
    """Answers taken back."""

    list_display = ("annotation_id", "actor", "at")
    list_select_related = ("actor",)


@admin.register(Skip)
class SkipAdmin(ReadOnly):
    """Items passed over."""

    list_display = ("lease_id", "reason", "note", "at")
    list_filter = ("reason",)


@admin.register(Rule)
class RuleAdmin(ReadOnly):
    """What projects act on."""

    list_display = ("project", "measure", "act", "threshold", "least", "milliseconds", "active")
    list_filter = ("measure", "act", "active")
    list_select_related = ("project",)


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    """What rules found of people, and did."""

    list_display = ("user", "project", "rule", "act", "figure", "low", "high", "count", "at")
    list_filter = ("act",)
    list_select_related = ("user", "project", "rule")
