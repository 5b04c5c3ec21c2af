"""Roles: who may do what, and that a project always has an owner."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection

from labeling.audit.models import Event
from labeling.errors import BadInput, Conflict, NotAllowed, NotFound
from labeling.projects import actions, reads
from labeling.projects.models import Project
from tests.factories import add, make_project


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice)
    add(made, bob)
    return made


def test_outsiders_and_nobodies_learn_nothing(project: Project, charlie: User) -> None:
    for user in (charlie, AnonymousUser()):
        with pytest.raises(NotFound):
            reads.project_for(user, project.slug)
        assert not reads.projects_of(user).exists()


@pytest.mark.parametrize(
    ("role", "may"),
    [("owner", {"owner", "expert", "annotator"}), ("expert", {"expert", "annotator"}), ("annotator", {"annotator"})],
)
def test_a_role_includes_the_lesser_ones(project: Project, bob: User, alice: User, role: str, may: set[str]) -> None:
    actions.change_role(actor=alice, project=project, user=bob, role=role)
    for wanted in ("owner", "expert", "annotator"):
        if wanted in may:
            assert reads.project_for(bob, project.slug, wanted) == project
        else:
            with pytest.raises(NotAllowed):
                reads.project_for(bob, project.slug, wanted)


def test_a_removed_member_is_an_outsider(project: Project, alice: User, bob: User) -> None:
    actions.remove_member(actor=alice, project=project, user=bob)
    with pytest.raises(NotFound):
        reads.project_for(bob, project.slug)
    with pytest.raises(NotFound):
        actions.remove_member(actor=alice, project=project, user=bob)
    assert [member.user for member in reads.removed_members(project)] == [bob]


def test_the_last_owner_stays(project: Project, alice: User, bob: User) -> None:
    with pytest.raises(Conflict, match="needs an owner"):
        actions.remove_member(actor=alice, project=project, user=alice)
    with pytest.raises(Conflict, match="needs an owner"):
        actions.change_role(actor=alice, project=project, user=alice, role="expert")
    actions.change_role(actor=alice, project=project, user=bob, role="owner")
    assert actions.change_role(actor=bob, project=project, user=alice, role="annotator").role == "annotator"


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_leave_one(alice: User, bob: User) -> None:
    project = make_project(alice)
    add(project, bob, "owner")

    def leave(user: User) -> bool:
        try:
            actions.remove_member(actor=user, project=project, user=user)
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as owners:
        assert sorted(owners.map(leave, [alice, bob])) == [False, True]
    assert reads.members(project).count() == 1


def test_an_unknown_role_is_refused(project: Project, alice: User, bob: User) -> None:
    with pytest.raises(BadInput):
        actions.change_role(actor=alice, project=project, user=bob, role="king")


def test_each_change_is_recorded_once(project: Project, alice: User, bob: User) -> None:
    actions.change_role(actor=alice, project=project, user=bob, role="expert")
    actions.change_role(actor=alice, project=project, user=bob, role="expert")
    events = Event.objects.filter(project_id=project.pk, verb="change_role")
    assert [(event.actor, event.data) for event in events] == [(alice, {"user": bob.pk, "role": "expert"})]
