"""The shape of what goes in and out of the room's API; the rules are in the actions."""

from typing import Any

from rest_framework import serializers

from labeling.guidelines.actions import What
from labeling.guidelines.models import Affects, Draft, Example, GuidelineVersion
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
        fields = (
            "number", "question", "text", "classes", "example_ids", "affects", "affected_label_ids", "author", "change",
            "created_at",
        )  # fmt: skip


class EditIn(serializers.Serializer[Any]):
    """What is left out stays as it was; `classes`, when given, are all classes that shall be, in order."""

    base_number = serializers.IntegerField()
    question = serializers.CharField(required=False)
    text = serializers.CharField(required=False, allow_blank=True)
    classes = ClassIn(many=True, required=False)
    with_none = serializers.BooleanField(required=False)
    with_unsure = serializers.BooleanField(required=False)
    example_ids = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=1000)
    retire_in_use = serializers.BooleanField(default=False)
    affects = serializers.ChoiceField(choices=Affects.choices, default=Affects.NOTHING)
    label_ids = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=1000)
    change = serializers.CharField(required=False, allow_blank=True)


class DraftIn(serializers.Serializer[Any]):
    """The next version as it shall be, upon the version and the revision that were looked at."""

    base_number = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="0 where there was no draft.")
    question = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    classes = ClassIn(many=True)
    with_none = serializers.BooleanField()
    with_unsure = serializers.BooleanField()
    example_ids = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=1000)
    change = serializers.CharField(required=False, allow_blank=True)


class DraftOut(serializers.ModelSerializer[Draft]):
    base_number = serializers.IntegerField(source="base.number")
    classes = ClassIn(many=True)
    author = serializers.CharField(source="author.username", default=None, allow_null=True)

    class Meta:
        model = Draft
        fields = (
            "base_number", "revision", "question", "text", "classes", "with_none", "with_unsure", "example_ids",
            "change", "author", "updated_at",
        )  # fmt: skip


class ExampleIn(serializers.Serializer[Any]):
    """An item that shows what belongs to a class, or what does not and why."""

    item = serializers.IntegerField()
    label = serializers.IntegerField()  # type: ignore[assignment]  # a field named as DRF names its own
    fits = serializers.BooleanField()
    because = serializers.CharField(required=False, allow_blank=True, default="")


class ExampleOut(serializers.ModelSerializer[Example]):
    label = serializers.IntegerField(source="label_id")  # type: ignore[assignment]  # a field named as DRF names its own
    item = serializers.IntegerField(source="item_id")

    class Meta:
        model = Example
        fields = ("id", "item", "label", "fits", "because")


class EditedMeanwhileOut(ProblemOut):
    """A refusal with the version that somebody else wrote."""

    number = serializers.CharField(required=False)
    question = serializers.CharField(required=False)
    text = serializers.CharField(required=False)


def drafts(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its classes as drafts, and with what changed as one value."""
    if "affects" in body:
        body = dict(body)
        body["what"] = What(body.pop("affects"), tuple(body.pop("label_ids", ())))
    if "classes" not in body:
        return body
    return body | {"classes": [ClassDraft(**row) for row in body["classes"]]}
