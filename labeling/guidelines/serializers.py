"""The shape of what goes in and out of the room's API; the rules are in the actions."""

from typing import Any

from rest_framework import serializers

from labeling.guidelines.models import GuidelineVersion
from labeling.projects.classes import ClassDraft
from labeling.projects.models import LabelRole, Medium, Mode
from labeling.projects.serializers import ProblemOut


class ClassIn(serializers.Serializer[Any]):
    """A class as it shall be: with an id it is an existing one, without a key it gets the next free one."""

    id = serializers.IntegerField(required=False, allow_null=True, default=None)
    name = serializers.CharField()
    key = serializers.CharField(required=False, allow_blank=True, default="")


class ProjectCreateIn(serializers.Serializer[Any]):
    name = serializers.CharField()
    slug = serializers.SlugField(required=False, max_length=60)
    medium = serializers.ChoiceField(choices=Medium.choices)
    question = serializers.CharField()
    classes = ClassIn(many=True)
    mode = serializers.ChoiceField(choices=Mode.choices, default=Mode.CHOOSE)
    with_none = serializers.BooleanField(default=False)
    with_unsure = serializers.BooleanField(default=True)
    text = serializers.CharField(required=False, allow_blank=True)
    target = serializers.FloatField(required=False)
    answer_limit = serializers.IntegerField(required=False)
    heldout_share = serializers.FloatField(required=False)
    heldout_answers = serializers.IntegerField(required=False)
    blind_share = serializers.FloatField(required=False)
    model_helps = serializers.BooleanField(required=False)
    consent_text = serializers.CharField(required=False, allow_blank=True)


class StoodClassOut(serializers.Serializer[Any]):
    """A class as it stood in a version."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=LabelRole.choices)
    key = serializers.CharField()


class VersionOut(serializers.ModelSerializer[GuidelineVersion]):
    classes = StoodClassOut(many=True)
    author = serializers.CharField(source="author.username", default=None, allow_null=True)

    class Meta:
        model = GuidelineVersion
        fields = ("number", "question", "text", "classes", "author", "change", "created_at")


class EditIn(serializers.Serializer[Any]):
    """What is left out stays as it was; `classes`, when given, are all classes that shall be, in order."""

    base_number = serializers.IntegerField()
    question = serializers.CharField(required=False)
    text = serializers.CharField(required=False, allow_blank=True)
    classes = ClassIn(many=True, required=False)
    with_none = serializers.BooleanField(required=False)
    with_unsure = serializers.BooleanField(required=False)
    retire_in_use = serializers.BooleanField(default=False)
    change = serializers.CharField(required=False, allow_blank=True)


class EditedMeanwhileOut(ProblemOut):
    """A refusal with the version that somebody else wrote."""

    number = serializers.CharField(required=False)
    question = serializers.CharField(required=False)
    text = serializers.CharField(required=False)


def drafts(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its classes as drafts."""
    if "classes" not in body:
        return body
    return body | {"classes": [ClassDraft(**row) for row in body["classes"]]}
