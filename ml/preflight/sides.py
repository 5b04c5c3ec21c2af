"""Nothing that belongs together stands on both sides of a split, or the judgement flatters."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ml.folds import folds_of
from ml.preflight.check import Check, Verdict, judged
from ml.snapshot import Row

NAMED = 5  # offenders told by name


def check_items_apart(rows: Sequence[Row], folds: int = 1) -> Check:
    """No file (by its hash) is both learnt from and judged by, nor in two folds."""
    return _apart("Items apart", [row.sha256 for row in rows], rows, folds)


def check_groups_apart(rows: Sequence[Row], folds: int = 1) -> Check:
    """No duplicate or declared group, as frozen in the snapshot, is on two sides."""
    return _apart("Groups apart", [row.group for row in rows], rows, folds)


def check_declared_apart(rows: Sequence[Row], name: str, values: Sequence[str]) -> Check:
    """A property that the owner declares to belong together (speaker, camera), one value a row, is on one side."""
    return _apart(f"{name.capitalize()} apart", values, rows, folds=1)


def check_sources(sources: Sequence[str]) -> Check:
    """More than one source, or nobody can tell whether the model works elsewhere; a warning, never a failure."""
    known = sorted({source for source in sources if source})
    detail = "All items come from one place: nobody can tell how the model does elsewhere."
    many = len(known) > 1
    verdict = Verdict.PASSED if many else Verdict.WARNED
    figure = f"{len(known)} ({', '.join(known[:NAMED])})" if known else "none is declared"
    return Check("Sources", figure, "at least 2", verdict, "" if many else detail)


def check_sides(rows: Sequence[Row], folds: int, declared: Mapping[str, Sequence[str]] | None = None) -> list[Check]:
    """All of the above that ask nothing of a network; `declared` by property, one value a row."""
    checks = [check_items_apart(rows, folds), check_groups_apart(rows, folds)]
    return checks + [check_declared_apart(rows, name, values) for name, values in (declared or {}).items()]


def _apart(name: str, keys: Sequence[str], rows: Sequence[Row], folds: int) -> Check:
    """Each non-empty key on one side: held out, or one of the folds of the training part; open rows are on neither."""
    sides: dict[str, set[str]] = defaultdict(set)
    learnt = [row for row in rows if row.split == "train"]
    place = {row.id: fold for row, fold in zip(learnt, folds_of(learnt, folds), strict=True)}
    for key, row in zip(keys, rows, strict=True):
        if key and row.split != "open":
            sides[key].add("heldout" if row.split == "heldout" else f"fold {place[row.id]}")
    torn = sorted(key for key, where in sides.items() if len(where) > 1)
    detail = "; ".join(f"{key[:20]} in {' and '.join(sorted(sides[key]))}" for key in torn[:NAMED])
    return judged(name, f"{len(torn)} of {len(sides)} on two sides", "0", not torn, detail)
