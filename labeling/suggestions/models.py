"""What a model version said of an item, kept apart from what people said."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from labeling.items.models import Item
from labeling.projects.models import Label
from labeling.registry.models import ModelVersion


class Suggestion(models.Model):
    """Calibrated class probabilities of one item; out of fold wherever people had answered it."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="suggestions")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="suggestions")
    probabilities = ArrayField(models.FloatField(), help_text="In the order of the model version's label_ids.")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+", help_text="The most probable one.")
    confidence = models.FloatField()
    out_of_fold = models.BooleanField(help_text="Made by a model that never saw this item's answers.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "model_version"], name="suggestion_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.confidence:.2f}"
