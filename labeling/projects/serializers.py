"""The shape of what goes in and out of the room's API; the rules are in the actions."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from labeling.projects.models import Invitation, Label, LabelRole, Medium, Member, Mode, Project, Role


class ProjectOut(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = (
            "slug", "name", "medium", "mode", "question", "created_at", "target", "answer_limit", "heldout_share",
            "heldout_answers", "blind_share", "model_helps", "consent_text",
            "least_gain", "newcomer_answers", "stale_weight", "label_floor",
        )  # fmt: skip


class ProjectIn(serializers.Serializer[Any]):
    """Settings to change; those left out stay."""

    name = serializers.CharField(required=False)
    mode = serializers.ChoiceField(choices=Mode.choices, required=False)
    target = serializers.FloatField(required=False)
    label_floor = serializers.FloatField(required=False)
    answer_limit = serializers.IntegerField(required=False)
    heldout_share = serializers.FloatField(required=False)
    heldout_answers = serializers.IntegerField(required=False)
    blind_share = serializers.FloatField(required=False)
    least_gain = serializers.FloatField(required=False)
    stale_weight = serializers.FloatField(required=False)
    newcomer_answers = serializers.IntegerField(required=False, min_value=0, max_value=1000)
    model_helps = serializers.BooleanField(required=False)
    consent_text = serializers.CharField(required=False, allow_blank=True)


@extend_schema_serializer(component_name="ProjectLabel")
class LabelOut(serializers.ModelSerializer[Label]):
    role = serializers.ChoiceField(choices=LabelRole.choices)

    class Meta:
        model = Label
        fields = ("id", "name", "role", "key", "position")


class MembershipOut(serializers.ModelSerializer[Member]):
    """A project of one's own, with what one is in it."""

    project = serializers.CharField(source="project.slug")
    name = serializers.CharField(source="project.name")
    medium = serializers.ChoiceField(source="project.medium", choices=Medium.choices)
    question = serializers.CharField(source="project.question")
    role = serializers.ChoiceField(choices=Role.choices)

    class Meta:
        model = Member
        fields = ("project", "name", "medium", "question", "role", "joined_at")


class MemberOut(serializers.ModelSerializer[Member]):
    user = serializers.IntegerField(source="user_id")
    username = serializers.CharField(source="user.username")
    role = serializers.ChoiceField(choices=Role.choices)

    class Meta:
        model = Member
        fields = ("user", "username", "role", "joined_at", "consented_at", "consented_to")


class RoleIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class InvitationOut(serializers.ModelSerializer[Invitation]):
    role = serializers.ChoiceField(choices=Role.choices)
    joined = serializers.IntegerField(default=0, help_text="How many joined by it.")

    class Meta:
        model = Invitation
        fields = ("id", "role", "created_at", "expires_at", "max_uses", "joined")


class InvitationIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices, default=Role.ANNOTATOR)
    days = serializers.IntegerField(default=14)
    max_uses = serializers.IntegerField(default=1)


class InvitationMadeOut(InvitationOut):
    """With the link, which is told this once."""

    link = serializers.URLField(read_only=True)

    class Meta(InvitationOut.Meta):
        fields = (*InvitationOut.Meta.fields, "link")  # type: ignore[assignment]  # the stubs fix the tuple's length


class ConsentIn(serializers.Serializer[Any]):
    consent = serializers.BooleanField(default=False)


class TokenIn(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


class TokenOut(serializers.Serializer[Any]):
    token = serializers.CharField()


class MeOut(serializers.Serializer[Any]):
    username = serializers.CharField()
    projects = MembershipOut(many=True)


class ProblemOut(serializers.Serializer[Any]):
    """Every refusal of the API."""

    type = serializers.CharField()
    field = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
