"""Claims one item after the other while something else goes on: `... .claims SLUG`, until its input is closed.

Prints when each claim began, by the machine's monotonic clock, and its milliseconds.
"""

import importlib
import itertools
import select
import sys
import time

import django
from django.contrib.auth import get_user_model

PAUSE_SECONDS = 0.03
PEOPLE = 100


def main(slug: str) -> None:
    """Each time somebody else, who gives the item back."""
    actions = importlib.import_module("labeling.assignments.actions")
    project = importlib.import_module("labeling.projects.models").Project.objects.get(slug=slug)
    people = list(get_user_model().objects.filter(username__startswith="person-").order_by("pk")[:PEOPLE])
    for actor in itertools.cycle(people):
        if select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
            return
        begun = time.monotonic()
        leases = actions.claim(actor=actor, project=project, count=1)
        taken = 1000 * (time.monotonic() - begun)
        actions.release(actor=actor, project=project, lease_ids=[lease.pk for lease in leases])
        print(begun, taken, flush=True)


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])
