"""Joining by a link: once, in time, with consent, and by no more people than it is for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from labeling.errors import BadInput, Conflict, LabelingError, NotAllowed, NotFound
from labeling.projects import actions, reads
from labeling.projects.models import Invitation, Member, Project
from tests.factories import make_project, make_user


@pytest.fixture
def project(alice: User) -> Project:
    return make_project(alice)


def test_only_the_hash_of_the_secret_is_kept(alice: User, project: Project) -> None:
    invitation, secret = actions.invite(actor=alice, project=project, role="annotator")
    assert len(secret) >= 32
    assert secret not in str(Invitation.objects.filter(pk=invitation.pk).values().get())
    assert reads.invitation_by(secret) == invitation


def test_joining_twice_is_joining_once(alice: User, bob: User, project: Project) -> None:
    _, secret = actions.invite(actor=alice, project=project, role="expert")
    first = actions.accept_invitation(actor=bob, secret=secret, consent=False)
    assert actions.accept_invitation(actor=bob, secret=secret, consent=False) == first
    assert first.role == "expert"
    assert reads.project_for(bob, project.slug) == project


def test_the_owner_who_opens_their_own_link_stays_owner(alice: User, project: Project) -> None:
    _, secret = actions.invite(actor=alice, project=project, role="annotator")
    assert actions.accept_invitation(actor=alice, secret=secret, consent=True).role == "owner"


def test_a_link_is_for_so_many_people(alice: User, bob: User, charlie: User, project: Project) -> None:
    invitation, secret = actions.invite(actor=alice, project=project, role="annotator")
    actions.accept_invitation(actor=bob, secret=secret, consent=False)
    with pytest.raises(NotAllowed, match="used up"):
        actions.accept_invitation(actor=charlie, secret=secret, consent=False)
    assert invitation not in reads.invitations(project)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_on_a_link_for_one(alice: User) -> None:
    project = make_project(alice)
    _, secret = actions.invite(actor=alice, project=project, role="annotator")

    def join(user: User) -> bool:
        try:
            actions.accept_invitation(actor=user, secret=secret, consent=False)
        except NotAllowed:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as crowd:
        joined = list(crowd.map(join, [make_user(f"person{number}") for number in range(4)]))
    assert sum(joined) == 1
    assert reads.members(project).count() == 2


def test_links_end_by_time_or_by_hand(alice: User, bob: User, project: Project) -> None:
    old, old_secret = actions.invite(actor=alice, project=project, role="annotator")
    Invitation.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    revoked, revoked_secret = actions.invite(actor=alice, project=project, role="annotator")
    actions.revoke_invitation(actor=alice, invitation=revoked)
    actions.revoke_invitation(actor=alice, invitation=revoked)
    for secret in (old_secret, revoked_secret):
        with pytest.raises(NotAllowed, match="no longer valid"):
            actions.accept_invitation(actor=bob, secret=secret, consent=True)
    assert not reads.invitations(project).exists()
    with pytest.raises(NotFound):
        actions.accept_invitation(actor=bob, secret="guessed", consent=True)


def test_consent_is_asked_and_kept_as_it_read(alice: User, bob: User) -> None:
    project = make_project(alice, consent_text="For science.")
    _, secret = actions.invite(actor=alice, project=project, role="annotator")
    with pytest.raises(BadInput) as refusal:
        actions.accept_invitation(actor=bob, secret=secret, consent=False)
    assert refusal.value.field == "consent"
    member = actions.accept_invitation(actor=bob, secret=secret, consent=True)
    actions.change_settings(actor=alice, project=project, consent_text="For money.")
    member.refresh_from_db()
    assert member.consented_to == "For science."
    assert member.consented_at is not None


def test_somebody_removed_needs_a_new_link(alice: User, bob: User, project: Project) -> None:
    _, secret = actions.invite(actor=alice, project=project, role="annotator", max_uses=5)
    actions.accept_invitation(actor=bob, secret=secret, consent=False)
    actions.remove_member(actor=alice, project=project, user=bob)
    with pytest.raises(NotAllowed, match="you were removed"):
        actions.accept_invitation(actor=bob, secret=secret, consent=False)
    _, newer = actions.invite(actor=alice, project=project, role="expert")
    assert actions.accept_invitation(actor=bob, secret=newer, consent=False).role == "expert"
    assert Member.objects.filter(project=project, user=bob).count() == 1


def test_signing_up_is_joining_or_nothing(alice: User, project: Project) -> None:
    _, secret = actions.invite(actor=alice, project=project, role="annotator")
    bad: list[tuple[str, str, type[LabelingError], str]] = [
        ("dora", "12345678", BadInput, "password"),
        ("", "a quiet red lamp", BadInput, "username"),
        ("alice", "a quiet red lamp", Conflict, "username"),
    ]
    for name, password, kind, field in bad:
        with pytest.raises(kind) as refusal:
            actions.join_as_new_person(secret=secret, username=name, password=password, consent=False)
        assert refusal.value.field == field
    with pytest.raises(NotFound):
        actions.join_as_new_person(secret="guessed", username="dora", password="a quiet red lamp", consent=False)
    assert not User.objects.filter(username="dora").exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [({"role": "king"}, "role"), ({"days": 0}, "days"), ({"days": 366}, "days"), ({"max_uses": 0}, "max_uses")],
)
def test_a_link_out_of_bounds_is_refused(alice: User, project: Project, values: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        actions.invite(actor=alice, project=project, **{"role": "annotator", **values})  # type: ignore[arg-type]
    assert refusal.value.field == field
