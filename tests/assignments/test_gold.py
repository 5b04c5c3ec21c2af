"""Gold among the queue's items: who makes it, whom it comes to, and that nobody can tell."""

import uuid
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.annotations.models import Annotation
from labeling.assignments.actions import admit_ready, claim, expire, release, set_trust
from labeling.assignments.models import Arm, Gold, Lease, LeaseState, QueueEntry
from labeling.assignments.permits import gold_share, permit_for
from labeling.assignments.reads import remaining
from labeling.consensus.actions import refit
from labeling.consensus.models import Consensus, Verdict
from labeling.consensus.reads import people_posteriors
from labeling.errors import BadInput, Conflict, NotFound
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.projects.reads import true_label_ids
from labeling.registry.actions import promote, register
from labeling.statements import Session
from labeling.suggestions.actions import Opinion, write
from labeling.work import reads
from labeling.work.actions import add_gold, retire_gold, submit, undo
from labeling.work.payloads import lease_payload
from tests.assignments.test_claim import assert_counters_true, everywhere
from tests.factories import add, make_items, make_project, make_user
from tests.work.people import Annotator


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    return made


def cat(project: Project) -> int:
    return Label.objects.get(project=project, name="cat").pk


def make_gold(project: Project, owner: User, items: list[Item]) -> list[Gold]:
    admit_ready(project=project)
    return [add_gold(actor=owner, project=project, item_id=item.pk, label_id=cat(project)) for item in items]


def answer(
    person: User, project: Project, leases: list[Lease], label: int, milliseconds: int | None = None
) -> list[uuid.UUID]:
    """Answer all at once; with `milliseconds` the leases were granted so long ago."""
    if milliseconds is not None:
        earlier = F("claimed_at") - timedelta(milliseconds=milliseconds)
        Lease.objects.filter(pk__in=[lease.pk for lease in leases]).update(claimed_at=earlier)
    rows = [Answer(lease.pk, uuid.uuid4(), label, None, milliseconds or 900, timezone.now()) for lease in leases]
    submit(actor=person, project=project, answers=rows)
    return [row.key for row in rows]


@pytest.mark.django_db
def test_gold_is_verified_by_its_label_and_asks_nobody(project: Project, alice: User) -> None:
    items = make_items(project, 3)
    make_gold(project, alice, items[:1])
    row = Consensus.objects.get(item=items[0])
    assert (row.verdict, row.label_id, row.answers) == (Verdict.VERIFIED, cat(project), 0)
    assert QueueEntry.objects.get(item=items[0]).wanted == 0
    assert people_posteriors(project)[items[0].pk].max() == 1.0


@pytest.mark.django_db
def test_gold_stays_verified_against_all_answers_and_opens_again_when_retired(
    project: Project, alice: User, bob: User
) -> None:
    items = make_items(project, 30)
    [gold, *_] = make_gold(project, alice, items[:2])
    dog = Label.objects.get(project=project, name="dog").pk
    set_trust(actor=alice, project=project, gold_shares=[0.5])
    while not Lease.objects.filter(gold=gold, state=LeaseState.ANSWERED).exists():
        answer(bob, project, claim(actor=bob, project=project, count=1), dog)
    refit(project=project)
    settled = Consensus.objects.get(item=gold.item_id)
    assert (settled.verdict, settled.label_id) == (Verdict.VERIFIED, cat(project))
    retire_gold(actor=alice, project=project, gold_id=gold.pk)
    retire_gold(actor=alice, project=project, gold_id=gold.pk)
    settled.refresh_from_db()
    assert not settled.by_expert


@pytest.mark.django_db
def test_gold_replaces_some_leases_each_once_and_counters_stay_true(project: Project, alice: User, bob: User) -> None:
    items = make_items(project, 200)
    make_gold(project, alice, items[:40])
    leases = claim(actor=bob, project=project, count=50) + claim(actor=bob, project=project, count=50)
    assert len(leases) == 100
    gold = [lease for lease in leases if lease.gold_id is not None]
    assert 20 <= len(gold) <= 40
    assert len({lease.item_id for lease in leases}) == 100
    assert_counters_true(project)
    release(actor=bob, project=project, lease_ids=[lease.pk for lease in leases])
    assert_counters_true(project)
    assert not QueueEntry.objects.filter(leased__gt=0).exists()


