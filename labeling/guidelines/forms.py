"""The shape of what the room's pages send."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.projects.classes import ClassDraft
from labeling.projects.forms import Lines
from labeling.projects.models import Label, Medium, Mode


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
    """The draft of a new version; the rows of classes come beside it as lists of equal length."""

    base_number = forms.IntegerField(widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput)
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


class ExampleForm(forms.Form):
    """An example: an item of the project or a file, its class, whether it belongs there, and why."""

    label_id = forms.TypedChoiceField(label=_("Class"), coerce=int)
    fits = forms.TypedChoiceField(
        label=_("It shows"), coerce=lambda value: value == "yes", widget=forms.RadioSelect, initial="yes",
        choices=[("yes", _("Yes: this belongs to the class")), ("no", _("No: this does not, because …"))],
    )  # fmt: skip
    because = forms.CharField(
        label=_("Because"), required=False, max_length=300,
        help_text=_("In one sentence. What does not belong needs it; what does may have it."),
    )  # fmt: skip
    item = forms.IntegerField(
        label=_("Item"), required=False, help_text=_("Its number; choose one beside, or bring a file instead.")
    )
    file = forms.FileField(
        label=_("Or a file of its own"), required=False, help_text=_("At most 20 MiB; it is shown, never asked.")
    )

    def __init__(self, *given: Any, labels: Sequence[Label], **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["label_id"].choices = [(label.pk, label.name) for label in labels]  # type: ignore[attr-defined]  # the stubs say Field, it is a ChoiceField


def class_drafts(post: QueryDict) -> list[ClassDraft]:
    """The rows in the order in which they stand; one whose name was emptied is left out."""
    rows = zip(post.getlist("class_id"), post.getlist("class_name"), post.getlist("class_key"), strict=True)
    return [
        ClassDraft(name.strip(), key.strip(), int(pk) if pk.isdecimal() else None)
        for pk, name, key in rows
        if name.strip()
    ]
