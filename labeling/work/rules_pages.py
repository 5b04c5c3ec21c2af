"""The page of rules: how far people are trusted, what the project acts on, and where everybody stands."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.annotations.actions import remove_rule, set_rule
from labeling.annotations.actions.rules import STANDARD
from labeling.annotations.models import Measure, Rule
from labeling.annotations.reads import rules_of, standings
from labeling.assignments import actions as assignments
from labeling.assignments.permits import trust_policy
from labeling.assignments.reads import gold_of
from labeling.errors import LabelingError
from labeling.projects.forms import attempt, posted
from labeling.projects.models import Role
from labeling.projects.reads import former_or_present, project_for
from labeling.projects.sign_in import signed_in
from labeling.work.forms import NewRuleForm, RuleForm, TrustForm

NEW = {"threshold": 0.8, "least": 50, "active": True}  # what the form of a new rule proposes


@login_required
def rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Rules, quiz and people; POST sets how far people are trusted."""
    project = project_for(request.user, slug, Role.OWNER)
    policy = trust_policy(project)
    form = TrustForm(posted(request), initial={name: getattr(policy, name) for name in TrustForm.base_fields})
    actor = signed_in(request)
    if form.is_bound and attempt(form, assignments.set_trust, actor=actor, project=project) is not None:
        messages.success(request, _("Saved."))
        return redirect("rules", slug)
    context = {
        "project": project, "form": form, "people": standings(project), "measures": Measure,
        "rules": [(rule, _form(rule), (rule.measure, rule.act) not in STANDARD) for rule in rules_of(project)],
        "new": NewRuleForm(initial=NEW, auto_id="new-%s"), "gold": gold_of(project).count(),
        "quiz": policy.quiz_items,
    }  # fmt: skip
    return render(request, "work/rules.html", context)


def _form(rule: Rule) -> RuleForm:
    initial = {name: getattr(rule, name) for name in RuleForm.base_fields}
    return RuleForm(initial=initial, auto_id=f"{rule.measure}-{rule.act}-%s")


@login_required
@require_POST
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change one rule, or add it."""
    project = project_for(request.user, slug, Role.OWNER)
    form = RuleForm(request.POST)
    if attempt(form, set_rule, actor=signed_in(request), project=project) is not None:
        messages.success(request, _("Saved."))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("rules", slug)


@login_required
@require_POST
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """Take an added rule away."""
    project = project_for(request.user, slug, Role.OWNER)
    named = {name: request.POST.get(name, "") for name in ("measure", "act")}
    try:
        remove_rule(actor=signed_in(request), project=project, **named)
        messages.success(request, _("The rule is gone."))
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("rules", slug)


@login_required
@require_POST
def stand(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Pause somebody, let them work again, or send them through the quiz."""
    project = project_for(request.user, slug, Role.OWNER)
    person, actor = former_or_present(project, user_id).user, signed_in(request)
    reason = request.POST.get("reason", "").strip() or _("The project's owner asked for it.")
    try:
        match request.POST.get("act"):
            case "lift":
                assignments.lift(actor=actor, project=project, user=person)
            case "pause":
                assignments.pause(actor=actor, project=project, user=person, reason=reason)
            case "quiz":
                assignments.repeat_quiz(actor=actor, project=project, user=person, reason=reason)
            case _unknown:
                raise LabelingError(_("Lift, pause or quiz."), field="act")
        messages.success(request, _("Done: %(name)s.") % {"name": person})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("rules", slug)
