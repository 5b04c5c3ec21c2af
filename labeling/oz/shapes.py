"""What programs are told of an experiment."""

from typing import Any

from labeling.oz.models import Experiment, Service, Showing
from labeling.oz.reads import progress
from labeling.oz.standing import Comparison, Standing, standing
from labeling.projects.models import Project
from ml.truth.agreement import Agreement
from ml.truth.sequential import Estimate


def number(value: float) -> float | None:
    """JSON has no NaN: null where nothing can be said."""
    return value if value == value else None


def _estimate(found: Estimate) -> dict[str, Any]:
    return {"mean": number(found.mean), "low": found.low, "high": found.high, "n": found.n}


def _agreement(found: Agreement) -> dict[str, Any]:
    return {"alpha": number(found.value), "low": number(found.low), "high": number(found.high), "items": found.n_items}


def brief(row: Experiment) -> dict[str, Any]:
    """One line of the list."""
    return {
        "number": row.number, "name": row.name, "goal": row.goal, "state": row.state, "overlap": row.overlap,
        "presentation": row.presentation, "judging": row.judging, "why": row.why,
        "winner": row.winner.letter if row.winner else None, "guideline": row.guideline_number,
    }  # fmt: skip


def whole(row: Experiment) -> dict[str, Any]:
    """All that its page shows: variants and people, how far it is and how it stands."""
    found, far = standing(row), progress(row)
    seats = row.seats.select_related("user").order_by("part", "user__username")
    disputed = row.precedents.filter(clear=False).select_related("label").order_by("pk")
    return brief(row) | {
        "variants": [_variant(each) for each in found.standings],
        "comparisons": [_comparison(each) for each in found.comparisons],
        "leader": found.winner.letter if found.winner else None, "judged": found.judged,
        "seats": [{"user": seat.user.username, "part": seat.part} for seat in seats],
        "inputs": row.inputs.count(), "asked": far.asked, "answered": far.answered, "waiting": far.waiting,
        "calls": far.calls, "calls_answered": far.calls_answered,
        "disputed": [
            {"id": each.pk, "item": each.item_id, "votes": each.votes, "label": each.label.name if each.label else None,
             "because": each.because}
            for each in disputed
        ],
    }  # fmt: skip


def _variant(row: Standing) -> dict[str, Any]:
    variant = row.variant
    return {
        "letter": variant.letter, "question": variant.question, "text": variant.text, "classes": variant.classes,
        "answered": row.answered, "agreement": _agreement(row.alpha), "rating": _estimate(row.rating),
        "median_seconds": number(row.median_seconds), "useful": row.useful, "useless": row.useless,
        "splits": [{"input": split.input.pk, "votes": split.votes} for split in row.splits],
    }  # fmt: skip


def _comparison(row: Comparison) -> dict[str, Any]:
    return {
        "first": row.first.letter, "second": row.second.letter, "share": _estimate(row.share), "wins": row.wins,
        "losses": row.losses, "ties": row.ties,
    }  # fmt: skip


def service(row: Service) -> dict[str, Any]:
    """Who answers callers, and how long and how many may wait."""
    return {name: getattr(row, name) for name in ("source", "threshold", "patience", "lasting", "open_limit")}


def showing(project: Project, row: Showing | None) -> dict[str, Any]:
    """What a rater judges, left side first; nothing tells which variant is which. Empty where nothing is left."""
    if row is None:
        return {"showing": None, "sides": []}
    shown = [str(variant.pk) for variant in (row.first, row.second) if variant is not None]
    sides = shown if row.first_left else shown[::-1]
    address = f"/api/v1/projects/{project.slug}/inputs"
    return {"showing": row.pk, "sides": [
        [{"media": f"{address}/{pk}/media", "said": said} for pk, said in row.outcomes[side]] for side in sides
    ]}  # fmt: skip
