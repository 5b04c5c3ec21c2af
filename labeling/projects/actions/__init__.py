"""The only writers of projects, classes, members and invitations."""

from labeling.projects.actions.accounts import change_password, give_token, replace_token, revoke_token
from labeling.projects.actions.invitations import accept_invitation, invite, join_as_new_person, revoke_invitation
from labeling.projects.actions.labels import change_labels
from labeling.projects.actions.members import add_member, change_role, discount_member, remove_member, restore_member
from labeling.projects.actions.projects import archive_project, ask, change_settings, create_project, restore_project

__all__ = [
    "accept_invitation", "add_member", "archive_project", "ask", "change_labels", "change_password", "change_role",
    "change_settings", "create_project", "discount_member", "give_token", "invite", "join_as_new_person",
    "remove_member", "replace_token", "restore_member", "restore_project", "revoke_invitation", "revoke_token",
]  # fmt: skip
