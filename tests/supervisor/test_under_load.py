"""PostgreSQL killed while people answer, by the chaos benchmark's own clients and counts."""

import threading
import time

from tests.bench.chaos import PARTS, RETRY, Person, all_back, check, kill
from tests.bench.queue import prepare, top_up
from tests.bench.server import free_port, serving

ITEMS = 2000
PEOPLE = 3
ANSWERS = 20  # of each person before, between and after the kills
KILLED = ("postgres", "web", "postgres")
SECONDS = 60.0


def answered(people: list[Person]) -> None:
    """Wait until each person was acknowledged some more."""
    before = [len(person.acknowledged) for person in people]
    until = time.monotonic() + SECONDS
    while not all(len(one.acknowledged) >= count + ANSWERS for one, count in zip(people, before, strict=True)):
        assert time.monotonic() < until, "somebody is stuck"
        time.sleep(0.05)


def test_who_never_comes_back_is_a_stall_as_long_as_it_lasted() -> None:
    stop = threading.Event()
    person = Person(f"http://127.0.0.1:{free_port()}", "", [1], stop)  # nobody listens there
    thread = threading.Thread(target=person.work)
    began = time.monotonic()
    thread.start()
    while len(person.refusals) < 2:
        assert time.monotonic() < began + SECONDS
        time.sleep(0.01)
    stop.set()
    thread.join()
    [stall] = person.stalls
    assert stall.seconds >= RETRY
    assert len(stall.refusals) >= 2


def test_nothing_acknowledged_is_lost_when_postgresql_is_killed_under_load() -> None:
    with serving() as server:
        stage = prepare(server)
        top_up(server, stage, ITEMS)
        stop = threading.Event()
        people = [Person(server.url, token, stage.labels, stop) for token in stage.tokens[:PEOPLE]]
        threads = [threading.Thread(target=person.work) for person in people]
        for thread in threads:
            thread.start()
        try:
            for part in KILLED:
                assert part in PARTS
                answered(people)
                assert kill(server, part)
            all_back(people)
            answered(people)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        figures = check(server, stage, people)
    assert figures["acknowledged"] >= PEOPLE * ANSWERS * (len(KILLED) + 1)
    assert (figures["lost"], figures["doubled"], figures["violations"]) == (0, 0, 0)
