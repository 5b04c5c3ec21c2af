"""Questions in the admin."""

from django.contrib import admin

from labeling.audit.admin import ReadOnly
from labeling.reports.models import Attribute, Flag, Thread


@admin.register(Thread)
class ThreadAdmin(ReadOnly):
    """Questions and their answers."""

    list_display = ("id", "project", "state", "words", "answered_by", "answered_at", "version")
    list_filter = ("state",)
    list_select_related = ("project", "answered_by", "version")


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    """Who asked about what."""

    list_display = ("id", "thread_id", "item", "user")
    list_select_related = ("item", "user")


@admin.register(Attribute)
class AttributeAdmin(ReadOnly):
    """What people may say of themselves; what they say is shown nowhere."""

    list_display = ("name", "project", "choices")
    list_select_related = ("project",)
