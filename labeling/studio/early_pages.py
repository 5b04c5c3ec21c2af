"""Finishing items early: the owner's switch, what the audits found, and the same over the API."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.consensus.actions import set_early
from labeling.consensus.models import Consensus, EarlyAudit, EarlyPolicy
from labeling.projects.forms import attempt, posted
from labeling.projects.models import Project, Role
from labeling.projects.reads import project_for
from labeling.projects.sign_in import signed_in
from labeling.registry.reads import promoted


class EarlyForm(forms.Form):
    """The owner's switch."""

    enabled = forms.BooleanField(label=gettext_lazy("Finish items early where an audit bears it out"), required=False)
    risk = forms.FloatField(
        label=gettext_lazy("Risk"), widget=forms.NumberInput(attrs={"step": "0.01"}),
        help_text=gettext_lazy("That ever a set with more errors than the target allows is taken for a good one."),
    )  # fmt: skip


def policy_of(project: Project) -> EarlyPolicy:
    """The owner's setting, or what holds until there is one."""
    return EarlyPolicy.objects.filter(project=project).first() or EarlyPolicy(project=project)


def audits(project: Project) -> QuerySet[EarlyAudit]:
    """The newest first."""
    return EarlyAudit.objects.filter(project=project).select_related("model_version").order_by("-pk")


@login_required
def early_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What is finished early and why one may believe it; POST sets the switch."""
    project = project_for(request.user, slug, Role.OWNER)
    held = policy_of(project)
    form = EarlyForm(posted(request), initial={"enabled": held.enabled, "risk": held.risk})
    if form.is_bound and attempt(form, set_early, actor=signed_in(request), project=project) is not None:
        messages.success(request, _("Saved."))
        return redirect("early", slug)
    context = {
        "project": project, "form": form, "policy": held, "audits": audits(project), "speaking": promoted(project),
        "finished": Consensus.objects.filter(project=project, auto=True).count(), "allowed": 1 - project.target,
    }  # fmt: skip
    return render(request, "studio/early.html", context)


class EarlyShape(serializers.Serializer[dict[str, Any]]):
    enabled = serializers.BooleanField()
    risk = serializers.FloatField()


class AuditOut(serializers.ModelSerializer[EarlyAudit]):
    model = serializers.IntegerField(source="model_version.number")
    sample = serializers.IntegerField(source="drawn")

    class Meta:
        model = EarlyAudit
        fields = (
            "model", "state", "threshold", "allowed", "items", "sample", "looks", "estimate", "bound", "spent",
            "reason", "created_at", "decided_at",
        )  # fmt: skip


class EarlyOut(EarlyShape):
    finished = serializers.IntegerField(help_text="Items verified as auto now.")
    audits = AuditOut(many=True)


class EarlyView(APIView):
    @extend_schema(responses=EarlyOut)
    def get(self, request: Request, slug: str) -> Response:
        """The switch, how many items are finished early, and every audit."""
        return Response(_told(project_for(request.user, slug, Role.OWNER)))

    @extend_schema(request=EarlyShape, responses=EarlyOut)
    def put(self, request: Request, slug: str) -> Response:
        """Turn it on or off."""
        project = project_for(request.user, slug, Role.OWNER)
        parsed = EarlyShape(data=request.data)
        parsed.is_valid(raise_exception=True)
        set_early(actor=cast(User, request.user), project=project, **cast(dict[str, Any], parsed.validated_data))
        return Response(_told(project))


def _told(project: Project) -> dict[str, Any]:
    held = policy_of(project)
    finished = Consensus.objects.filter(project=project, auto=True).count()
    rows = AuditOut(audits(project), many=True).data
    return {"enabled": held.enabled, "risk": held.risk, "finished": finished, "audits": rows}
