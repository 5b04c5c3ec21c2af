"""The one writer of suggestions."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from labeling.registry.models import ModelVersion
from labeling.suggestions.models import Suggestion

COPY = """
COPY labeling_suggestion (item_id, model_version_id, probabilities, label_id, confidence, out_of_fold) FROM STDIN
"""


@dataclass(frozen=True)
class Opinion:
    """Class probabilities of one item, in the order of the version's label_ids."""

    item_id: int
    probabilities: tuple[float, ...]
    out_of_fold: bool


@transaction.atomic
def write(*, version: ModelVersion, rows: Iterable[Opinion]) -> int:
    """Store what a version says of items of which it has said nothing yet; returns how many."""
    ModelVersion.objects.select_for_update(no_key=True).get(pk=version.pk)  # two writers of one version take turns
    said = set(Suggestion.objects.filter(model_version=version).values_list("item_id", flat=True))
    written = 0
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            if row.item_id in said:
                continue
            best = max(range(len(row.probabilities)), key=row.probabilities.__getitem__)
            label, confidence = version.label_ids[best], row.probabilities[best]
            copy.write_row((row.item_id, version.pk, list(row.probabilities), label, confidence, row.out_of_fold))
            written += 1
    return written

