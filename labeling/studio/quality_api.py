"""Agreement and calibration as JSON."""

import math
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.studio.quality_pages import figures


class AlphaOut(serializers.Serializer[dict[str, Any]]):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n_items = serializers.IntegerField()
    n_answers = serializers.IntegerField()


class PairOut(AlphaOut):
    first = serializers.CharField()
    second = serializers.CharField()


class ClassAgreementOut(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField()
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    answers = serializers.IntegerField()
    alpha = AlphaOut(help_text="Krippendorff's, of this class against all others.")


class PersonOut(serializers.Serializer[dict[str, Any]]):
    user_id = serializers.IntegerField()
    name = serializers.CharField()
    discounted = serializers.BooleanField()
    answers = serializers.IntegerField()
    items = serializers.IntegerField()
    agreement = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    kappa = AlphaOut(help_text="Cohen's, with everybody else's answers to the same items.")
    accuracy = serializers.FloatField(allow_null=True)


class BinOut(serializers.Serializer[dict[str, Any]]):
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()
    stated = serializers.FloatField()
    right = serializers.FloatField()
    right_low = serializers.FloatField()
    right_high = serializers.FloatField()


class JudgedSetOut(serializers.Serializer[dict[str, Any]]):
    n = serializers.IntegerField()
    stated = serializers.FloatField(allow_null=True)
    real = serializers.FloatField(allow_null=True)
    real_low = serializers.FloatField()
    real_high = serializers.FloatField()


class QualityOut(serializers.Serializer[dict[str, Any]]):
    alpha = AlphaOut()
    classes = ClassAgreementOut(many=True)
    people = PersonOut(many=True)
    pairs = PairOut(many=True)
    reliability = BinOut(many=True)
    stated_precision = serializers.FloatField(allow_null=True)
    verified = serializers.IntegerField()
    judged = JudgedSetOut(help_text="By gold and by experts' decisions of disputes together.")
    gold = JudgedSetOut(help_text="By gold that no expert had to settle.")
    disputes = JudgedSetOut(help_text="By experts' decisions: on disputed items, which are harder than the others.")
    agreement = JudgedSetOut(
        help_text="The chance, by the noise model, that the next answer names the label so far, and how often it did."
    )
    verified_from = serializers.FloatField(help_text="The posterior from which a label is verified.")
    reserve = serializers.FloatField(help_text="By how much the mean of the verified labels must lie above the target.")
    overclaim = serializers.FloatField(help_text="By how much known labels say that posteriors are too high.")
    known = serializers.IntegerField(help_text="Known labels that told.")


class QualityView(APIView):
    @extend_schema(responses=QualityOut)
    def get(self, request: Request, slug: str) -> Response:
        """Agreement by project, class, person and pair; stated probabilities against experts' decisions and gold."""
        return Response(_defined(figures(project_for(request.user, slug, Role.OWNER))))


def _defined(value: Any) -> Any:
    """JSON knows no NaN: what is not defined is null."""
    if isinstance(value, dict):
        return {name: _defined(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_defined(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
