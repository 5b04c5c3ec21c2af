"""What the scripts of this room say, in the reader's language."""

from django.utils.translation import gettext_lazy as _

CONSOLE = {
    "standIn": _("You stand in for the model"),
    "onDuty": _("You are on duty"),
    "nothingWaits": _("Nothing waits. What comes appears here by itself; answer it by its key."),
    "offDuty": _("You are not on duty"),
    "offline": _("no connection, trying again"),
    "resting": _("A break"),
    "restingWords": _("What was before you went to the others. Press B when you are back."),
    "live": _("on duty, live"),
    "slow": _("on duty, looking every two seconds"),
    "off": _("off duty"),
    "called": _("Somebody waits for this answer."),
    "panel": _("Nobody waits: this one shows whether wizards agree."),
    "picture": _("The picture that is asked about"),
    "done": _("%s answered"),
}
TRY = {
    "asking": _("Asking. Somebody or something looks at it now."),
    "waiting": _("Nobody answered yet."),
    "again": _("Ask again"),
    "thanks": _("Thank you. Your feedback is kept."),
    "failed": _("It did not work: %s"),
}
