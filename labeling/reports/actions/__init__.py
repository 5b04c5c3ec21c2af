"""The only writers of questions from the floor, of the panel and of what people say of themselves."""

from labeling.reports.actions.panel import (
    answer_as_panel,
    declare,
    draw_sample,
    remove_attribute,
    set_attribute,
    take_back,
)
from labeling.reports.actions.questions import (
    answer_by_example,
    answer_by_rule,
    close,
    gather,
    merge,
    see,
    tell,
)

__all__ = [
    "answer_as_panel", "answer_by_example", "answer_by_rule", "close", "declare", "draw_sample", "gather", "merge",
    "remove_attribute", "see", "set_attribute", "take_back", "tell",
]  # fmt: skip
