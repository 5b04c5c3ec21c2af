"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from labeling.projects import account_pages, api, pages
from labeling.projects.sign_in import SignIn, SignOut

page_patterns: list[URLPattern | URLResolver] = [
    path("", pages.projects, name="projects"),
    path("p/<slug:slug>/people", pages.people, name="people"),
    path("p/<slug:slug>/people/<int:user_id>/role", pages.change_role, name="people-role"),
    path("p/<slug:slug>/people/<int:user_id>/remove", pages.remove_member, name="people-remove"),
    path("p/<slug:slug>/people/<int:user_id>/bring-back", pages.bring_back, name="people-bring-back"),
    path("p/<slug:slug>/invitations/<int:pk>/revoke", pages.revoke_invitation, name="people-revoke"),
    path("p/<slug:slug>/settings", pages.settings, name="settings"),
    path("p/<slug:slug>/settings/archive", pages.archive, name="settings-archive"),
    path("p/<slug:slug>/settings/restore", pages.restore, name="settings-restore"),
    path("join/<str:secret>", account_pages.join, name="join"),
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("sign-out", SignOut.as_view(), name="sign-out"),
    path("me", account_pages.me, name="me"),
    path("me/token", account_pages.token, name="me-token"),
    path("me/leave/<slug:slug>", account_pages.leave, name="me-leave"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("token", api.TokenView.as_view()),
    path("me", api.MeView.as_view()),
    path("join/<str:secret>", api.JoinView.as_view()),
    path("projects/<slug:slug>", api.ProjectView.as_view()),
    path("projects/<slug:slug>/labels", api.LabelsView.as_view()),
    path("projects/<slug:slug>/members", api.MembersView.as_view()),
    path("projects/<slug:slug>/members/<int:user_id>", api.MemberView.as_view()),
    path("projects/<slug:slug>/invitations", api.InvitationsView.as_view()),
    path("projects/<slug:slug>/invitations/<int:pk>", api.InvitationView.as_view()),
]
