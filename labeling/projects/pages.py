"""Pages of projects and their people: parse, call one action, answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.errors import LabelingError
from labeling.projects import actions, reads
from labeling.projects.forms import InvitationForm, SettingsForm, attempt, posted
from labeling.projects.models import Role
from labeling.projects.sign_in import signed_in


@login_required
def projects(request: HttpRequest) -> HttpResponse:
    """Everything that this person takes part in."""
    context = {"memberships": reads.projects_of(request.user), "away": reads.put_away(request.user)}
    return render(request, "projects/projects.html", context)


@login_required
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Members, roles and links; POST makes a link, whose secret this answer alone shows."""
    project = reads.project_for(request.user, slug, Role.OWNER)
    form = InvitationForm(posted(request))
    made = attempt(form, actions.invite, actor=signed_in(request), project=project) if form.is_bound else None
    link = request.build_absolute_uri(f"/join/{made[1]}") if made else ""
    context = {
        "project": project, "form": InvitationForm() if made else form, "link": link, "roles": Role.choices,
        "members": reads.members(project), "removed": reads.removed_members(project),
        "invitations": reads.invitations(project),
    }  # fmt: skip
    return render(request, "projects/people.html", context)


@login_required
@require_POST
def change_role(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Give a member the role chosen."""
    project = reads.project_for(request.user, slug, Role.OWNER)
    user = reads.former_or_present(project, user_id).user
    try:
        actions.change_role(actor=signed_in(request), project=project, user=user, role=request.POST.get("role", ""))
        messages.success(request, _("%(name)s has another role now.") % {"name": user})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("people", slug)


@login_required
@require_POST
def remove_member(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Shut a member out; the page offers to bring them back."""
    project = reads.project_for(request.user, slug, Role.OWNER)
    user = reads.former_or_present(project, user_id).user
    try:
        actions.remove_member(actor=signed_in(request), project=project, user=user)
        messages.success(request, _("Removed %(name)s. Their answers stay.") % {"name": user})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("people" if user != request.user else "projects", *([slug] if user != request.user else []))


@login_required
@require_POST
def bring_back(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Undo a removal: the same person in the same role."""
    project = reads.project_for(request.user, slug, Role.OWNER)
    member = reads.former_or_present(project, user_id)
    actions.add_member(actor=signed_in(request), project=project, user=member.user, role=member.role)
    messages.success(request, _("%(name)s is back.") % {"name": member.user})
    return redirect("people", slug)


@login_required
@require_POST
def revoke_invitation(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Make a link useless."""
    project = reads.project_for(request.user, slug, Role.OWNER)
    actions.revoke_invitation(actor=signed_in(request), invitation=reads.invitation(project, pk))
    messages.success(request, _("The link no longer works."))
    return redirect("people", slug)


@login_required
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """The numbers by which answers become labels."""
    project = reads.project_for(request.user, slug, Role.OWNER)
    initial = {field: getattr(project, field) for field in SettingsForm.base_fields}
    form = SettingsForm(posted(request), initial=initial)
    saved = attempt(form, actions.change_settings, actor=signed_in(request), project=project) if form.is_bound else None
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("settings", slug)
    return render(request, "projects/settings.html", {"project": project, "form": form})


@login_required
@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Put the project away."""
    project = reads.project_for(request.user, slug, Role.OWNER)
    actions.archive_project(actor=signed_in(request), project=project)
    messages.success(request, _("Put away “%(name)s”. Nothing was deleted.") % {"name": project.name})
    return redirect("projects")


@login_required
@require_POST
def restore(request: HttpRequest, slug: str) -> HttpResponse:
    """Bring back a project of one's own that was put away."""
    member = get_object_or_404(reads.put_away(request.user), project__slug=slug)
    actions.restore_project(actor=signed_in(request), project=member.project)
    messages.success(request, _("“%(name)s” is back.") % {"name": member.project.name})
    return redirect("projects")
