"""Shapes of runs and of the retrain policy."""

from rest_framework import serializers

from labeling.training.models import RetrainPolicy, Run


class RunOut(serializers.ModelSerializer[Run]):
    """A retrain, without its log and curve."""

    snapshot = serializers.IntegerField(source="snapshot.number", default=None, allow_null=True, read_only=True)
    model = serializers.IntegerField(source="model_version.number", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Run
        fields = [
            "number", "state", "stage", "reason", "trigger", "speed", "snapshot", "model", "promoted", "metrics",
            "created_at", "started_at", "finished_at",
        ]  # fmt: skip


class RunDetailOut(RunOut):
    """A retrain with everything that is seen of it while it goes on."""

    class Meta(RunOut.Meta):
        fields = [*RunOut.Meta.fields, "recipe", "code", "preflight", "trials", "report", "curve", "log"]


class PolicyShape(serializers.ModelSerializer[RetrainPolicy]):
    """When the project is retrained by itself."""

    backbone = serializers.CharField(
        source="project.backbone", max_length=60, allow_blank=True, required=False,
        help_text="Frozen features that the model sees, of ml.versions; empty: the usual ones.",
    )  # fmt: skip

    class Meta:
        model = RetrainPolicy
        fields = [
            "enabled", "crontab", "min_new_verified", "margin", "warm_every", "changed_must_be_better", "slice_drop",
            "recipe_kind", "tools", "augment", "priors", "trials", "members", "unlabelled",
            "backbone",
        ]  # fmt: skip
