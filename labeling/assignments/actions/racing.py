"""Two calls of one person that meet one item: a constraint undoes the later one, and it begins anew."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError

from labeling.assignments.models import ONE_LEASE

RACES = 10  # calls of one person that may overtake one another before something else must be wrong
Made = TypeVar("Made")


def anew_if_overtaken(act: Callable[[], Made]) -> Made:
    """What a whole transaction made; begun again where another lease of the same person on an item came in between.

    The call that was first has committed by then, so that the next try sees its lease.
    """
    for _ in range(RACES - 1):
        try:
            return act()
        except IntegrityError as error:
            if ONE_LEASE not in str(error):
                raise
    return act()
