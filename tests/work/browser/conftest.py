"""A real Chromium before the labeling page of a real server."""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from pytest_django.live_server_helper import LiveServer

from labeling.items.actions import add_file
from labeling.items.models import Item
from labeling.projects.models import Project
from tests.factories import PASSWORD, add, make_project
from tests.work.browser.labeling_page import LabelingPage

CHROMIUM = os.environ.get("EMERALD_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
Seat = Callable[..., LabelingPage]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a file of tests."""
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop running in this thread; the tests' own queries come between its turns.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            yield browser
            browser.close()


@pytest.fixture
def device(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A browser profile of its own for each call, as each person has."""
    made: list[BrowserContext] = []

    def fresh(**options: object) -> BrowserContext:
        made.append(chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options}))  # type: ignore[arg-type]
        return made[-1]

    yield fresh
    for context in made:
        for page in context.pages:
            page.wait_for_load_state("networkidle")
        # Nothing that a closing page still sends may meet the emptying of the tables.
        context.set_offline(True)
        context.close()


@pytest.fixture
def seat(live_server: LiveServer, device: Callable[..., BrowserContext]) -> Seat:
    """Sit somebody down before a project's labeling page, signed in."""

    def sit(
        user: User, project: Project, *, context: BrowserContext | None = None, by_form: bool = False
    ) -> LabelingPage:
        context = context or device()
        if not by_form:
            sign_in(context, live_server.url, user)
        page = LabelingPage(context.new_page(), f"{live_server.url}/p/{project.slug}/label", project)
        page.open()
        if by_form:
            page.page.fill("[name=username]", user.get_username())
            page.page.fill("[name=password]", PASSWORD)
            page.press("Enter")
            page.page.wait_for_url(page.url)
        return page

    return sit


def sign_in(context: BrowserContext, url: str, user: User) -> None:
    """Give the browser the cookie of a session."""
    client = Client()
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])


def drawn(digit: int, seed: int) -> bytes:
    """A PNG with this digit, unlike all others."""
    picture = Image.new("RGB", (240, 200), (250 - seed, 244, 230))
    ImageDraw.Draw(picture).text((80, 10), str(digit), (20, 40, 30), ImageFont.load_default(150))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def tone(step: int, seconds: float = 0.4, rate: int = 16_000) -> bytes:
    """A WAV whose pitch tells the step."""
    time = np.arange(int(seconds * rate)) / rate
    out = io.BytesIO()
    soundfile.write(out, 0.3 * np.sin(2 * np.pi * (300 + 60 * step) * time) * np.hanning(len(time)), rate, format="WAV")
    return out.getvalue()


def bring(project: Project, files: dict[str, bytes], supposed: str = "") -> list[Item]:
    """Take files in as an owner's upload does."""
    items = []
    for name, data in files.items():
        outcome = add_file(actor=None, project=project, name=name, data=data, supposed=supposed)
        assert outcome.item is not None, outcome.reason
        items.append(outcome.item)
    return items


@pytest.fixture
def digits(transactional_db: None, alice: User, bob: User) -> Project:
    """Twelve pictures of digits; bob annotates."""
    project = make_project(alice, classes=DIGITS, name="Digits", question="Which digit is this?", with_none=True)
    add(project, bob)
    bring(project, {f"{step}.png": drawn(step % 10, step) for step in range(12)})
    return project


@pytest.fixture
def tones(transactional_db: None, alice: User, bob: User) -> Project:
    """Twelve tones; bob annotates."""
    project = make_project(alice, "sound", classes=("low", "high"), name="Tones", question="How high is it?")
    add(project, bob)
    bring(project, {f"{step}.wav": tone(step) for step in range(12)})
    return project


@pytest.fixture
def shots() -> Path:
    """Where screenshots are kept."""
    folder = Path(__file__).resolve().parents[3] / ".emerald" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
