"""The shape of what pages send; the rules are in the actions."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.errors import LabelingError
from labeling.projects.models import Mode, Role

Made = TypeVar("Made")


def attempt(form: forms.Form, act: Callable[..., Made], **known: Any) -> Made | None:
    """Call an action with the form's values; a refusal goes to its field, with everything typed kept."""
    if not form.is_valid():
        return None
    try:
        return act(**known, **form.cleaned_data)
    except LabelingError as error:
        form.add_error(error.field if error.field in form.fields else None, error.reason)
        return None


def posted(request: HttpRequest) -> QueryDict | None:
    """What binds a form: nothing on GET."""
    return request.POST if request.method == "POST" else None


class Lines(forms.CharField):
    """A text of one thing a line, as a list without the empty lines."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        """Lines, each without the spaces round it."""
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class SettingsForm(forms.Form):
    """What an owner may change of a project; question and classes belong to the guideline."""

    name = forms.CharField(label=_("Name"), max_length=120)
    mode = forms.ChoiceField(label=_("Annotators"), choices=Mode.choices, widget=forms.RadioSelect)
    target = forms.FloatField(
        label=_("Verified labels are right with a probability of"), widget=forms.NumberInput(attrs={"step": "0.005"}),
        help_text=_("All together, on average. Above 0.5 and below 1. Higher means fewer errors and more answers."),
    )  # fmt: skip
    label_floor = forms.FloatField(
        label=_("And each of them at least"), widget=forms.NumberInput(attrs={"step": "0.005"}),
        help_text=_("From 0.5 to 0.999. As high as the above or higher: each label must reach it by itself."),
    )  # fmt: skip
    answer_limit = forms.IntegerField(
        label=_("Answers at most"), help_text=_("An item still open after so many goes to an expert.")
    )
    least_gain = forms.FloatField(
        label=_("Least worth of one more answer"), widget=forms.NumberInput(attrs={"step": "0.005"}),
        help_text=_("An item goes to an expert once one more is expected to raise its probability by less. 0: never."),
    )  # fmt: skip
    newcomer_answers = forms.IntegerField(
        label=_("Answers until somebody is no newcomer"), min_value=0, max_value=1000,
        help_text=_("Before that, their answer to an item needs somebody else's company. 0: nobody is a newcomer."),
    )  # fmt: skip
    stale_weight = forms.FloatField(
        label=_("Weight of answers that a newer guideline put out of date"),
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        help_text=_("As a share of a fresh answer, from 0 to 0.9. Their items are asked again whatever it is."),
    )  # fmt: skip
    heldout_share = forms.FloatField(
        label=_("Share of items held out"), widget=forms.NumberInput(attrs={"step": "0.01"}),
        help_text=_("They judge the model and never train it. Holds for items that come in from now on."),
    )  # fmt: skip
    heldout_answers = forms.IntegerField(
        label=_("Answers for a held-out item"), help_text=_("Each from somebody who saw no suggestion.")
    )
    model_helps = forms.BooleanField(
        label=_("The model helps"), required=False,
        help_text=_("Its suggestions are shown, weighed as a witness, and decide what is asked next."),
    )  # fmt: skip
    blind_share = forms.FloatField(
        label=_("Share of questions without a suggestion"), widget=forms.NumberInput(attrs={"step": "0.01"}),
        help_text=_("Chosen at random, to measure how far suggestions bend answers."),
    )  # fmt: skip
    consent_text = forms.CharField(
        label=_("Consent text"), required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("People agree to it when they join; what they agreed to is kept as it read that day."),
    )  # fmt: skip


class InvitationForm(forms.Form):
    """A new link."""

    role = forms.ChoiceField(label=_("They join as"), choices=Role.choices, initial=Role.ANNOTATOR)
    days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=365, initial=14)
    max_uses = forms.IntegerField(label=_("For how many people"), min_value=1, max_value=10_000, initial=1)


class ConsentForm(forms.Form):
    """Joining by a link when signed in."""

    consent = forms.BooleanField(label=_("I have read this and agree to take part"), required=False)


class SignUpForm(ConsentForm):
    """Joining by a link as somebody new."""

    field_order = ("username", "password", "consent")
    username = forms.CharField(
        label=_("Name to sign in with"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, not a common one."),
    )  # fmt: skip
