"""Feature vectors of frozen backbones, computed once for each file and backbone version."""

from django.db import models
from pgvector.django import VectorField

from labeling.items.models import Blob


class Embedding(models.Model):
    """One file's vector (float32, length by backbone)."""

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="embeddings")
    backbone = models.CharField(max_length=60, help_text="Name and version, as in ml.features.BACKBONE.")
    vector = VectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blob", "backbone"], name="embedding_once")]

    def __str__(self) -> str:
        return f"{self.blob_id[:12]} by {self.backbone}"
