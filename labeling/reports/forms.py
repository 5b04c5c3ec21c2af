"""The shape of what the room's pages send; the rules are in the actions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.projects.forms import Lines


class AnswerForm(forms.Form):
    """The owner's answer to a question from the floor."""

    kind = forms.ChoiceField(choices=[("rule", _("A rule")), ("example", _("An example")), ("close", _("No change"))])
    words = forms.CharField(label=_("Answer"), max_length=300)
    item_id = forms.IntegerField(required=False)
    label_id = forms.IntegerField(required=False)
    fits = forms.TypedChoiceField(
        required=False, coerce=lambda value: value == "yes", choices=[("yes", _("Yes")), ("no", _("No"))], initial="yes"
    )


class AttributeForm(forms.Form):
    """One more thing that people may say of themselves."""

    name = forms.CharField(label=_("What people may say of themselves"), max_length=80)
    choices = Lines(label=_("Choices"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One a line."))
