"""The shape of what the retrain settings send; the rules are in the actions."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.embeddings.reads import backbones_for
from labeling.projects.models import Label, LabelRole, Medium, Project
from labeling.training.actions.policy import MOST_MEMBERS, MOST_TRIALS, borders, kinds_for
from labeling.training.actions.tools import TOOLS, tools_for
from labeling.training.models import RetrainPolicy
from ml.recipe import Augment
from ml.versions import SPEECH

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BACKBONE_WORDS = {
    SPEECH: _("A pretrained speech embedding (openWakeWord): not for commercial use"),
}
SHARE = {"step": "0.005"}
KIND_WORDS = {
    "head": _("A head on frozen features: seconds, best with few labels"),
    "image_cnn": _("A small network from scratch: minutes, for many labels"),
    "audio_cnn": _("A small network from scratch: minutes, for many labels"),
    "image_transfer": _("A trained network, fine-tuned from the top down: minutes, for hundreds of labels"),
    "audio_gru": _("A small network that hears the whole sound: minutes, for many labels"),
}
# The changes that an owner can judge, by what they are made to; a flipped digit is another digit.
CHANGES: "dict[str, tuple[StrOrPromise, StrOrPromise]]" = {
    "flip": (_("May be mirrored"), _("Left for right. Not for digits, letters, or anything that points.")),
    "rotate": (_("Turned by at most, degrees"), ""),
    "scale": (_("Larger or smaller by at most, a share"), ""),
    "shift": (_("Moved by at most, a share"), _("Of the width, or of the time.")),
    "crop": (_("Cut at the sides by at most, a share"), ""),
    "colour": (_("Brightness, contrast and colour changed by at most, a share"), ""),
    "gain": (_("Sound of the room and microphone changed by at most, nats"), ""),
    "background": (_("With another sound beneath, a share of the items"), ""),
    "noise": (_("Noise, in standard deviations"), ""),
    "border": (_("What lies outside the edge"), ""),
    "warp": (_("Voice made longer or shorter by at most, a share"), ""),
    "mask": (_("Time and pitch hidden at most, a share"), ""),
    "mix": (_("Mixed with another item"), _("0 never; 0.2 now and then, which helps with few labels.")),
}
# What else an owner may set of a recipe, in the words of somebody who looks at curves.
TOOL_WORDS: "dict[str, tuple[StrOrPromise, StrOrPromise]]" = {
    "balance": (_("Weight of rare classes"), _("0: every label counts alike. 1: every class counts alike.")),
    "sampling": (_("Rare classes seen more often"), _("0: as they come. 1: each class as often as the others.")),
    "loss": (_("What is made small"), _("The cosine loss often does better with a few labels a class.")),
    "smoothing": (_("Targets smoothed, a share"), ""),
    "dropout": (_("Dropout before the last layer, a share"), ""),
    "weight_decay": (_("Weight decay"), ""),
    "averaging": (_("Average of weights kept, its decay"), _("0 keeps the last; 0.98 is usual.")),
    "patience": (_("Epochs without gain before it stops"), _("0 goes to the end.")),
    "epochs": (_("Epochs at most"), ""),
    "lr": (_("Highest learning rate"), ""),
    "size": (_("Side of the pictures, px"), ""),
    "seconds": (_("Seconds heard, where it is loudest"), ""),
}
LOSS_WORDS = {"entropy": _("Cross-entropy"), "cosine": _("Cosine loss")}
PICTURES = ("flip", "rotate", "scale", "crop", "shift", "colour", "noise", "border", "mix")
SOUNDS = ("shift", "scale", "gain", "background", "noise", "warp", "mask", "mix")
BORDERS = {
    "edge": _("the edge itself"), "border": _("the edge itself"), "reflect": _("a reflection"),
    "reflection": _("a reflection"), "symmetric": _("a reflection with the edge twice"), "constant": _("nothing"),
    "zeros": _("nothing"), "wrap": _("the other side"),
}  # fmt: skip


class PolicyForm(forms.Form):
    """When and how the project is retrained by itself, and what a new model has to show."""

    enabled = forms.BooleanField(label=_("Retrain by itself"), required=False)
    crontab = forms.CharField(
        label=_("When"), max_length=60, widget=forms.TextInput(attrs={"class": "mono", "autocapitalize": "off"}),
        help_text=_("Minute, hour, day, month, weekday, in UTC. “0 3 * * *” is every night at three."),
    )  # fmt: skip
    min_new_verified = forms.IntegerField(
        label=_("New labels needed"), help_text=_("With fewer since the last time it is skipped, and says so.")
    )
    warm_every = forms.IntegerField(
        label=_("Answers between quick refits"), min_value=0,
        help_text=_("After so many new answers the model's last step is fitted anew, within seconds. 0 is never."),
    )  # fmt: skip
    margin = forms.FloatField(
        label=_("How much worse is still noise"), widget=forms.NumberInput(attrs=SHARE),
        help_text=_("As a share of the held-out items. A model further below the present one is not promoted."),
    )  # fmt: skip
    slice_drop = forms.FloatField(
        label=_("How much worse on any part"), widget=forms.NumberInput(attrs=SHARE),
        help_text=_("A share, for each source, speaker, size, brightness or length with 20 items. 1 asks nothing."),
    )  # fmt: skip
    changed_must_be_better = forms.BooleanField(
        label=_("Another recipe must be better beyond chance"), required=False,
        help_text=_("A refit of the same recipe need only be not worse."),
    )  # fmt: skip
    recipe_kind = forms.ChoiceField(label=_("Recipe"), required=False)
    trials = forms.IntegerField(
        label=_("Other recipes to try first"), min_value=0, max_value=MOST_TRIALS,
        help_text=_("Drawn at random, judged without the held-out items; each takes as long as a retrain. 0 is none."),
    )  # fmt: skip
    members = forms.IntegerField(
        label=_("Models that teach the one that serves"), min_value=0, max_value=MOST_MEMBERS,
        help_text=_("So many are trained first, and one learns from people and from all of them. 0 is none."),
    )  # fmt: skip
    unlabelled = forms.BooleanField(
        label=_("Learn from items without labels too"), required=False,
        help_text=_(
            "The head learns again from those it is surest of itself. It helps with voices that nobody has labelled, "
            "and takes about twice as long."
        ),
    )  # fmt: skip

    def __init__(self, data: Any, project: Project, held: RetrainPolicy) -> None:
        super().__init__(data, initial={name: getattr(held, name) for name in self.base_fields})
        words = [(kind, KIND_WORDS.get(kind, kind)) for kind in kinds_for(project.medium)]
        self.fields["recipe_kind"] = forms.ChoiceField(
            label=_("Recipe"), required=False, choices=[("", _("As Emerald recommends")), *words]
        )
        if project.medium == Medium.IMAGE:
            del self.fields["unlabelled"]
        if others := backbones_for(project.medium):
            self.fields["backbone"] = self._backbone(others, project.backbone)
        self.usual = asdict(Augment())
        suitable = PICTURES if project.medium == Medium.IMAGE else SOUNDS
        for name in (name for name in suitable if name in self.usual):
            self.fields[f"augment_{name}"] = self._change(name, held.augment.get(name, self.usual[name]))
        for name in dict.fromkeys(name for kind in kinds_for(project.medium) for name in tools_for(kind)):
            self.fields[f"tool_{name}"] = self._tool(name, held.tools.get(name))
        for label in Label.objects.filter(project=project, role=LabelRole.CLASS, retired_at=None):
            self.fields[f"prior_{label.pk}"] = forms.FloatField(
                label=label.name, required=False, initial=held.priors.get(str(label.pk)), min_value=0, max_value=1,
                widget=forms.NumberInput(attrs=SHARE),
            )  # fmt: skip

    def _backbone(self, others: Sequence[str], held: str) -> forms.Field:
        words = [(name, BACKBONE_WORDS.get(name, name)) for name in others]
        return forms.ChoiceField(
            label=_("What a head on frozen features hears"), required=False, initial=held,
            choices=[("", _("Emerald's own features: free for any use")), *words],
            help_text=_(
                "The embedding knows speech and is far better with voices not heard before. Its licence, "
                "CC BY-NC-SA 4.0, forbids commercial use, which may well reach models made with it; whoever passes on "
                "changed weights must name openWakeWord and do so under the same licence. It is installed apart, by "
                "“pip install '.[speech]'”. The next retrain learns with it; until then no new suggestion is made."
            ),
        )  # fmt: skip

    def _change(self, name: str, value: Any) -> forms.Field:
        label, hint = CHANGES[name]
        if name == "border":
            choices = [(border, BORDERS.get(border, border)) for border in borders()]
            return forms.ChoiceField(label=label, choices=choices, initial=value)
        if isinstance(self.usual[name], bool):
            return forms.BooleanField(label=label, help_text=hint, required=False, initial=value)
        widget = forms.NumberInput(attrs={"step": "any"})
        return forms.FloatField(label=label, help_text=hint, initial=value, min_value=0, widget=widget)

    def _tool(self, name: str, value: Any) -> forms.Field:
        label, hint = TOOL_WORDS[name]
        if TOOLS[name].words:
            words = [(word, LOSS_WORDS.get(word, word)) for word in TOOLS[name].words]
            choices = [("", _("As Emerald recommends")), *words]
            return forms.ChoiceField(label=label, help_text=hint, choices=choices, initial=value, required=False)
        widget = forms.NumberInput(attrs={"step": "any"})
        return forms.FloatField(label=label, help_text=hint, initial=value, required=False, widget=widget)

    def clean(self) -> dict[str, Any]:
        """The action's own words: what differs from the usual changes, and the shares that were given."""
        values: dict[str, Any] = super().clean() or {}
        changes = {name.removeprefix("augment_"): values.pop(name) for name in list(values) if name[:8] == "augment_"}
        shares = {name.removeprefix("prior_"): values.pop(name) for name in list(values) if name[:6] == "prior_"}
        tools = {name.removeprefix("tool_"): values.pop(name) for name in list(values) if name[:5] == "tool_"}
        values["tools"] = {name: value for name, value in tools.items() if value not in (None, "")}
        values["augment"] = {name: value for name, value in changes.items() if value != self.usual[name]}
        values["priors"] = {label: share for label, share in shares.items() if share is not None}
        return values

    def changes(self) -> list[forms.BoundField]:
        """What may be done to an item while it is learnt from."""
        return [field for field in self if field.name.startswith("augment_")]

    def tools(self) -> list[forms.BoundField]:
        """What else of the recipe may be set."""
        return [field for field in self if field.name.startswith("tool_")]

    def tools_said(self) -> bool:
        """Whether any of these is set, or was refused."""
        return any(field.errors or field.value() not in (None, "") for field in self.tools())

    def shares(self) -> list[forms.BoundField]:
        """How often each class is expected."""
        return [field for field in self if field.name.startswith("prior_")]
