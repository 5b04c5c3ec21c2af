"""The shape of experiments in the API; the rules are in the actions."""

from typing import Any

from rest_framework import serializers

from labeling.oz.models import ExperimentState, Judging, Part, Presentation


class DraftIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    goal = serializers.CharField()
    presentation = serializers.ChoiceField(choices=Presentation.choices, default=Presentation.GALLERY)
    judging = serializers.ChoiceField(choices=Judging.choices, default=Judging.PAIR)
    overlap = serializers.IntegerField(default=2)


class VariantIn(serializers.Serializer[Any]):
    letter = serializers.CharField(required=False, allow_blank=True, default="", help_text="Empty: a new variant.")
    question = serializers.CharField(max_length=300)
    classes = serializers.ListField(child=serializers.CharField(), max_length=100)
    shown = serializers.ListField(child=serializers.CharField(), required=False, default=list, max_length=100)
    text = serializers.CharField(required=False, allow_blank=True, default="")
    with_none = serializers.BooleanField(default=False)
    with_unsure = serializers.BooleanField(default=True)


class SeatIn(serializers.Serializer[Any]):
    user = serializers.CharField(help_text="A member's name.")
    part = serializers.ChoiceField(choices=Part.choices)


class CountIn(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class CountOut(serializers.Serializer[Any]):
    drawn = serializers.IntegerField()


class InputOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()


class GraduateIn(serializers.Serializer[Any]):
    letter = serializers.CharField()
    why = serializers.CharField()


class DecideIn(serializers.Serializer[Any]):
    precedent = serializers.IntegerField()
    label = serializers.IntegerField()  # type: ignore[assignment]  # a field named as DRF names its own
    because = serializers.CharField(max_length=300)


class ServiceIn(serializers.Serializer[Any]):
    """What is left out stays."""

    # A field named as DRF names its own.
    source = serializers.CharField(required=False, help_text="wizard, model or hybrid")  # type: ignore[assignment]
    threshold = serializers.FloatField(required=False)
    patience = serializers.IntegerField(required=False)
    lasting = serializers.IntegerField(required=False)
    open_limit = serializers.IntegerField(required=False)


class ServiceOut(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]  # a field named as DRF names its own
    threshold = serializers.FloatField()
    patience = serializers.IntegerField()
    lasting = serializers.IntegerField()
    open_limit = serializers.IntegerField()


class BriefOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    name = serializers.CharField()
    goal = serializers.CharField()
    state = serializers.ChoiceField(choices=ExperimentState.choices)
    overlap = serializers.IntegerField()
    presentation = serializers.CharField()
    judging = serializers.CharField()
    winner = serializers.CharField(allow_null=True)
    why = serializers.CharField(allow_blank=True)
    guideline = serializers.IntegerField(allow_null=True)


class ExperimentOut(BriefOut):
    """With everything that its page shows."""

    variants = serializers.ListField(child=serializers.DictField())
    comparisons = serializers.ListField(child=serializers.DictField())
    leader = serializers.CharField(allow_null=True, help_text="The variant that has won for sure, if one has.")
    judged = serializers.IntegerField()
    seats = SeatIn(many=True)
    inputs = serializers.IntegerField()
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    waiting = serializers.IntegerField()
    calls = serializers.IntegerField()
    calls_answered = serializers.IntegerField()
    disputed = serializers.ListField(child=serializers.DictField())


class ShownOut(serializers.Serializer[Any]):
    media = serializers.CharField()
    said = serializers.CharField()


class ShowingOut(serializers.Serializer[Any]):
    showing = serializers.IntegerField(allow_null=True, help_text="Null once the caller has judged everything.")
    sides = serializers.ListField(child=ShownOut(many=True), help_text="Left, then right; one where it is rated.")


class JudgeIn(serializers.Serializer[Any]):
    choice = serializers.ChoiceField(choices=("left", "right", "tie"), required=False, default="")
    rating = serializers.IntegerField(required=False, allow_null=True, default=None)
    comment = serializers.CharField(required=False, allow_blank=True, default="")
