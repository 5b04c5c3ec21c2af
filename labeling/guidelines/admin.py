"""Guideline versions in the admin."""

from django.contrib import admin

from labeling.audit.admin import ReadOnly
from labeling.guidelines.models import GuidelineVersion


@admin.register(GuidelineVersion)
class GuidelineVersionAdmin(ReadOnly):
    """What annotators were told, and since when."""

    list_display = ("project", "number", "question", "author", "created_at")
    list_select_related = ("project", "author")