@pytest.mark.django_db
def test_gold_thins_out_as_trust_grows(project: Project, alice: User, bob: User) -> None:
    assert [gold_share([0.4, 0.3, 0.2, 0.1], 20, n) for n in (0, 19, 20, 40, 60, 900)] == [0.4, 0.4, 0.3, 0.2, 0.1, 0.1]
    make_gold(project, alice, make_items(project, 60)[:8])
    set_trust(actor=alice, project=project, gold_shares=[0.5, 0.1], gold_step=2)
    assert permit_for(bob, project).gold_share == 0.5
    dog = Label.objects.get(project=project, name="dog").pk
    for label, share in ((dog, 0.5), (cat(project), 0.1)):  # wrong answers win no trust
        answered = gold_answered()
        while gold_answered() < answered + 2:
            keys = answer(bob, project, claim(actor=bob, project=project, count=1), label)
        assert permit_for(bob, project).gold_share == share
    assert permit_for(alice, project).gold_share == 0.0  # owners know it
    undo(actor=bob, project=project, key=keys[0])
    assert permit_for(bob, project).gold_share == 0.5


def gold_answered() -> int:
    return Lease.objects.filter(gold__isnull=False, state=LeaseState.ANSWERED).count()


@pytest.mark.django_db
def test_no_gold_where_nothing_else_is_left(project: Project, alice: User, bob: User) -> None:
    make_gold(project, alice, make_items(project, 4))
    for _ in range(20):
        assert claim(actor=bob, project=project, count=1) == []


@pytest.mark.django_db
def test_gold_cannot_be_recognised(project: Project, alice: User) -> None:
    """Same keys and kinds of values, same share of suggestions, and places spread over the batch alike."""
    items = make_items(project, 600)
    admit_ready(project=project)
    suggest(project, items)
    make_gold(project, alice, items[::4])
    seen: dict[bool, list[tuple[int, Lease]]] = {True: [], False: []}
    for number in range(12):
        person = make_user(f"person-{number}")
        add(project, person)
        for place, lease in enumerate(claim(actor=person, project=project, count=40)):
            seen[lease.gold_id is not None].append((place, lease))
    shapes = {gold: {_shape(lease_payload(project, lease)) for _, lease in rows} for gold, rows in seen.items()}
    assert shapes[True] == shapes[False]
    assert min(len(rows) for rows in seen.values()) > 100
    blind = {gold: sum(lease.arm == Arm.BLIND for _, lease in rows) / len(rows) for gold, rows in seen.items()}
    assert abs(blind[True] - blind[False]) < 0.15
    middle = {gold: sum(place for place, _ in rows) / len(rows) for gold, rows in seen.items()}
    assert abs(middle[True] - middle[False]) < 5  # of 40 places; more than four standard errors
    assert {lease.guideline_version_id for rows in seen.values() for _, lease in rows} == {
        Lease.objects.latest("pk").guideline_version_id
    }


def suggest(project: Project, items: list[Item]) -> None:
    labels = true_label_ids(project)
    version = register(actor=None, project=project, recipe={}, artefact="a", label_ids=labels, metrics={})
    write(version=version, rows=[Opinion(item.pk, (0.8, 0.2), out_of_fold=True) for item in items])
    promote(actor=None, version=version)


def _shape(value: object) -> str:
    if isinstance(value, dict):
        return str(sorted((key, _shape(inner)) for key, inner in value.items()))
    return type(value).__name__


@pytest.mark.django_db
def test_submit_answers_the_same_for_gold(project: Project, alice: User, bob: User) -> None:
    make_gold(project, alice, make_items(project, 20)[:5])
    set_trust(actor=alice, project=project, gold_shares=[0.5])
    annotator = Annotator(bob, project)
    shapes: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    while min(len(seen) for seen in shapes.values()) == 0 or gold_answered() < 2:
        [lease] = annotator.claim()
        result = annotator.answer(lease, cat(project))
        shapes[Lease.objects.get(pk=lease["id"]).gold_id is not None].add((_shape(result), result["status"]))
    assert shapes[True] == shapes[False]


