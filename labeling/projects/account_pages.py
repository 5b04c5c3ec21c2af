"""One's own pages: joining by a link, password, token."""

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from rest_framework.authtoken.models import Token

from labeling.errors import LabelingError
from labeling.projects import actions, reads
from labeling.projects.forms import ConsentForm, SignUpForm, attempt, posted
from labeling.projects.models import Member
from labeling.projects.sign_in import signed_in

BACKEND = "django.contrib.auth.backends.ModelBackend"


def join(request: HttpRequest, secret: str) -> HttpResponse:
    """What one is invited to; POST joins, and signs a new person up at the same time."""
    invitation = reads.invitation_by(secret)
    known = request.user.is_authenticated
    form = ConsentForm(posted(request)) if known else SignUpForm(posted(request))
    member = _accept(request, form, secret) if form.is_bound else None
    if member is not None:
        messages.success(request, _("Welcome to “%(name)s”.") % {"name": member.project.name})
        return redirect("projects")
    context = {
        "invitation": invitation, "inviting": invitation.project, "form": form, "closed": reads.closed(invitation),
    }  # fmt: skip
    return render(request, "projects/join.html", context)


def _accept(request: HttpRequest, form: ConsentForm, secret: str) -> Member | None:
    if request.user.is_authenticated:
        return attempt(form, actions.accept_invitation, actor=signed_in(request), secret=secret)
    member = attempt(form, actions.join_as_new_person, secret=secret)
    if member is not None:
        login(request, member.user, backend=BACKEND)
    return member


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """One's own settings and memberships; POST changes the password."""
    form = _password_form(request)
    if form.is_bound and form.is_valid():
        password = form.cleaned_data["new_password1"]
        update_session_auth_hash(request, actions.change_password(actor=signed_in(request), password=password))
        messages.success(request, _("Your password was changed. Other browsers are signed out; your token stays."))
        return redirect("me")
    return _me(request, form)


@login_required
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Make a new token, which this answer alone shows, or (`revoke`) take the present one away."""
    if "revoke" in request.POST:
        actions.revoke_token(actor=signed_in(request))
        messages.success(request, _("The token no longer works."))
        return redirect("me")
    made = actions.replace_token(actor=signed_in(request))
    return _me(request, _password_form(request), made.key)


@login_required
@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Go out of a project oneself; one's answers stay."""
    project = reads.project_for(request.user, slug)
    try:
        actions.remove_member(actor=signed_in(request), project=project, user=signed_in(request))
        messages.success(request, _("You left “%(name)s”.") % {"name": project.name})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("me")


def _password_form(request: HttpRequest) -> PasswordChangeForm:
    changing = request.method == "POST" and "old_password" in request.POST
    form = PasswordChangeForm(signed_in(request), request.POST if changing else None)
    form.fields["old_password"].widget.attrs.pop("autofocus", None)  # one comes here for other things too
    return form


def _me(request: HttpRequest, form: PasswordChangeForm, new_token: str = "") -> HttpResponse:
    context = {
        "form": form, "new_token": new_token, "has_token": Token.objects.filter(user=signed_in(request)).exists(),
        "memberships": reads.ever_in(signed_in(request)),
    }  # fmt: skip
    return render(request, "projects/me.html", context)
