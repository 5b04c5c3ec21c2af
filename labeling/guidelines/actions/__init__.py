"""The only writers of guidelines: versions, drafts of the next one, and examples."""

from labeling.guidelines.actions.drafts import change_examples, discard_draft, publish_draft, save_draft
from labeling.guidelines.actions.editing import (
    LONGEST_TEXT,
    EditedMeanwhile,
    What,
    create_project_with_guideline,
    edit,
    withdraw,
)
from labeling.guidelines.actions.examples import add_example, upload_example

__all__ = [
    "LONGEST_TEXT", "EditedMeanwhile", "What", "add_example", "change_examples", "create_project_with_guideline",
    "discard_draft", "edit", "publish_draft", "save_draft", "upload_example", "withdraw",
]  # fmt: skip
