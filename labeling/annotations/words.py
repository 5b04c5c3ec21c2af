"""What a finding says to the person it is about; it never tells which items were known."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labeling.annotations.models import Finding, Measure

WORDS: dict[str, str | Promise] = {
    Measure.GOLD_ACCURACY: _("Of %(count)s answers that were checked %(figure)s %% were right."),
    Measure.SAME_ANSWER: _("Your last %(count)s answers are nearly all the same, where others' are not."),
    Measure.TOO_FAST: _("%(figure)s %% of your last %(count)s answers came faster than anybody can look or listen."),
    Measure.COPIES: _("You accept suggestions far more often than you give that answer unseen (%(count)s answers)."),
    Measure.ANCHORING: _("Of %(count)s suggestions that were wrong you followed about %(figure)s %% without looking."),
    Measure.ACCEPTS_WRONG: _("Of %(count)s suggestions that were wrong you accepted %(figure)s %%."),
}


def in_words(finding: Finding) -> str:
    """One sentence with the figure and its count."""
    return str(WORDS[finding.rule.measure]) % {"count": finding.count, "figure": round(100 * finding.figure)}
