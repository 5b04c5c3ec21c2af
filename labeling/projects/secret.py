"""The secret in an invitation's link, and what is kept of it."""

from hashlib import sha256
from secrets import token_urlsafe

SECRET_BYTES = 24


def new_secret() -> str:
    """One that nobody guesses."""
    return token_urlsafe(SECRET_BYTES)


def hashed(secret: str) -> str:
    """What is kept: a secret is long and random, so a plain hash cannot be turned back."""
    return sha256(secret.encode()).hexdigest()
