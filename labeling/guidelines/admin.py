"""Guidelines in the admin: to look at, and the rare deed of throwing away a draft that nobody finishes."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from labeling.audit.admin import ReadOnly
from labeling.guidelines import actions
from labeling.guidelines.models import Draft, Example, GuidelineVersion
from labeling.projects.sign_in import signed_in


@admin.register(GuidelineVersion)
class GuidelineVersionAdmin(ReadOnly):
    """What annotators were told, since when, and what it put out of date."""

    list_display = ("project", "number", "question", "affects", "withdraws", "author", "created_at")
    list_filter = ("affects",)
    list_select_related = ("project", "author", "withdraws__project")


@admin.register(Draft)
class DraftAdmin(ReadOnly):
    """Next versions that are being written."""

    list_display = ("project", "revision", "author", "updated_at")
    list_select_related = ("project", "author")
    actions = ("throw_away",)

    @admin.action(description="Throw away drafts that nobody finishes", permissions=["view"])
    def throw_away(self, request: HttpRequest, queryset: QuerySet[Draft]) -> None:
        """For superusers; what they said stays in the record."""
        if signed_in(request).is_superuser:
            for draft in queryset:
                actions.discard_draft(actor=signed_in(request), project=draft.project, revision=draft.revision)


@admin.register(Example)
class ExampleAdmin(ReadOnly):
    """What was shown of classes."""

    list_display = ("project", "label", "fits", "because", "item", "author", "created_at")
    list_filter = ("fits",)
    list_select_related = ("project", "label", "item", "author")
