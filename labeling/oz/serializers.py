"""The shape of what goes in and out of the room's API; the rules are in the actions."""

from typing import Any

from rest_framework import serializers


class PredictIn(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="A picture or a sound, as the project takes them.")


class ByOut(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="wizard or model")
    model = serializers.IntegerField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)


class CallOut(serializers.Serializer[Any]):
    """An answer, or where to ask again."""

    id = serializers.UUIDField()
    state = serializers.CharField(help_text="answered, waiting, timed-out or ended")
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # a field named as DRF names its own
    by = ByOut(allow_null=True)
    ask_again = serializers.CharField(allow_null=True)


class FeedbackIn(serializers.Serializer[Any]):
    key = serializers.UUIDField()
    useful = serializers.BooleanField(required=False, allow_null=True, default=None)
    rating = serializers.IntegerField(required=False, allow_null=True, default=None)
    comment = serializers.CharField(required=False, allow_blank=True, default="")
    correction = serializers.CharField(required=False, allow_blank=True, default="")


class FeedbackOut(serializers.Serializer[Any]):
    key = serializers.UUIDField()


class ShiftOut(serializers.Serializer[Any]):
    shift = serializers.IntegerField()


class AskedClassOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    key = serializers.CharField()
    role = serializers.CharField()
    shown = serializers.BooleanField()


class InquiryOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    variant = serializers.CharField()
    called = serializers.BooleanField()
    media = serializers.CharField()
    name = serializers.CharField()
    classes = AskedClassOut(many=True)
    asked_at = serializers.DateTimeField()


class TakenOut(serializers.Serializer[Any]):
    inquiry = InquiryOut(allow_null=True)


class NothingIn(serializers.Serializer[Any]):
    """A call that says nothing but itself."""


class AnswerIn(serializers.Serializer[Any]):
    inquiry = serializers.UUIDField()
    said = serializers.CharField()
    milliseconds = serializers.IntegerField(min_value=0)


class PassIn(serializers.Serializer[Any]):
    inquiry = serializers.UUIDField()


class LeftOut(serializers.Serializer[Any]):
    handed_on = serializers.IntegerField()
