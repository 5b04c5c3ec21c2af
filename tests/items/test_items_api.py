"""Items over HTTP: listed, set aside and taken back by owners."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.items import actions, paging, reads
from labeling.items.models import Item, ItemState
from labeling.projects.actions import add_member
from labeling.projects.models import Project, Role
from tests.items.files import picture


@pytest.fixture
def three(alice: User, pictures: Project) -> list[Item]:
    """Three items."""
    for number in range(3):
        actions.add_file(actor=alice, project=pictures, name=f"{number}.png", data=picture(number))
    return list(Item.objects.order_by("id"))


def post(client: Client, project: Project, what: str, **body: Any) -> Any:
    """POST JSON to the items' address."""
    address = f"/api/v1/projects/{project.slug}/items/{what}"
    return client.post(address, body, content_type="application/json")


def test_items_are_listed_by_pages(client: Client, alice: User, pictures: Project, three: list[Item]) -> None:
    client.force_login(alice)
    answer = client.get(f"/api/v1/projects/{pictures.slug}/items?page_size=2").json()
    assert (answer["count"], [row["name"] for row in answer["results"]]) == (3, ["2.png", "1.png"])
    assert answer["first"] is None
    last = client.get(answer["next"]).json()
    assert ([row["name"] for row in last["results"]], last["next"]) == (["0.png"], None)
    assert client.get(last["first"]).json() == answer
    found = client.get(f"/api/v1/projects/{pictures.slug}/items?name=1.p").json()["results"]
    assert [(row["name"], row["kind"], row["state"]) for row in found] == [("1.png", "image", "ready")]
    one = client.get(f"/api/v1/projects/{pictures.slug}/items/{three[0].pk}").json()
    assert (one["width"], one["sha256"]) == (32, three[0].blob_id)


def test_items_that_come_meanwhile_shift_nothing(
    client: Client, alice: User, pictures: Project, three: list[Item]
) -> None:
    client.force_login(alice)
    Item.objects.update(state=ItemState.READY)
    answer = client.get(f"/api/v1/projects/{pictures.slug}/items?page_size=2&state=ready").json()
    actions.add_file(actor=alice, project=pictures, name="new.png", data=picture(7))
    assert [row["name"] for row in client.get(answer["next"]).json()["results"]] == ["0.png"]


def test_all_items_are_listed_once_however_small_the_parts(
    client: Client, alice: User, pictures: Project, three: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "COUNTED", 2)
    client.force_login(alice)
    seen, address = [], f"/api/v1/projects/{pictures.slug}/items?page_size=1"
    while address:
        answer = client.get(address).json()
        assert answer["count"] is None  # more than are counted
        seen += [row["id"] for row in answer["results"]]
        address = answer["next"]
    assert seen == [item.pk for item in reversed(three)]


@pytest.mark.parametrize("asked", ["after=x", "after=-1", "page_size=x", "after=" + "9" * 40, "page=2", "after=²"])
def test_what_is_no_place_in_the_list_is_refused(client: Client, alice: User, pictures: Project, asked: str) -> None:
    client.force_login(alice)
    answer = client.get(f"/api/v1/projects/{pictures.slug}/items?{asked}")
    assert (answer.status_code, answer.json()["field"]) == (400, asked.partition("=")[0])


def test_items_are_set_aside_and_taken_back(client: Client, alice: User, pictures: Project, three: list[Item]) -> None:
    client.force_login(alice)
    ids = [item.pk for item in three[:2]]
    assert post(client, pictures, "exclude", items=ids, reason="blurred").json()["items"] == ids
    assert post(client, pictures, "exclude", items=ids, reason="again").json()["items"] == []
    assert set(Item.objects.filter(pk__in=ids).values_list("state", "fault")) == {(ItemState.EXCLUDED, "blurred")}
    assert post(client, pictures, "include", items=[ids[0]]).json()["items"] == [ids[0]]
    assert Item.objects.get(pk=ids[0]).state == ItemState.READY
    assert post(client, pictures, "exclude", items=ids, reason=" ").status_code == 400


def test_items_of_other_projects_are_left_alone(
    client: Client, alice: User, sounds: Project, three: list[Item]
) -> None:
    client.force_login(alice)
    assert post(client, sounds, "exclude", items=[three[0].pk], reason="mine").json()["items"] == []
    assert Item.objects.get(pk=three[0].pk).state == ItemState.READY


def test_others_neither_list_nor_set_aside(
    client: Client, alice: User, bob: User, charlie: User, pictures: Project, three: list[Item]
) -> None:
    add_member(actor=alice, project=pictures, user=bob, role=Role.ANNOTATOR)
    for user, status in ((bob, 403), (charlie, 404)):
        client.force_login(user)
        assert client.get(f"/api/v1/projects/{pictures.slug}/items").status_code == status
        assert client.get(f"/p/{pictures.slug}/items").status_code == status
        assert client.get(f"/p/{pictures.slug}/uploads").status_code == status
        assert post(client, pictures, "exclude", items=[three[0].pk], reason="x").status_code == status


@pytest.mark.parametrize("rare", [0, 10])
def test_items_are_found_by_a_part_of_their_name_whether_few_or_many_have_it(
    client: Client, alice: User, pictures: Project, three: list[Item], monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    monkeypatch.setattr(reads, "RARE", rare)
    client.force_login(alice)
    for name, found in (("PNG", ["2.png", "1.png", "0.png"]), ("1.p", ["1.png"]), ("zebra", [])):
        rows = client.get(f"/api/v1/projects/{pictures.slug}/items?name={name}").json()["results"]
        assert [row["name"] for row in rows] == found
