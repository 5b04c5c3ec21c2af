"""Each page has a test that follows what one does on it to where it counts: the next claim, snapshot or gate.

A page whose address stands in neither table fails.
"""

import ast
from pathlib import Path

from django.urls import URLPattern

from labeling.urls import page_patterns

TESTS = Path(__file__).parent

# Pages on which one only reads, and what they show is tested beside them.
READ_ONLY = {
    "projects", "overview", "figures-state", "hours", "items", "items-item", "items-history", "items-upload-files",
    "guideline",
    "guideline-versions", "guideline-version", "guideline-agreement", "guideline-preview", "audience",
    "experiments",  "exports", "quality", "model", "model-run", "model-run-live",
    "model-run-events", "model-run-file", "model-run-why", "sign-out",
}  # fmt: skip
# Where each other page's test lies.
FOLLOWED = {
    "project-new": "test_effects.py::test_a_new_project_asks_its_question_of_its_first_item",
    "figures-want": "figures/test_pages.py::test_the_owner_asks_for_fresh_figures",
    "items-upload": "items/test_drop.py::test_a_folder_dropped_on_the_page_is_what_the_next_claim_hands_out",
    "items-upload-resume": "test_effects.py::test_a_resumed_upload_hands_out_its_items",
    "items-set-aside": "test_effects.py::test_an_item_set_aside_is_claimed_and_frozen_no_more",
    "erase": "test_effects.py::test_erased_uploads_are_claimed_and_frozen_no_more",
    "people": "test_effects.py::test_an_invitation_lets_a_new_person_claim_until_it_is_revoked",
    "people-revoke": "test_effects.py::test_an_invitation_lets_a_new_person_claim_until_it_is_revoked",
    "join": "test_effects.py::test_an_invitation_lets_a_new_person_claim_until_it_is_revoked",
    "people-role": "test_effects.py::test_an_expert_may_claim_what_is_disputed",
    "people-remove": "guidelines/test_effect.py::test_a_removed_annotator_claims_nothing_more",
    "people-bring-back": "guidelines/test_effect.py::test_a_removed_annotator_claims_nothing_more",
    "settings": "test_effects.py::test_settings_bind_the_next_claim_and_the_next_verdict",
    "settings-restore": "test_effects.py::test_a_project_put_away_hands_out_nothing",
    "settings-archive": "test_effects.py::test_a_project_put_away_hands_out_nothing",
    "sign-in": "test_effects.py::test_a_token_from_ones_own_page_claims_until_it_is_taken_back",
    "me": "test_effects.py::test_a_token_from_ones_own_page_claims_until_it_is_taken_back",
    "me-token": "test_effects.py::test_a_token_from_ones_own_page_claims_until_it_is_taken_back",
    "me-leave": "test_effects.py::test_who_left_claims_nothing",
    "guideline-edit": "guidelines/test_effect.py::test_an_edit_of_the_guideline_is_what_the_next_claim_shows",
    "guideline-publish": "guidelines/test_effect.py::test_an_edit_of_the_guideline_is_what_the_next_claim_shows",
    "guideline-withdraw": "guidelines/test_effect.py::test_a_version_taken_back_asks_the_older_question_again",
    "guideline-discard": "guidelines/test_effect.py::test_a_draft_thrown_away_is_never_told",
    "guideline-examples": "guidelines/test_looks.py::test_examples_are_chosen_by_keyboard_and_shown_to_annotators",
    "guideline-example-remove": "guidelines/test_effect.py::test_a_draft_thrown_away_is_never_told",
    "anchoring": "studio/test_anchoring.py::test_the_owner_sees_each_person_and_sets_the_manner",
    "anchoring-showing": "studio/test_anchoring.py::test_the_owner_sees_each_person_and_sets_the_manner",
    "early": "studio/test_outlook.py::test_outlook_and_early_pages_look",
    "questions": "reports/test_looks.py::test_a_question_from_the_floor_to_its_answer",
    "questions-answer": "reports/test_looks.py::test_a_question_from_the_floor_to_its_answer",
    "questions-merge": "reports/test_questions.py::test_two_questions_that_are_one_are_answered_together",
    "myself": "reports/test_panel.py::test_what_one_person_says_is_shown_to_nobody_else",
    "panel": "reports/test_panel.py::test_the_panels_page",
    "audience-draw": "reports/test_panel.py::test_the_panels_page",
    "audience-forget": "reports/test_panel.py::test_what_one_person_says_is_shown_to_nobody_else",
    "experiments-one": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "experiments-variant": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "experiments-do": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "experiments-console": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "experiments-rate": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "try": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "label": "work/browser/test_by_keyboard.py::test_ten_items_by_keyboard_offline_and_undo",
    "review": "work/browser/test_review.py::test_expert_sees_who_said_what_and_decides_by_key",
    "gold": "test_effects.py::test_gold_from_the_page_is_the_quiz_of_a_newcomer",
    "gold-add": "test_effects.py::test_gold_from_the_page_is_the_quiz_of_a_newcomer",
    "gold-draw": "test_effects.py::test_items_drawn_for_gold_teach_by_their_label",
    "gold-retire": "test_effects.py::test_gold_from_the_page_is_the_quiz_of_a_newcomer",
    "rules": "test_effects.py::test_gold_from_the_page_is_the_quiz_of_a_newcomer",
    "rules-change": "test_effects.py::test_a_rule_from_the_page_pauses_whom_it_catches",
    "rules-remove": "work/test_people_pages.py::test_a_rule_is_added_and_removed",
    "rules-stand": "work/test_people_pages.py::test_owner_pauses_and_lifts_and_the_next_claim_follows",
    "quality-requeue": "test_effects.py::test_an_item_asked_again_is_in_the_next_claim",
    "quality-discount": "test_effects.py::test_labels_of_a_discounted_person_leave_the_snapshot_until_restored",
    "quality-restore": "test_effects.py::test_labels_of_a_discounted_person_leave_the_snapshot_until_restored",
    "model-settings": "test_effects.py::test_a_schedule_from_the_page_starts_a_run",
    "model-start": "test_effects.py::test_the_margin_from_the_page_is_the_gates",
    "model-run-cancel": "test_effects.py::test_a_run_cancelled_on_its_page_promotes_nothing",
    "model-run-ask": "training/test_looks.py::test_the_pages_of_models_and_runs",
    "model-promote": "training/test_pages.py::test_promoting_by_hand_changes_whose_suggestions_are_shown",
    "model-roll-back": "training/test_pages.py::test_promoting_by_hand_changes_whose_suggestions_are_shown",
}


def test_each_page_is_followed_to_its_effect() -> None:
    names = {pattern.name for pattern in page_patterns if isinstance(pattern, URLPattern)}
    assert names == READ_ONLY | FOLLOWED.keys()
    for place in FOLLOWED.values():
        file, test = place.split("::")
        tree = ast.parse((TESTS / file).read_text())
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, place
