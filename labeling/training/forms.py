"""The shape of what the model's page sends; the rules are in the actions."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PolicyForm(forms.Form):
    """When the project is retrained by itself."""

    enabled = forms.BooleanField(label=_("Retrain by itself"), required=False)
    crontab = forms.CharField(
        label=_("When"), max_length=60, widget=forms.TextInput(attrs={"class": "mono", "autocapitalize": "off"}),
        help_text=_("Minute, hour, day, month, weekday, in UTC. “0 3 * * *” is every night at three."),
    )  # fmt: skip
    min_new_verified = forms.IntegerField(
        label=_("New labels needed"), help_text=_("With fewer since the last time it is skipped, and says so.")
    )
    margin = forms.FloatField(
        label=_("How much worse is still noise"), widget=forms.NumberInput(attrs={"step": "0.005"}),
        help_text=_("As a share of the held-out items. A model further below the present one is not promoted."),
    )  # fmt: skip
    warm_every = forms.IntegerField(
        label=_("Answers between quick refits"), min_value=0,
        help_text=_("After so many new answers the model's last step is fitted anew, within seconds. 0 is never."),
    )  # fmt: skip
