"""Owner's pages of projects and people, by plain requests."""

from django.contrib.auth.models import User
from django.test import Client

from labeling.projects import actions
from tests.factories import add, make_project


def test_a_signed_out_person_is_led_through_sign_in(client: Client, alice: User) -> None:
    project = make_project(alice)
    for path in ("/", "/me", "/projects/new", f"/p/{project.slug}/people", f"/p/{project.slug}/settings"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/sign-in?next={path}")


def test_an_outsider_learns_nothing_of_a_project(client: Client, alice: User, charlie: User) -> None:
    project = make_project(alice)
    client.force_login(charlie)
    assert project.name not in client.get("/").content.decode()
    for page in ("people", "settings", "guideline", "guideline/edit", "guideline/versions", "guideline/versions/1"):
        assert client.get(f"/p/{project.slug}/{page}").status_code == 404


def test_an_annotator_reads_the_guideline_and_no_owners_page(client: Client, alice: User, bob: User) -> None:
    project = make_project(alice)
    add(project, bob)
    client.force_login(bob)
    assert "Look at the ears." in client.get(f"/p/{project.slug}/guideline").content.decode()
    for page in ("people", "settings", "guideline/edit"):
        assert client.get(f"/p/{project.slug}/{page}").status_code == 403


def test_the_owner_makes_a_link_that_is_shown_once(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    shown = client.post(f"/p/{project.slug}/people", {"role": "expert", "days": 3, "max_uses": 2})
    invitation = project.invitations.get()
    assert "http://testserver/join/" in shown.content.decode()
    assert (invitation.role, invitation.max_uses) == ("expert", 2)
    assert "http://testserver/join/" not in client.get(f"/p/{project.slug}/people").content.decode()
    client.post(f"/p/{project.slug}/invitations/{invitation.pk}/revoke")
    invitation.refresh_from_db()
    assert invitation.revoked_at is not None


def test_a_bad_invitation_keeps_what_was_typed(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    shown = client.post(f"/p/{project.slug}/people", {"role": "owner", "days": 999, "max_uses": 2}).content.decode()
    assert "less than or equal to 365" in shown
    assert 'value="999"' in shown
    assert not project.invitations.exists()


def test_roles_change_and_members_go_and_come_back(client: Client, alice: User, bob: User) -> None:
    project = make_project(alice)
    member = add(project, bob)
    client.force_login(alice)
    client.post(f"/p/{project.slug}/people/{bob.pk}/role", {"role": "expert"})
    member.refresh_from_db()
    assert member.role == "expert"
    client.post(f"/p/{project.slug}/people/{bob.pk}/remove")
    member.refresh_from_db()
    assert member.removed_at is not None
    client.post(f"/p/{project.slug}/people/{bob.pk}/bring-back")
    assert add(project, bob, "owner").role == "expert", "already a member again"


def test_the_last_owner_is_told_why_they_stay(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    shown = client.post(f"/p/{project.slug}/people/{alice.pk}/remove", follow=True).content.decode()
    assert "Emerald" in shown
    assert "a project needs an owner" in shown
    assert "a project needs an owner" in client.post(f"/me/leave/{project.slug}", follow=True).content.decode()


def test_settings_are_saved_or_refused_by_field(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    values = {
        "name": "Pets 2", "mode": "confirm", "target": 0.9, "answer_limit": 7, "newcomer_answers": 0, "least_gain": 0,
        "stale_weight": 0.2, "label_floor": 0.7,
        "heldout_share": 0.2,
        "heldout_answers": 2, "blind_share": 0.1, "consent_text": "For science.",
    }  # fmt: skip
    client.post(f"/p/{project.slug}/settings", values)
    project.refresh_from_db()
    assert (project.name, project.mode, project.target, project.model_helps) == ("Pets 2", "confirm", 0.9, False)
    assert project.label_floor == 0.7
    shown = client.post(f"/p/{project.slug}/settings", values | {"target": 0.4}).content.decode()
    assert "between 0.5 and 1, ends excluded" in shown
    project.refresh_from_db()
    assert project.target == 0.9


def test_a_project_put_away_is_out_of_sight(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    client.post(f"/p/{project.slug}/settings/archive")
    assert client.get(f"/p/{project.slug}/guideline").status_code == 404


def test_a_new_person_signs_up_by_the_link_and_joins(client: Client, alice: User) -> None:
    project = make_project(alice, consent_text="My answers may be published.")
    _, secret = actions.invite(actor=alice, project=project, role="annotator")
    assert "My answers may be published." in client.get(f"/join/{secret}").content.decode()
    values = {"username": "dora", "password": "a quiet red lamp"}
    assert "please agree" in client.post(f"/join/{secret}", values).content.decode()
    assert not User.objects.filter(username="dora").exists()
    joined = client.post(f"/join/{secret}", values | {"consent": "on"}, follow=True)
    assert project.name in joined.content.decode()
    member = project.members.get(user__username="dora")
    assert (member.role, member.consented_to) == ("annotator", "My answers may be published.")


def test_somebody_known_signs_in_and_comes_back_to_the_link(client: Client, alice: User, bob: User) -> None:
    project = make_project(alice)
    _, secret = actions.invite(actor=alice, project=project, role="annotator")
    assert f"/sign-in?next=/join/{secret}" in client.get(f"/join/{secret}").content.decode()
    client.force_login(bob)
    client.post(f"/join/{secret}")
    client.post(f"/join/{secret}")
    assert project.members.get(user=bob).role == "annotator"


def test_a_link_that_leads_nowhere(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.get("/join/nonsense")
    assert answer.status_code == 404
    assert "ask for a new one" in answer.content.decode()


def test_ones_own_password_and_token(client: Client, alice: User) -> None:
    client.force_login(alice)
    old, new = "correct horse battery staple", "a quiet red lamp"
    client.post("/me", {"old_password": old, "new_password1": new, "new_password2": new})
    alice.refresh_from_db()
    assert alice.check_password(new)
    assert client.get("/me").status_code == 200
    shown = client.post("/me/token").content.decode()
    key = alice.auth_token.key
    assert key in shown
    assert key not in client.get("/me").content.decode()
    client.post("/me/token", {"revoke": ""})
    assert not type(alice.auth_token).objects.filter(user=alice).exists()
