"""An experiment with two drafts, two wizards and some pictures."""

import io
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from PIL import Image, ImageDraw

from labeling.oz import actions
from labeling.oz.models import Experiment, Shift
from labeling.projects.models import Project
from tests.factories import add, make_project


def picture(seed: int) -> bytes:
    """A PNG unlike all others."""
    image = Image.new("RGB", (96, 64), (40 + seed * 7 % 200, 90, 200 - seed * 11 % 180))
    ImageDraw.Draw(image).ellipse((10 + seed % 30, 10, 50 + seed % 30, 50), fill=(240, 220, seed * 5 % 255))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def wanda(person: "Callable[[str], User]") -> User:
    """A wizard."""
    return person("wanda")


@pytest.fixture
def willy(person: "Callable[[str], User]") -> User:
    """Another wizard."""
    return person("willy")


@pytest.fixture
def project(alice: User, bob: User, wanda: User, willy: User) -> Project:
    made = make_project(alice, name="Travel", question="Is this a good photo?", classes=("yes", "no"))
    for user in (bob, wanda, willy):
        add(made, user)
    return made


@pytest.fixture
def experiment(project: Project, alice: User, wanda: User, willy: User) -> Experiment:
    """Two variants, not yet running."""
    made = actions.draft(actor=alice, project=project, name="Cover photos", goal="Photos that make people want to go.")
    actions.write_variant(
        actor=alice, experiment=made, question="Is this a good photo?", classes=["good", "bad"], shown=["good"],
        text="Sharp, well lit, people **smiling**.",
    )  # fmt: skip
    actions.write_variant(
        actor=alice, experiment=made, question="Does this make you want to go there?", classes=["go", "stay"],
        shown=["go"], text="Would you book a trip *because* of it?",
    )  # fmt: skip
    for user in (wanda, willy):
        actions.seat(actor=alice, experiment=made, user=user, part="wizard")
    return made


@pytest.fixture
def started(experiment: Experiment, alice: User) -> Experiment:
    """Running, without any input yet."""
    return actions.start(actor=alice, experiment=experiment)


@pytest.fixture
def shift(started: Experiment, wanda: User) -> Shift:
    """Wanda on duty."""
    return actions.come_on_duty(actor=wanda, experiment=started)


def answer_all(experiment: Experiment, wizard: User, says: dict[str, Callable[[int], str]]) -> None:
    """Let a wizard answer everything that waits for them, by variant and the input's place."""
    order = {pk: at for at, pk in enumerate(experiment.inputs.order_by("pk").values_list("pk", flat=True))}
    shift = actions.come_on_duty(actor=wizard, experiment=experiment)
    while (taken := actions.take(shift=shift)) is not None:
        assert taken.variant is not None
        said = says[taken.variant.letter](order[taken.input_id])
        actions.answer(shift=shift, inquiry_id=taken.pk, said=said, milliseconds=900)
    actions.leave(shift=shift)
