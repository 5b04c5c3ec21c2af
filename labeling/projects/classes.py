"""What the classes of a project may be called, and by which keys they are answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase, digits

from labeling.errors import BadInput

# Keys that the labeling page keeps for itself: undo, skip, guideline, "guideline doesn't say", yes, replay, help.
PAGE_KEYS = frozenset("zxgfy ?")
NONE_KEY, UNSURE_KEY = "n", "s"
RESERVED = PAGE_KEYS | {NONE_KEY, UNSURE_KEY}
# Given in this order where the owner names no key; the last ones lie apart on some keyboards.
KEYS = [key for key in digits[1:] + ascii_lowercase + "0-=;',./[]" if key not in RESERVED]
FEWEST_CLASSES = 2
LONGEST_NAME = 80


@dataclass(frozen=True)
class ClassDraft:
    """A class as its owner wants it: `id` is an existing label's, no key means the next free one."""

    name: str
    key: str = ""
    id: int | None = None


def checked(classes: Sequence[str] | Sequence[ClassDraft]) -> list[ClassDraft]:
    """The drafts with tidy names and a key each; BadInput on `classes` or `keys` when they cannot be told apart."""
    drafts = [ClassDraft(name) if isinstance(name, str) else name for name in classes]
    drafts = [replace(draft, name=" ".join(draft.name.split()), key=draft.key.lower()) for draft in drafts]
    _check_names([draft.name for draft in drafts])
    _check_keys([draft.key for draft in drafts if draft.key])
    free = (key for key in KEYS if key not in {draft.key for draft in drafts})
    try:
        return [draft if draft.key else replace(draft, key=next(free)) for draft in drafts]
    except StopIteration as none_left:
        reason = f"only {len(KEYS)} keys are free: merge some classes, or ask in two projects"
        raise BadInput(reason, field="classes") from none_left


def _check_names(names: list[str]) -> None:
    if not all(names):
        raise BadInput("a class needs a name", field="classes")
    for name in names:
        if len(name) > LONGEST_NAME:
            raise BadInput(f"“{name[:20]}…” is longer than {LONGEST_NAME} characters", field="classes")
    seen = set()
    for name in names:
        if name.casefold() in seen:
            raise BadInput(f"“{name}” is there twice", field="classes")
        seen.add(name.casefold())
    if len(names) < FEWEST_CLASSES:
        raise BadInput("at least two classes", field="classes")


def _check_keys(keys: list[str]) -> None:
    for key in keys:
        if len(key) != 1 or not key.isprintable():
            raise BadInput(f"“{key}” is not one character", field="keys")
        if key in RESERVED:
            raise BadInput(f"the labeling page keeps “{key}” for itself", field="keys")
        if keys.count(key) > 1:
            raise BadInput(f"two classes have the key “{key}”", field="keys")
