"""The owner's gold tells how many errors everybody shares; what experts promoted tells nothing of the kind."""

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.assignments.actions import admit_ready, make_gold
from labeling.assignments.models import Gold, GoldSource
from labeling.consensus.actions import refit
from labeling.consensus.quality import calibration
from labeling.items.models import Item, ItemState
from labeling.projects.models import Label, Project
from ml.truth.noise import Fit
from tests.consensus.test_consensus import crowd, project, say
from tests.factories import make_items

__all__ = ["crowd", "project"]
pytestmark = pytest.mark.django_db
ITEMS = 30


@pytest.fixture
def answered(project: Project, crowd: list[User]) -> list[Item]:
    """Cat and dog in turn; each of three people takes one item in five for the other, never the same one."""
    Project.objects.filter(pk=project.pk).update(answer_limit=5)
    project.refresh_from_db()
    items = make_items(project, ITEMS)
    admit_ready(project=project)
    for place, item in enumerate(items):
        for turn, person in enumerate(crowd[:3]):
            say(item, person, named(place + ((place + 2 * turn) % 5 == 0)))
    return items


def named(place: int) -> str:
    """Which class the item at this place is of."""
    return ("cat", "dog")[place % 2]


def shared_error(project: Project) -> float:
    """The largest chance, by a new full pass, that what everybody sees is not so."""
    row = refit(project=project)
    assert row is not None
    return float(1 - np.diagonal(Fit.from_json(row.parameters).shared).min())


def give_gold(owner: User, project: Project, items: list[Item], source: str) -> None:
    for place, item in enumerate(items):
        label = Label.objects.get(project=project, name=named(place))
        make_gold(actor=owner, project=project, item_id=item.pk, label_id=label.pk, source=source)


def test_owners_gold_tells_and_gold_from_consensus_does_not(
    project: Project, answered: list[Item], alice: User
) -> None:
    before = shared_error(project)
    give_gold(alice, project, answered, GoldSource.CONSENSUS)
    assert shared_error(project) == pytest.approx(before)
    Gold.objects.filter(project=project).update(source=GoldSource.OWNER)
    assert 0 < shared_error(project) < 0.8 * before


def test_page_says_when_answers_alone_cannot_reach_the_target(
    project: Project, answered: list[Item], alice: User
) -> None:
    client = Client()
    client.force_login(alice)
    for target, within in ((0.999, False), (0.6, True)):
        Project.objects.filter(pk=project.pk).update(target=target)
        project.refresh_from_db()
        refit(project=project)
        told = calibration(project)
        assert (told.ceiling.suffices, told.ceiling.label in {"cat", "dog"}) == (within, True)
        page = client.get(f"/p/{project.slug}/quality").content.decode()
        assert ("answers alone can state at most" in page) is not within
        overview = client.get(f"/p/{project.slug}/").content.decode()
        assert ("Mark some items as gold, at random" in overview) is not within


def test_a_project_too_small_for_it_is_not_asked_for_gold(
    project: Project, answered: list[Item], alice: User
) -> None:
    Project.objects.filter(pk=project.pk).update(target=0.999)
    project.refresh_from_db()
    refit(project=project)
    client = Client()
    client.force_login(alice)
    overview = f"/p/{project.slug}/"
    assert "Mark some items as gold" in client.get(overview).content.decode()
    Item.objects.filter(pk=answered[0].pk).update(state=ItemState.ERASED)
    assert "Mark some items as gold" not in client.get(overview).content.decode()


def test_enough_gold_ends_the_hint(project: Project, answered: list[Item], alice: User) -> None:
    Project.objects.filter(pk=project.pk).update(target=0.999)
    project.refresh_from_db()
    refit(project=project)
    client = Client()
    client.force_login(alice)
    give_gold(alice, project, answered[:-1], GoldSource.OWNER)
    assert "Mark some items as gold" in client.get(f"/p/{project.slug}/").content.decode()
    give_gold(alice, project, answered[-1:], GoldSource.OWNER)
    assert "Mark some items as gold" not in client.get(f"/p/{project.slug}/").content.decode()
