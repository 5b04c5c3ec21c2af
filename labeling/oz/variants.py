"""What a variant's classes are, and what its wizards may say."""

from dataclasses import asdict, dataclass
from typing import Any

from labeling.oz.models import Variant
from labeling.projects.classes import NONE_KEY, UNSURE_KEY, ClassDraft, checked
from labeling.projects.models import LabelRole


@dataclass(frozen=True)
class VariantClass:
    """One possible answer; `shown` ones are what the product makes use of: the photos of its gallery."""

    name: str
    key: str
    role: str = LabelRole.CLASS
    shown: bool = False


def classes_of(variant: Variant) -> list[VariantClass]:
    """In the owner's order."""
    return [VariantClass(**row) for row in variant.classes]


def as_json(names: list[str], shown: set[str], *, with_none: bool, with_unsure: bool) -> list[dict[str, Any]]:
    """Checked names with keys as they are stored; BadInput where they cannot be told apart."""
    drafts = checked([ClassDraft(name) for name in names])
    rows = [VariantClass(draft.name, draft.key, shown=draft.name in shown) for draft in drafts]
    if with_none:
        rows.append(VariantClass(str(LabelRole.NONE.label), NONE_KEY, LabelRole.NONE))
    if with_unsure:
        rows.append(VariantClass(str(LabelRole.UNSURE.label), UNSURE_KEY, LabelRole.UNSURE))
    return [{**asdict(row), "role": str(row.role)} for row in rows]
