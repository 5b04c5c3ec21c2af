"""What a view says in a header when its answer goes on; and how anybody rings for those who wait."""

import json
from dataclasses import asdict, dataclass

from django.db import connection
from django.http import HttpResponseBase

HEADER = "X-Emerald-Held"
KEEPER = "emerald.keeper"  # in a request's environment: the name of the process that can hold its caller
CHANNEL = "emerald"  # of PostgreSQL's LISTEN and NOTIFY


@dataclass(frozen=True)
class Held:
    """Until `topic` rings or `seconds` are over; `then` is asked for the answer, `gone` is told of a caller who left.

    With `stream` the answer is a stream of server-sent events, one each time the topic rings, until either side ends
    it. Behind a plain WSGI server nobody reads the header: the caller gets what the view answered, and asks again.
    """

    topic: str
    seconds: float = 0.0
    then: str = ""
    gone: str = ""
    stream: bool = False


def hold(response: HttpResponseBase, held: Held) -> HttpResponseBase:
    """Let the front go on with this answer."""
    response[HEADER] = json.dumps(asdict(held))
    return response


def parse(header: str) -> Held:
    """The header's value as it was written."""
    return Held(**json.loads(header))


def ring(*topics: str) -> None:
    """Wake all who wait for these topics, in every process, once the transaction under way is committed."""
    with connection.cursor() as cursor:
        for topic in topics:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, topic])
