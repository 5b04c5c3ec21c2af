"""The shape of what the pages about gold, rules and publishing send; the rules of the house are in the actions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.annotations.models import Act, Measure
from labeling.assignments.models import GoldSource
from labeling.guidelines.actions import What
from labeling.guidelines.models import Affects
from labeling.projects.models import Label


class Shares(forms.CharField):
    """Numbers with spaces between them."""

    def to_python(self, value: Any) -> Any:
        """A list of floats."""
        try:
            return [float(part) for part in str(value or "").replace(",", " ").split()]
        except ValueError as error:
            raise forms.ValidationError(_("Numbers with spaces between them, like 0.4 0.3 0.2 0.1.")) from error

    def prepare_value(self, value: Any) -> Any:
        """As it is typed."""
        return " ".join(f"{share:g}" for share in value) if isinstance(value, list) else value


class TrustForm(forms.Form):
    """How often gold comes up, the entry quiz, and what people are told."""

    gold_shares = Shares(
        label=_("Share of gold as trust grows"), help_text=_("The first holds for newcomers, the last one for good.")
    )
    gold_step = forms.IntegerField(label=_("Right answers to gold until the next share"))
    quiz_items = forms.IntegerField(
        label=_("Questions of the entry quiz"), help_text=_("0: no quiz. What newcomers answer in it weighs nothing.")
    )
    quiz_mark = forms.FloatField(
        label=_("Share that must be right"), widget=forms.NumberInput(attrs={"step": "0.05"})
    )
    quiz_limit = forms.IntegerField(
        label=_("Tries at most"), help_text=_("After so many questions without reaching the mark a person is paused.")
    )
    feedback_after = forms.IntegerField(
        label=_("Tell people after so many gold answers"), required=False,
        help_text=_("Their share of right ones, hours later, never which items. Empty: not told."),
    )  # fmt: skip


class RuleForm(forms.Form):
    """One rule."""

    measure = forms.ChoiceField(choices=Measure.choices, widget=forms.HiddenInput)
    act = forms.ChoiceField(choices=Act.choices, widget=forms.HiddenInput)
    threshold = forms.FloatField(label=_("Beyond"), widget=forms.NumberInput(attrs={"step": "0.05"}))
    least = forms.IntegerField(label=_("Answers at least"))
    milliseconds = forms.IntegerField(label=_("Milliseconds"), required=False)
    active = forms.BooleanField(label=_("In force"), required=False)


class NewRuleForm(RuleForm):
    """A rule to add."""

    measure = forms.ChoiceField(label=_("When"), choices=Measure.choices)
    act = forms.ChoiceField(label=_("Then"), choices=Act.choices)


class GoldForm(forms.Form):
    """An item and its known label."""

    item_id = forms.IntegerField(min_value=1)
    label_id = forms.IntegerField(min_value=1)
    source = forms.ChoiceField(choices=GoldSource.choices, required=False)

    def clean_source(self) -> str:
        """The owner's where nothing is said."""
        return self.cleaned_data["source"] or GoldSource.OWNER


class PublishForm(forms.Form):
    """What a new version changed, by its owner's word."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    affects = forms.ChoiceField(label=_("What changed?"), choices=Affects.choices, widget=forms.RadioSelect)
    label_ids = forms.TypedMultipleChoiceField(
        label=_("Which classes?"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    retire_in_use = forms.BooleanField(required=False)

    def __init__(self, *given: Any, labels: Sequence[Label], **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["label_ids"].choices = [(label.pk, label.name) for label in labels]  # type: ignore[attr-defined]

    def given(self) -> dict[str, Any]:
        """What publishing is called with; classes count only where classes are what changed."""
        data = self.cleaned_data
        named = tuple(data["label_ids"]) if data["affects"] == Affects.CLASSES else ()
        return {
            "revision": data["revision"] or 0, "what": What(data["affects"], named),
            "retire_in_use": data["retire_in_use"],
        }  # fmt: skip
