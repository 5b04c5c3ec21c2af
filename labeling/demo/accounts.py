"""Accounts on the demo's server; run as a program with that server's environment.

    python -m labeling.demo.accounts < {"name": "password", ...}
"""  # fmt: skip

import json
import sys

import django
from django.contrib.auth import get_user_model


def make(passwords: dict[str, str]) -> None:
    """An ordinary account for each name; none where one exists already, since the demo wants its own."""
    users = get_user_model().objects
    for taken in users.filter(username__in=passwords):
        sys.exit(f"The database has an account {taken} already: run the demo on an empty one.")
    for name, password in passwords.items():
        users.create_user(name, f"{name}@example.org", password)


if __name__ == "__main__":
    django.setup()
    make(json.load(sys.stdin))
