"""Shapes of what the labeling page sends and gets.

Where mypy is told to look away, the API's word for a field is also an attribute of DRF's own Field.
"""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from labeling.annotations.actions.submit import MOST_AT_ONCE
from labeling.assignments.actions.claim import MOST_AT_ONCE as MOST_CLAIMED


class ClaimIn(serializers.Serializer[dict[str, object]]):
    count = serializers.IntegerField(min_value=1, max_value=MOST_CLAIMED, default=1)


class AnswerIn(serializers.Serializer[dict[str, object]]):
    lease = serializers.IntegerField(min_value=1)
    key = serializers.UUIDField()
    label = serializers.IntegerField(allow_null=True, default=None)  # type: ignore[assignment]
    rejected = serializers.IntegerField(allow_null=True, default=None)
    milliseconds = serializers.IntegerField(min_value=0)
    answered_at = serializers.DateTimeField()


class SubmitIn(serializers.Serializer[dict[str, object]]):
    answers = serializers.ListField(child=AnswerIn(), allow_empty=False, max_length=MOST_AT_ONCE)


class LeasesIn(serializers.Serializer[dict[str, object]]):
    leases = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=1000)


class SkipIn(serializers.Serializer[dict[str, object]]):
    lease = serializers.IntegerField(min_value=1)
    key = serializers.UUIDField()
    reason = serializers.CharField()
    note = serializers.CharField(allow_blank=True, default="", max_length=300)


class UndoIn(serializers.Serializer[dict[str, object]]):
    key = serializers.UUIDField()


@extend_schema_serializer(component_name="LeasedItem")
class ItemOut(serializers.Serializer[dict[str, object]]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    media = serializers.CharField()
    thumb = serializers.CharField()
    peaks = serializers.CharField()
    duration = serializers.FloatField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)


class ShownOut(serializers.Serializer[dict[str, object]]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    name = serializers.CharField()
    confidence = serializers.FloatField(required=False)
    model = serializers.CharField(required=False)
    after_ms = serializers.IntegerField(required=False, help_text="Not in view before the person has looked so long.")
    source = serializers.CharField(required=False)  # type: ignore[assignment]


class LeaseOut(serializers.Serializer[dict[str, object]]):
    id = serializers.IntegerField()
    item = ItemOut()
    suggestion = ShownOut(allow_null=True)
    supposed = ShownOut(allow_null=True)
    guideline_version = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    seconds_left = serializers.FloatField()


class LikenessOut(serializers.Serializer[dict[str, object]]):
    item = serializers.IntegerField()
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    thumb = serializers.CharField()
    media = serializers.CharField()


class LikenessesOut(serializers.Serializer[dict[str, object]]):
    likenesses = LikenessOut(many=True)


class ClaimOut(serializers.Serializer[dict[str, object]]):
    leases = LeaseOut(many=True)
    left = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["work", "nothing-now", "done", "paused"])
    reason = serializers.CharField(help_text="Why a paused person gets nothing.")


class ResultOut(serializers.Serializer[dict[str, object]]):
    key = serializers.UUIDField()
    status = serializers.ChoiceField(choices=["stored", "already-stored", "refused"])
    annotation = serializers.IntegerField(allow_null=True)
    type = serializers.CharField()
    field = serializers.CharField()
    reason = serializers.CharField()


class SubmitOut(serializers.Serializer[dict[str, object]]):
    results = ResultOut(many=True)
    left = serializers.IntegerField()


class ReleasedOut(serializers.Serializer[dict[str, object]]):
    released = serializers.IntegerField()


class HeartbeatOut(serializers.Serializer[dict[str, object]]):
    expires_at = serializers.DateTimeField()
    seconds_left = serializers.FloatField()
    held = serializers.ListField(
        child=serializers.IntegerField(), help_text="Those of the leases that are kept; others may have the rest."
    )


class UndoOut(serializers.Serializer[dict[str, object]]):
    lease = LeaseOut()


class SkippedOut(serializers.Serializer[dict[str, object]]):
    key = serializers.UUIDField()


class LabelOut(serializers.Serializer[dict[str, object]]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    key = serializers.CharField()
    role = serializers.CharField()


class GuidelineOut(serializers.Serializer[dict[str, object]]):
    number = serializers.IntegerField()
    text_html = serializers.CharField()
    examples_html = serializers.CharField()


class CheckedOut(serializers.Serializer[dict[str, object]]):
    right = serializers.IntegerField()
    of = serializers.IntegerField()


class MineOut(serializers.Serializer[dict[str, object]]):
    answers = serializers.IntegerField()
    per_minute = serializers.FloatField()
    checked = CheckedOut(allow_null=True, help_text="Answers that were checked, where the owner has it told.")
    warning = serializers.CharField(help_text="What a rule has to say to this person; empty for nothing.")


class WorkOut(serializers.Serializer[dict[str, object]]):
    project = serializers.CharField()
    name = serializers.CharField()
    question = serializers.CharField()
    mode = serializers.CharField()
    medium = serializers.CharField()
    labels = LabelOut(many=True)
    guideline = GuidelineOut()
    left = serializers.IntegerField()
    mine = MineOut()
