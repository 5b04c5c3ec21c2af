"""Projects in the admin: to look at, and to bring back what was put away."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from labeling.audit.admin import ReadOnly
from labeling.projects import actions
from labeling.projects.models import Invitation, Label, Member, Project
from labeling.projects.sign_in import signed_in


@admin.register(Project)
class ProjectAdmin(ReadOnly):
    """Every project of this server."""

    list_display = ("name", "slug", "medium", "mode", "created_at", "archived_at")
    list_filter = ("medium", "mode")
    search_fields = ("name", "slug")
    actions = ("bring_back",)

    @admin.action(description="Bring back projects that were put away", permissions=["view"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        """For superusers."""
        if signed_in(request).is_superuser:
            for project in queryset:
                actions.restore_project(actor=signed_in(request), project=project)


@admin.register(Label)
class LabelAdmin(ReadOnly):
    """Classes, the retired ones too."""

    list_display = ("name", "project", "role", "key", "position", "retired_at")
    list_filter = ("role",)
    list_select_related = ("project",)


@admin.register(Member)
class MemberAdmin(ReadOnly):
    """Who belongs where."""

    list_display = ("user", "project", "role", "joined_at", "removed_at")
    list_filter = ("role",)
    list_select_related = ("user", "project")


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    """Links; their secrets are not kept."""

    list_display = ("project", "role", "created_by", "created_at", "expires_at", "max_uses", "revoked_at")
    list_select_related = ("project", "created_by")
    exclude = ("secret_sha256",)