@pytest.mark.django_db
def test_no_value_that_a_person_is_told_depends_on_gold(
    project: Project, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told beside the item itself and times is the same; every ordinary answer verifies its item here."""
    monkeypatch.setattr(reads, "REMAINING_SECONDS", 0.0)
    Project.objects.filter(pk=project.pk).update(target=0.6)
    make_gold(project, alice, make_items(project, 80)[:15])
    set_trust(actor=alice, project=project, gold_shares=[0.5])
    cache.clear()
    annotator, told = Annotator(bob, project), Told(own=("id", "name", "media", "thumb", "peaks", "annotation", "key"))
    while min(told.leases[True], told.leases[False]) < 5:
        claimed = annotator.post("claim", {"count": 1}).json()
        [lease] = claimed["leases"]
        gold = Lease.objects.get(pk=lease["id"]).gold_id is not None
        answered = annotator.post("submit", {"answers": [annotator.row(lease, cat(project))]}).json()
        told.note(gold, {"claimed": claimed, "answered": answered, "work": annotator.get("work")["left"]})
    assert told.values[True] == told.values[False]
    assert remaining(project) == 65 - told.leases[False]  # which is what they would tell


class Told:
    """What was told of gold and of other items: each value with its place, those of the item's own and times apart."""

    def __init__(self, own: tuple[str, ...]) -> None:
        self.apart = (*own, "expires_at", "seconds_left")
        self.leases = {True: 0, False: 0}
        self.values: dict[bool, set[tuple[str, object]]] = {True: set(), False: set()}

    def note(self, gold: bool, value: object) -> None:
        """One lease's answers."""
        self.leases[gold] += 1
        self.values[gold] |= set(self._flat("", value))

    def _flat(self, place: str, value: Any) -> list[tuple[str, object]]:
        if isinstance(value, dict):
            inner = [(f"{place}.{key}", row) for key, row in value.items() if key not in self.apart]
        elif isinstance(value, list):
            inner = [(f"{place}[]", row) for row in value]
        else:
            return [(place, value)]
        return [pair for name, row in inner for pair in self._flat(name, row)]


def test_what_is_left_is_told_in_tens_and_two_digits() -> None:
    assert [reads.coarse(n) for n in (0, 1, 10, 11, 99, 100, 101, 1000, 1001, 999_999)] == [
        0, 10, 10, 20, 100, 100, 110, 1000, 1100, 1_000_000
    ]  # fmt: skip


@pytest.mark.django_db
def test_what_is_left_stays_for_a_minute_but_that_nothing_is_left_is_told_at_once(project: Project) -> None:
    cache.clear()
    items = make_items(project, 21)
    admit_ready(project=project)
    assert reads.about_left(project) == 30
    QueueEntry.objects.exclude(item=items[0]).update(wanted=0)
    cache.delete(f"remaining:{project.pk}")
    assert reads.about_left(project) == 30
    assert reads.about_left(project, 0) == 0
    cache.delete(f"about:{project.pk}")
    assert reads.about_left(project) == 10


@pytest.mark.django_db
def test_time_spent_is_never_longer_than_the_item_was_held(project: Project, bob: User) -> None:
    make_items(project, 4)
    admit_ready(project=project)
    quick, slow, late, honest = claim(actor=bob, project=project, count=4)
    Lease.objects.filter(pk__in=[slow.pk, late.pk]).update(claimed_at=timezone.now() - timedelta(hours=2))
    Lease.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    assert expire(project=project) == 1
    answer(bob, project, [honest], cat(project), milliseconds=2000)
    rows = [Answer(one.pk, uuid.uuid4(), cat(project), None, 3_600_000, timezone.now()) for one in (quick, slow, late)]
    submit(actor=bob, project=project, answers=rows)
    spent = dict(Annotation.objects.values_list("item", "milliseconds"))
    assert spent[quick.item_id] < 60_000
    assert [spent[lease.item_id] for lease in (slow, late, honest)] == [3_600_000, 3_600_000, 2000]


@pytest.mark.django_db
def test_claim_takes_two_statements_where_there_is_no_gold(project: Project, alice: User, bob: User) -> None:
    items = make_items(project, 40)
    admit_ready(project=project)
    run = Session.run
    with patch.object(Session, "run", autospec=True, side_effect=run) as executed:
        assert len(claim(actor=bob, project=project, count=5)) == 5
        assert executed.call_count == 2  # may this person, and the leases
        make_gold(project, alice, items[:10])
        executed.reset_mock()
        assert len(claim(actor=bob, project=project, count=5)) == 5
        assert executed.call_count <= 5  # may this person, a lock, gold, and the ordinary items apart; the leases


@pytest.mark.django_db
def test_making_and_retiring_twice_changes_nothing_and_wrong_input_is_refused(
    project: Project, alice: User, bob: User
) -> None:
    items = make_items(project, 3)
    [gold] = make_gold(project, alice, items[:1])
    assert make_gold(project, alice, items[:1]) == [gold]
    dog = Label.objects.get(project=project, name="dog").pk
    unsure = Label.objects.get(project=project, role="unsure").pk
    with pytest.raises(Conflict, match="gold already"):
        add_gold(actor=alice, project=project, item_id=items[0].pk, label_id=dog)
    with pytest.raises(BadInput, match="no such class"):
        add_gold(actor=alice, project=project, item_id=items[1].pk, label_id=unsure)
    with pytest.raises(Conflict, match="not agreed"):
        add_gold(actor=alice, project=project, item_id=items[1].pk, label_id=dog, source="consensus")
    other = make_project(alice, name="Other", heldout_share=0.0)
    with pytest.raises(NotFound):
        add_gold(actor=alice, project=other, item_id=items[1].pk, label_id=dog)
    retire_gold(actor=alice, project=project, gold_id=gold.pk)
    assert add_gold(actor=alice, project=project, item_id=items[0].pk, label_id=dog).pk == gold.pk
    for settings in ({"gold_shares": [0.9]}, {"gold_shares": [0.1, 0.2]}, {"quiz_items": 30}, {"feedback_after": 2}):
        with pytest.raises(BadInput):
            set_trust(actor=alice, project=project, **settings)


@pytest.mark.django_db
def test_api_of_gold_is_for_owners_and_experts(project: Project, alice: User, bob: User, charlie: User) -> None:
    [item, other] = make_items(project, 2)
    admit_ready(project=project)
    address = f"/api/v1/projects/{project.slug}/gold"
    body = {"item": item.pk, "label": cat(project)}
    for person, status in ((charlie, 404), (bob, 403)):
        assert _client(person).post(address, body, content_type="application/json").status_code == status
        assert _client(person).get(address).status_code == status
    assert not Gold.objects.exists()
    dora = make_user("dora")
    add(project, dora, "expert")
    made = _client(dora).post(address, body, content_type="application/json")
    assert made.status_code == 201, made.content
    again = _client(dora).post(address, body, content_type="application/json")
    assert again.json()["id"] == made.json()["id"]
    assert _client(alice).get(address).json()["results"][0]["label"] == cat(project)
    assert _client(alice).post(address, {"item": other.pk}, content_type="application/json").status_code == 400
    assert _client(alice).delete(f"{address}/{made.json()['id']}").status_code == 200
    assert _client(alice).delete(f"{address}/{made.json()['id']}").status_code == 200
    assert _client(alice).delete(f"{address}/999999").status_code == 404
    assert _client(alice).get(address).json()["results"] == []


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db(transaction=True)
def test_one_person_in_six_tabs_gets_each_gold_item_once(project: Project, alice: User, bob: User) -> None:
    make_gold(project, alice, make_items(project, 60)[:20])

    def work(_: int) -> None:
        for _ in range(8):
            claim(actor=bob, project=project, count=2)

    everywhere(work, 6)
    leases = Lease.objects.filter(user=bob)
    assert leases.count() == leases.values("item").distinct().count()
    assert leases.filter(gold__isnull=False).exists()
    assert_counters_true(project)
