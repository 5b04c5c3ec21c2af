"""Projects, their classes, members and invitations."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Medium(models.TextChoices):
    IMAGE = "image", _("Images")
    SOUND = "sound", _("Sounds")


class Mode(models.TextChoices):
    CHOOSE = "choose", _("Choose a class")
    CONFIRM = "confirm", _("Confirm a supposed label")


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    EXPERT = "expert", _("Expert")
    ANNOTATOR = "annotator", _("Annotator")


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User | AnonymousUser) -> "ProjectQuerySet":
        """The projects of which this person is a member now."""
        if user.is_anonymous:
            return self.none()
        return self.filter(members__user=user, members__removed_at=None, archived_at=None)


class Project(models.Model):
    """One question about one kind of item, and the rules by which its answers become labels."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    medium = models.CharField(max_length=10, choices=Medium.choices)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.CHOOSE)
    question = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    target = models.FloatField(default=0.95, help_text="Mean posterior of the verified labels, at least.")
    label_floor = models.FloatField(
        default=0.8, help_text="No label is verified below this posterior, however sure the others are."
    )
    answer_limit = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Answers to an item after which it is disputed and goes to an expert.",
    )
    heldout_share = models.FloatField(default=0.1, help_text="Share of items that judge the model and never train it.")
    heldout_answers = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1)])
    blind_share = models.FloatField(default=0.15, help_text="Share of leases whose payload holds no suggestion.")
    model_helps = models.BooleanField(
        default=True, help_text="Show suggestions, let the model be a witness and order the queue."
    )
    least_gain = models.FloatField(
        default=0.0, help_text="By how much one more answer must be expected to raise the chance of being right."
    )
    newcomer_answers = models.PositiveSmallIntegerField(
        default=0, help_text="Answers here before a person's answer needs nobody else's company."
    )
    stale_weight = models.FloatField(
        default=0.0, help_text="How much an answer weighs that an older guideline led to, as a share of a fresh one."
    )
    consent_text = models.TextField(blank=True)
    backbone = models.CharField(
        max_length=60, blank=True, help_text="Frozen features that the model sees, of ml.versions; empty: the usual."
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(target__gt=0.5, target__lt=1), name="target_is_a_probability"),
            models.CheckConstraint(condition=Q(label_floor__gte=0.5, label_floor__lt=1), name="label_floor_in_range"),
            models.CheckConstraint(
                condition=Q(heldout_share__gte=0, heldout_share__lte=0.5), name="heldout_share_in_range"
            ),
            models.CheckConstraint(condition=Q(blind_share__gte=0, blind_share__lte=1), name="blind_share_in_range"),
            models.CheckConstraint(condition=Q(least_gain__gte=0, least_gain__lt=1), name="least_gain_in_range"),
            models.CheckConstraint(condition=Q(stale_weight__gte=0, stale_weight__lt=1), name="stale_weight_in_range"),
        ]

    def __str__(self) -> str:
        return self.name


class LabelRole(models.TextChoices):
    CLASS = "class", _("A class")
    NONE = "none", _("None of these")
    UNSURE = "unsure", _("Not sure")


class Label(models.Model):
    """One possible answer. Classes and 'none of these' may be true of an item; 'not sure' is only said."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="labels")
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=10, choices=LabelRole.choices, default=LabelRole.CLASS)
    key = models.CharField(max_length=1, help_text="The key that gives this answer.")
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], condition=Q(retired_at=None), name="label_name_once"),
            models.UniqueConstraint(fields=["project", "key"], condition=Q(retired_at=None), name="label_key_once"),
            models.UniqueConstraint(
                fields=["project", "role"], condition=Q(retired_at=None) & ~Q(role="class"), name="one_none_one_unsure"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """What one person may do in one project, and since when."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    invitation = models.ForeignKey(
        "Invitation", null=True, blank=True, on_delete=models.PROTECT, related_name="members"
    )
    joined_at = models.DateTimeField(auto_now_add=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    consented_to = models.TextField(blank=True, help_text="The consent text as it read when the person agreed.")
    removed_at = models.DateTimeField(null=True, blank=True)
    discounted_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when this person's answers, earlier ones too, weigh nothing."
    )
    weight_changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When their answers last ceased to weigh, or began to again."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}"


class Invitation(models.Model):
    """A link by which people join; only the hash of its secret is kept."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.ANNOTATOR)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    max_uses = models.PositiveIntegerField(default=1)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.role} of {self.project}"
