"""The target binds the verified labels together: the bar of the full pass, used online, held, and before the owner."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.assignments.actions import admit_ready, make_gold
from labeling.assignments.models import GoldSource
from labeling.consensus.actions import refit, refit_if_ripe
from labeling.consensus.evidence import yardstick
from labeling.consensus.models import Consensus, Fit, Verdict
from labeling.errors import BadInput
from labeling.items.models import Item
from labeling.projects.actions import change_settings
from labeling.projects.models import Label, Project
from labeling.templatetags.share import percent
from ml.truth import bar as bars
from tests.consensus.test_consensus import crowd, project, say
from tests.factories import make_items

__all__ = ["crowd", "project"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def items(project: Project, crowd: list[User], monkeypatch: pytest.MonkeyPatch) -> list[Item]:
    """Cat and dog in turn, 24 of them with two answers or three of which one in nine is wrong, and one with none."""
    monkeypatch.setattr(bars, "LEAST_SET", 10)
    monkeypatch.setattr(bars, "SPREAD", 0.001)
    change_settings(actor=None, project=project, target=0.92, label_floor=0.8)
    project.refresh_from_db()
    made = make_items(project, 25)
    admit_ready(project=project)
    for at, item in enumerate(made[:24]):
        for person in [(at + turn) % 4 for turn in range(3 if at % 4 else 2)]:
            say(item, crowd[person], ("cat", "dog")[(at + ((7 * at + 11 * person) % 9 == 0)) % 2])
    return made


def lent(project: Project, row: Fit) -> list[Consensus]:
    """The labels between bar and target."""
    assert row.bar is not None
    return list(Consensus.objects.filter(project=project, confidence__gte=row.bar, confidence__lt=project.target))


def passed(project: Project) -> Fit:
    """A full pass."""
    row = refit(project=project)
    assert row is not None
    return row


def test_sure_labels_make_room_for_less_sure_ones_online_as_in_the_full_pass(
    project: Project, crowd: list[User], items: list[Item]
) -> None:
    row = passed(project)
    assert row.bar is not None
    assert project.label_floor <= row.bar < project.target
    assert {one.verdict for one in lent(project, row)} == {Verdict.VERIFIED}
    verified = Consensus.objects.filter(project=project, verdict=Verdict.VERIFIED).values_list("confidence", flat=True)
    assert sum(verified) / len(verified) >= project.target + row.reserve
    assert Consensus.objects.filter(project=project, verdict=Verdict.OPEN).exists()
    assert say(items[24], crowd[0], "cat").verdict == Verdict.OPEN
    online = say(items[24], crowd[1], "cat")
    assert online.verdict == Verdict.VERIFIED
    assert row.bar <= online.confidence < project.target


def test_another_floor_binds_each_label_at_once_and_in_the_next_pass(project: Project, items: list[Item]) -> None:
    row = passed(project)
    before = [one.pk for one in lent(project, row)]
    assert refit_if_ripe(project=project) is None
    change_settings(actor=None, project=project, label_floor=0.999)
    project.refresh_from_db()
    assert yardstick(project).verified_from(project) == 0.999
    assert refit_if_ripe(project=project) is not None
    assert yardstick(project).verified_from(project) == 0.999
    assert {one.verdict for one in Consensus.objects.filter(pk__in=before)} == {Verdict.OPEN}


def test_a_verified_label_does_not_flap_with_each_pass(
    project: Project, crowd: list[User], items: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = min(lent(project, passed(project)), key=lambda row: row.confidence)
    for distance, verdict in ((bars.HOLD / 2, Verdict.VERIFIED), (1.5 * bars.HOLD, Verdict.OPEN)):
        monkeypatch.setattr("labeling.consensus.promise.bar", lambda *_, d=distance, **__: one.confidence + d)
        refit(project=project)
        assert Consensus.objects.get(pk=one.pk).verdict == verdict
        if verdict == Verdict.VERIFIED:  # two answers of the same kind do not verify a label that never was
            say(items[24], crowd[0], "cat")
            assert say(items[24], crowd[1], "cat").verdict == Verdict.OPEN


def test_page_says_from_where_on_labels_are_verified_and_why(project: Project, items: list[Item], alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert "each label must meet the target by itself" in client.get(f"/p/{project.slug}/quality").content.decode()
    row = passed(project)
    assert row.bar is not None
    page = client.get(f"/p/{project.slug}/quality").content.decode()
    assert f"from <strong>{percent(row.bar)}</strong> on" in page
    assert "That reserve is for what is not measured" in page
    told = client.get(f"/api/v1/projects/{project.slug}/quality").json()
    assert (told["verified_from"], told["known"]) == (row.bar, 0)


def test_owners_gold_tells_how_much_must_be_held_in_reserve(
    project: Project, items: list[Item], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bars, "LEAST_JUDGED", 5)
    before = passed(project)
    for at, item in enumerate(items[:16]):
        label = Label.objects.get(project=project, name=("cat", "dog")[at % 2])
        make_gold(actor=alice, project=project, item_id=item.pk, label_id=label.pk, source=GoldSource.OWNER)
    row = passed(project)
    assert (before.judged, before.overclaim, before.reserve) == (0, 0.0, bars.SURE * bars.SPREAD)
    assert row.judged >= 5
    assert row.reserve < before.reserve


@pytest.mark.parametrize("floor", [0.4, 1.0])
def test_floor_is_a_probability_above_one_half(project: Project, alice: User, floor: float) -> None:
    with pytest.raises(BadInput) as refused:
        change_settings(actor=alice, project=project, label_floor=floor)
    assert refused.value.field == "label_floor"
