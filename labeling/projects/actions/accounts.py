"""One's own token and password."""

from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.authtoken.models import Token

from labeling.audit import actions as audit


@transaction.atomic
def give_token(*, actor: User) -> Token:
    """One's token: the present one, or a first one."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    token, made = Token.objects.get_or_create(user=actor)
    if made:
        audit.record(actor=actor, verb="give_token", row=actor)
    return token


@transaction.atomic
def replace_token(*, actor: User) -> Token:
    """A new token; the one before no longer works."""
    revoke_token(actor=actor)
    return give_token(actor=actor)


@transaction.atomic
def revoke_token(*, actor: User) -> User:
    """Make one's token useless, if there is one."""
    deleted, _ = Token.objects.filter(user=actor).delete()
    if deleted:
        audit.record(actor=actor, verb="revoke_token", row=actor)
    return actor


@transaction.atomic
def change_password(*, actor: User, password: str) -> User:
    """Set a password that was checked; other browsers are signed out by it."""
    actor.set_password(password)
    actor.save(update_fields=["password"])
    audit.record(actor=actor, verb="change_password", row=actor)
    return actor
