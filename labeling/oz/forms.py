"""The shape of what the room's pages send; the rules are in the actions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.oz.models import Judging, Presentation, Source
from labeling.projects.forms import Lines


class DraftForm(forms.Form):
    """A new experiment."""

    name = forms.CharField(label=_("Name"), max_length=120)
    goal = forms.CharField(
        label=_("Goal"), widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What your product's end users shall get, in your own words. Not how."),
    )  # fmt: skip
    presentation = forms.ChoiceField(
        label=_("End users see"), choices=Presentation.choices, widget=forms.RadioSelect, initial=Presentation.GALLERY
    )
    judging = forms.ChoiceField(
        label=_("And judge"), choices=Judging.choices, widget=forms.RadioSelect, initial=Judging.PAIR
    )
    overlap = forms.IntegerField(
        label=_("Wizards who answer each input"), min_value=1, max_value=20, initial=2,
        help_text=_("Two or more show whether the rule can be followed."),
    )  # fmt: skip


class VariantForm(forms.Form):
    """One candidate question."""

    letter = forms.CharField(required=False, widget=forms.HiddenInput)
    question = forms.CharField(label=_("Question"), max_length=300)
    classes = Lines(label=_("Answers, one a line"), widget=forms.Textarea(attrs={"rows": 3}))
    shown = Lines(
        label=_("The product shows what got"), required=False, widget=forms.Textarea(attrs={"rows": 1}),
        help_text=_("One a line. Left empty: the first answer."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Rule"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("In Markdown: what your wizards go by."),
    )  # fmt: skip
    with_none = forms.BooleanField(label=_("Allow “None of these”"), required=False)
    with_unsure = forms.BooleanField(label=_("Allow “Not sure”"), required=False, initial=True)


class ServiceForm(forms.Form):
    """Who answers callers."""

    source = forms.ChoiceField(label=_("Callers are answered by"), choices=Source.choices, widget=forms.RadioSelect)
    threshold = forms.FloatField(
        label=_("The model answers from a confidence of"), widget=forms.NumberInput(attrs={"step": "0.01"})
    )
    patience = forms.IntegerField(label=_("Seconds that a caller is kept waiting"))
    open_limit = forms.IntegerField(label=_("Callers who may wait at once"))


class JudgementForm(forms.Form):
    """A rater's verdict."""

    showing_id = forms.IntegerField(widget=forms.HiddenInput)
    choice = forms.CharField(required=False)
    rating = forms.IntegerField(required=False)
    comment = forms.CharField(required=False, max_length=1000)
