"""The rows of an export, one at a time from a cursor on the server: no list of them is ever made."""

from collections.abc import Iterator
from typing import Any

from labeling.annotations.models import Annotation
from labeling.consensus.models import Fit, Verdict
from labeling.figures.reads import page_figure
from labeling.items.models import Item, ItemState
from labeling.projects.models import Label, LabelRole, Project
from labeling.projects.reads import true_label_ids

Row = dict[str, Any]
ROWS_A_FETCH = 1000

LABEL_COLUMNS = ("item", "file", "sha256", "label", "posterior", "verdict", "answers", "heldout", "by_expert", "auto")
ANSWER_COLUMNS = (
    "answer", "item", "file", "sha256", "person", "label", "rejected", "retracted_at", "attempt", "arm",
    "arm_probability", "suggestion", "suggestion_confidence", "suggestion_model", "supposed", "supposed_source",
    "guideline_version", "milliseconds", "answered_at", "stored_at", "heldout",
)  # fmt: skip
LABEL_FIELDS = (
    "id", "name", "blob_id", "consensus__label_id", "consensus__confidence", "consensus__verdict",
    "consensus__answers", "heldout", "consensus__by_expert", "consensus__auto", "consensus__probabilities",
    "consensus__fit_id",
)  # fmt: skip
ANSWER_FIELDS = (
    "id", "item_id", "item__name", "item__blob_id", "user__username", "label__name", "rejected__name",
    "retraction__at", "attempt", "arm", "arm_probability", "suggestion__label__name", "suggestion__confidence",
    "suggestion__model_version__number", "supposed__label__name", "supposed__source", "guideline_version__number",
    "milliseconds", "answered_at", "stored_at", "item__heldout",
)  # fmt: skip


def class_columns(project: Project) -> dict[int, str]:
    """A column for each label that may be or have been true, by its id; retired ones told apart."""
    labels = Label.objects.filter(project=project).exclude(role=LabelRole.UNSURE).order_by("id")
    return {
        label.pk: f"p({label.name})" if label.retired_at is None else f"p({label.name}, retired {label.pk})"
        for label in labels
    }


def labels(project: Project) -> Iterator[Row]:
    """Each ready item with what the answers amount to so far; `probabilities` by the names of `class_columns`."""
    columns = class_columns(project)
    names = dict(Label.objects.filter(project=project).values_list("id", "name"))
    orders: dict[int | None, list[int]] = dict(Fit.objects.filter(project=project).values_list("id", "label_ids"))
    orders[None] = true_label_ids(project)
    items = Item.objects.filter(project=project, state=ItemState.READY).order_by("id")
    for values in items.values_list(*LABEL_FIELDS).iterator(chunk_size=ROWS_A_FETCH):
        *shown, probabilities, fit_id = values
        row: Row = dict(zip(LABEL_COLUMNS, shown, strict=True))
        row["label"] = names.get(row["label"])
        row["verdict"] = row["verdict"] or Verdict.OPEN.value
        row["answers"] = row["answers"] or 0
        row["by_expert"], row["auto"] = bool(row["by_expert"]), bool(row["auto"])
        pairs = zip(orders[fit_id], probabilities, strict=True) if probabilities else ()
        row["probabilities"] = {columns[label_id]: value for label_id, value in pairs}
        yield row


def answers(project: Project) -> Iterator[Row]:
    """Every answer with what was shown to the person, those taken back and later ones to the same item included."""
    rows = Annotation.objects.filter(project=project).exclude(item__state=ItemState.ERASED).order_by("id")
    for values in rows.values_list(*ANSWER_FIELDS).iterator(chunk_size=ROWS_A_FETCH):
        yield dict(zip(ANSWER_COLUMNS, values, strict=True))


def verified_files(project: Project) -> Iterator[tuple[str, int, str, str]]:
    """Class, item, name and SHA-256 of each item with a verified label."""
    items = Item.objects.filter(project=project, state=ItemState.READY, consensus__verdict=Verdict.VERIFIED)
    fields = ("consensus__label__name", "id", "name", "blob_id")
    yield from items.order_by("id").values_list(*fields).iterator(chunk_size=ROWS_A_FETCH)


def counts(project: Project) -> dict[str, int]:
    """How much each export holds; of large ones a while ago."""
    return COUNTS.of(project)


def _counts(project: Project) -> dict[str, int]:
    ready = Item.objects.filter(project=project, state=ItemState.READY)
    return {
        "labels": ready.count(),
        "answers": Annotation.objects.filter(project=project).exclude(item__state=ItemState.ERASED).count(),
        "files": ready.filter(consensus__verdict=Verdict.VERIFIED).count(),
    }


COUNTS = page_figure("exports.counts", _counts)
