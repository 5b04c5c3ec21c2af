"""The held-out side is chosen by a hash of the group alone, uniformly, and never changes."""

from django.contrib.auth.models import User

from labeling.items import actions
from labeling.items.models import Item
from labeling.items.split import FOLDS, side
from labeling.projects.models import Project
from tests.items.files import picture


def test_the_share_is_met_and_folds_are_even_and_independent() -> None:
    sides = [side(project_id=7, group=f"group {number}", heldout_share=0.2) for number in range(20_000)]
    share = sum(heldout for heldout, _fold in sides) / len(sides)
    assert abs(share - 0.2) < 0.012, "four standard errors"
    for fold in range(FOLDS):
        inside = [heldout for heldout, one in sides if one == fold]
        assert abs(len(inside) / len(sides) - 1 / FOLDS) < 0.012
        assert abs(sum(inside) / len(inside) - 0.2) < 0.03


def test_two_projects_draw_apart_and_one_draws_the_same_again() -> None:
    groups = [f"group {number}" for number in range(200)]
    first = [side(project_id=1, group=group, heldout_share=0.5) for group in groups]
    assert first == [side(project_id=1, group=group, heldout_share=0.5) for group in groups]
    assert first != [side(project_id=2, group=group, heldout_share=0.5) for group in groups]


def test_nothing_is_held_out_of_a_share_of_none_and_all_of_one() -> None:
    assert not any(side(project_id=1, group=str(n), heldout_share=0.0)[0] for n in range(1000))
    assert all(side(project_id=1, group=str(n), heldout_share=1.0)[0] for n in range(1000))


def test_the_same_picture_packed_otherwise_stands_on_the_same_side(alice: User, pictures: Project) -> None:
    for number in range(12):
        for kind in ("PNG", "BMP"):
            name, data = f"{number}.{kind.lower()}", picture(number, kind=kind)
            actions.add_file(actor=alice, project=pictures, name=name, data=data)
    assert Item.objects.count() == 24
    assert Item.objects.values("group").distinct().count() == 12
    assert Item.objects.values("group", "heldout", "fold").distinct().count() == 12


def test_a_group_keeps_its_side_when_the_share_changes(alice: User, pictures: Project) -> None:
    names = [f"speaker {number}" for number in range(20)]
    for number, name in enumerate(names):
        actions.add_file(actor=alice, project=pictures, name=f"{number}.png", data=picture(number), group=name)
    pictures.heldout_share = 0.5
    pictures.save()
    for number, name in enumerate(names):
        actions.add_file(actor=alice, project=pictures, name=f"x{number}.png", data=picture(100 + number), group=name)
    assert Item.objects.values("group", "heldout", "fold").distinct().count() == 20
