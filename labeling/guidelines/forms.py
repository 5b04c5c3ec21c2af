"""The shape of what the room's pages send."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.projects.classes import ClassDraft
from labeling.projects.forms import Lines
from labeling.projects.models import Medium, Mode


class ProjectForm(forms.Form):
    """A new project."""

    name = forms.CharField(label=_("Name"), max_length=120)
    medium = forms.ChoiceField(label=_("Made of"), choices=Medium.choices, widget=forms.RadioSelect, initial="image")
    question = forms.CharField(
        label=_("Question"), max_length=300, help_text=_("What annotators are asked of each item.")
    )
    classes = Lines(
        label=_("Classes"), widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line, at least two. Their keys are 1 to 9, then letters."),
    )  # fmt: skip
    mode = forms.ChoiceField(label=_("Annotators"), choices=Mode.choices, widget=forms.RadioSelect, initial="choose")
    with_none = forms.BooleanField(label=_("Allow “None of these”"), required=False)
    with_unsure = forms.BooleanField(label=_("Allow “Not sure”"), required=False, initial=True)
    text = forms.CharField(
        label=_("Guideline"), required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("In Markdown: what belongs to each class, and what to do in doubt. It can be edited later."),
    )  # fmt: skip


class EditForm(forms.Form):
    """A new version; the rows of classes come beside it as lists of equal length."""

    base_number = forms.IntegerField(widget=forms.HiddenInput)
    question = forms.CharField(label=_("Question"), max_length=300)
    text = forms.CharField(
        label=_("Guideline"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 18}),
        help_text=_("In Markdown: what belongs to each class, and what to do in doubt."),
    )  # fmt: skip
    with_none = forms.BooleanField(label=_("Allow “None of these”"), required=False)
    with_unsure = forms.BooleanField(label=_("Allow “Not sure”"), required=False)
    change = forms.CharField(
        label=_("What changed, and why"), required=False, max_length=300,
        help_text=_("One line for the list of versions."),
    )  # fmt: skip


def class_drafts(post: QueryDict) -> list[ClassDraft]:
    """The rows in the order in which they stand; one whose name was emptied is left out."""
    rows = zip(post.getlist("class_id"), post.getlist("class_name"), post.getlist("class_key"), strict=True)
    return [
        ClassDraft(name.strip(), key.strip(), int(pk) if pk.isdecimal() else None)
        for pk, name, key in rows
        if name.strip()
    ]
