"""Files, the items made of them, supposed labels, and the uploads that brought them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from labeling.projects.models import Label, Project


class Blob(models.Model):
    """One file's bytes, stored once under their SHA-256, byte for byte as they came."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField(help_text="Bytes.")
    format = models.CharField(max_length=10, help_text="By content: jpeg, png, wav, ...")
    content_type = models.CharField(max_length=40)
    fingerprint = models.CharField(
        max_length=64, db_index=True, help_text="SHA-256 of the decoded pixels or samples: the duplicate group."
    )
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration = models.FloatField(null=True, help_text="Seconds.")
    sample_rate = models.PositiveIntegerField(null=True, help_text="Hz.")
    channels = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    derived_at = models.DateTimeField(null=True, help_text="When the thumbnail and peaks were made.")
    derive_tries = models.PositiveSmallIntegerField(default=0, help_text="Times that somebody began to make them.")
    erased_at = models.DateTimeField(null=True, help_text="The bytes are gone; this row is their tombstone.")

    def __str__(self) -> str:
        return self.sha256[:12]


class ItemState(models.TextChoices):
    NEW = "new", _("Waiting for its thumbnail or peaks")
    READY = "ready", _("Ready to label")
    FAULTY = "faulty", _("Cannot be shown")
    EXCLUDED = "excluded", _("Excluded by the owner")
    ERASED = "erased", _("Erased on request")


class Item(models.Model):
    """One picture or sound in one project."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="items", db_index=False)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="items")
    name = models.CharField(max_length=300)
    metadata = models.JSONField(default=dict, blank=True)
    group = models.CharField(
        max_length=120, help_text="Items of one group stand on one side of every split: declared, or the fingerprint."
    )
    heldout = models.BooleanField(help_text="Chosen at ingest by a hash of the group, never changed.")
    fold = models.PositiveSmallIntegerField(help_text="Fixed by a hash of the group: for out-of-fold opinions.")
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.NEW)
    fault = models.CharField(max_length=200, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    admitted_at = models.DateTimeField(null=True, help_text="When the queue took it in; set by the queue's own claim.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "blob"], name="item_once")]
        indexes = [
            models.Index(
                fields=["project"], name="item_not_admitted", condition=Q(state="ready", admitted_at=None)
            ),
            models.Index(fields=["project", "id"], name="item_by_project"),
            models.Index(fields=["project", "state", "id"], name="item_by_state"),
            models.Index(fields=["project", "group"], name="item_by_group"),
        ]

    def __str__(self) -> str:
        return self.name


class SupposedLabel(models.Model):
    """A label that came with the item: a witness with a measured error rate, never truth."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="supposed_labels")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "source"], name="supposed_once_a_source")]

    def __str__(self) -> str:
        return f"{self.label} by {self.source}"


class UploadState(models.TextChoices):
    RECEIVING = "receiving", _("Receiving files")
    QUEUED = "queued", _("Waiting for the worker")
    RUNNING = "running", _("Being read")
    DONE = "done", _("Done")
    FAILED = "failed", _("Stopped")


class Upload(models.Model):
    """One folder, zip, manifest or set of files on its way in; resumable."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="uploads")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.RECEIVING)
    reason = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=500, blank=True, help_text="Storage key of the zip, or path of the folder.")
    size = models.BigIntegerField(null=True, help_text="Bytes of a zip that comes in pieces.")
    received = models.BigIntegerField(default=0, help_text="Bytes of it that are here, from the first on.")
    mark = models.CharField(
        max_length=100, blank=True, help_text="What its sender tells the file by: one that changed begins anew."
    )
    total = models.PositiveIntegerField(null=True, help_text="Files, once known.")
    ignored = models.PositiveIntegerField(default=0, help_text="Hidden and system files, passed over in silence.")
    created_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    deaths = models.PositiveSmallIntegerField(default=0, help_text="Workers that died at it since a file went in.")
    reading = models.CharField(max_length=500, blank=True, help_text="Read alone now, since a worker died hereabouts.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(size=None, received=0) | Q(received__gte=0, received__lte=F("size")),
                name="no_more_than_size",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Outcome(models.TextChoices):
    ADDED = "added", _("Added")
    DUPLICATE = "duplicate", _("Already there")
    REFUSED = "refused", _("Refused")


class UploadedFile(models.Model):
    """What became of one file of an upload; its presence is what a resumed upload skips by."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files", db_index=False)
    path = models.CharField(max_length=500)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=300, blank=True)
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["upload", "id"], name="file_by_upload"),
            models.Index(fields=["upload", "outcome", "id"], name="file_by_outcome"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["upload", "path"], name="uploaded_once"),
            models.CheckConstraint(
                condition=Q(outcome="refused", item=None) & ~Q(reason="") | ~Q(outcome="refused"),
                name="refused_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path}: {self.outcome}"


class Erasure(models.Model):
    """A person's request to erase what they uploaded, and when it was done: the tombstone's stone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="erasures")
    requested_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    items = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"erasure for {self.user}"
