"""Shapes of the room's API."""

from typing import Any

from rest_framework import serializers

from labeling.items.models import Item, ItemState, Outcome, UploadedFile, UploadState


class UploadIn(serializers.Serializer[Any]):
    """Begin an upload, with its zip or its first files where they come along."""

    name = serializers.CharField(max_length=300, required=False)
    archive = serializers.FileField(required=False, allow_empty_file=True, help_text="A zip.")
    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True), required=False)
    paths = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="One for each file, where names alone do not tell."
    )
    manifest = serializers.FileField(required=False, allow_empty_file=True, help_text="CSV or JSON lines, sent first.")


class ZipIn(serializers.Serializer[Any]):
    """Begin a zip in pieces, or go on with it."""

    name = serializers.CharField(max_length=300)
    size = serializers.IntegerField(help_text="Bytes of the whole zip.")
    mark = serializers.CharField(
        max_length=100, required=False, default="", help_text="Tells the file from a later one of its name."
    )


class PieceIn(serializers.Serializer[Any]):
    """One piece of a zip."""

    start = serializers.IntegerField(min_value=0, help_text="The byte of the zip at which it begins.")
    piece = serializers.FileField(help_text="4,194,304 bytes; the last one has what is left.")


class OutcomeOut(serializers.Serializer[Any]):
    """What became of one file."""

    path = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField()
    item = serializers.IntegerField(source="item.pk", allow_null=True, default=None)


class ProgressOut(serializers.Serializer[Any]):
    """How far an upload is."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=UploadState.choices)
    reason = serializers.CharField()
    total = serializers.IntegerField(allow_null=True)
    ignored = serializers.IntegerField()
    done = serializers.IntegerField()
    added = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    refused = serializers.IntegerField()
    can_resume = serializers.BooleanField()
    size = serializers.IntegerField(allow_null=True, help_text="Bytes of a zip that comes in pieces.")
    received = serializers.IntegerField(help_text="Bytes of it that are here: the next piece begins there.")


class ReceivedOut(ProgressOut):
    """The same after files came in, with what became of them."""

    outcomes = OutcomeOut(many=True)


class UploadedFileOut(serializers.ModelSerializer[UploadedFile]):
    """One line of an upload's list."""

    class Meta:
        model = UploadedFile
        fields = ("path", "outcome", "reason", "item")


class ItemOut(serializers.ModelSerializer[Item]):
    """One item and its file."""

    kind = serializers.SerializerMethodField()
    sha256 = serializers.CharField(source="blob_id")
    size = serializers.IntegerField(source="blob.size")
    width = serializers.IntegerField(source="blob.width", allow_null=True)
    height = serializers.IntegerField(source="blob.height", allow_null=True)
    duration = serializers.FloatField(source="blob.duration", allow_null=True)

    class Meta:
        model = Item
        fields = (
            "id", "name", "kind", "state", "fault", "metadata", "group", "heldout", "sha256", "size", "width", "height",
            "duration", "created_at",
        )  # fmt: skip

    def get_kind(self, item: Item) -> str:
        """Picture or sound, as the work API calls them."""
        return "sound" if item.blob.duration is not None else "image"


class ExcludeIn(serializers.Serializer[Any]):
    """Items to set aside, and why."""

    items = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=1000)
    reason = serializers.CharField(max_length=200)


class IncludeIn(serializers.Serializer[Any]):
    """Items to take back."""

    items = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=1000)


class ChangedOut(serializers.Serializer[Any]):
    """Which items moved."""

    items = serializers.ListField(child=serializers.IntegerField())
    state = serializers.ChoiceField(choices=ItemState.choices)


class EraseIn(serializers.Serializer[Any]):
    """Whose uploads; one's own where nobody is named."""

    username = serializers.CharField(required=False)


class ErasureOut(serializers.Serializer[Any]):
    """An erasure that was carried out."""

    id = serializers.IntegerField()
    items = serializers.IntegerField()
    done_at = serializers.DateTimeField()
