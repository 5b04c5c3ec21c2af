"""What waits is counted no further than anybody reads, and pages of many rows ask for those that they show."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.assignments.models import Audience, Gold, QueueEntry
from labeling.assignments.reads import COUNTED, disputed
from labeling.consensus.choice import chosen_items
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.studio import cost_curve
from labeling.templatetags.rail import many
from tests.factories import make_items, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(alice: User) -> Project:
    return make_project(alice)


def put(items: list[Item], audience: Audience) -> None:
    """In the queue, wanting an answer."""
    QueueEntry.objects.bulk_create(
        QueueEntry(item=item, project=item.project, wanted=1, audience=audience) for item in items
    )


def test_what_waits_is_counted_to_a_limit(project: Project) -> None:
    put(make_items(project, 5), Audience.EXPERT)
    assert (disputed(project), disputed(project, most=3)) == (5, 3)
    assert (many(0), many(COUNTED - 1), many(COUNTED)) == ("0", "999", "999+")


def test_gold_comes_in_pages(project: Project, alice: User, client: Client) -> None:
    label = project.labels.all()[0]
    items = make_items(project, 120)
    Gold.objects.bulk_create(
        Gold(item=item, project=project, label=label, source="owner", author=alice, created_at=project.created_at)
        for item in items
    )
    client.force_login(alice)
    first, second = (client.get(f"/p/{project.slug}/gold?page={page}") for page in (1, 2))
    assert [len(answer.context["page"].object_list) for answer in (first, second)] == [100, 20]
    assert "120 items in use" in first.content.decode()


def test_items_are_leafed_through_there_and_back(project: Project, alice: User, client: Client) -> None:
    made = [item.pk for item in make_items(project, 130)][::-1]
    client.force_login(alice)

    def shown(**asked: int) -> tuple[list[int], int | None, int | None]:
        page = client.get(f"/p/{project.slug}/items", asked).context["page"]
        return [item.pk for item in page.rows], page.before, page.after

    assert shown() == (made[:60], None, made[59])
    assert shown(after=made[59]) == (made[60:120], made[60], made[119])
    assert shown(after=made[119]) == (made[120:], made[120], None)
    assert shown(before=made[120]) == (made[60:120], made[60], made[119])
    assert shown(before=made[60]) == (made[:60], None, made[59])
    assert shown(after=made[-1]) == ([], None, None)


def test_no_count_is_made_to_leaf_through_items(project: Project, alice: User, client: Client) -> None:
    make_items(project, 70)
    client.force_login(alice)
    with CaptureQueriesContext(connection) as seen:
        client.get(f"/p/{project.slug}/items?name=p")
    assert sum('COUNT("labeling_item"."id")' in row["sql"] for row in seen) == 1  # by state
    assert not any("OFFSET" in row["sql"] for row in seen)


def test_many_items_are_met_by_chance(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    items = make_items(project, 300)
    monkeypatch.setattr(cost_curve, "ITEMS", 10)
    drawn = cost_curve._by_chance(project)
    assert len({pk for pk, _ in drawn}) == 10
    assert {pk for pk, _ in drawn} <= {item.pk for item in items}


def test_nothing_is_skipped_where_nobody_skipped(project: Project) -> None:
    assert chosen_items(project, which="skipped") == []
