"""From the key to the next picture's frame, in Chromium, with 100 ms of network latency added.

The server is a real `manage.py serve` on localhost with hashed, compressed files. DevTools hold every answer of it back
by 100 ms. A key goes down after a short look at each picture; what is measured starts at the keydown event's own time
stamp and ends in a message that is dealt with right after the frame that draws the next picture (the page's own
"key-to-paint" measure). `event_timing_ms_p95` is the browser's independent figure for the same keystrokes, from the key
to the presented frame, in steps of 8 ms. The baseline is the same page with nothing fetched ahead (`?ahead=0`).
"""

import io
import os
import random
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.bench.server import Server, serving
from tests.work.browser.waiting import WAIT

ITEMS = 60
SPARE = 12  # held ahead at the end of a run
LATENCY = 100  # ms
LOOK = (0.05, 0.35)  # seconds that a quick person looks at a picture, after the page has begun to listen
CHROMIUM = os.environ.get("EMERALD_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
NAME, PASSWORD = "annotator", "correct horse battery staple"
PREPARE = f"""
from django.contrib.auth.models import User
from labeling.guidelines.actions import create_project_with_guideline
from labeling.projects.actions import add_member
owner = User.objects.create_user("owner", "", {PASSWORD!r})
person = User.objects.create_user({NAME!r}, "", {PASSWORD!r})
project = create_project_with_guideline(
    actor=owner, name="Bench", slug="bench", medium="image", question="Which one?",
    classes=[f"class {{number}}" for number in range(10)],
)
add_member(actor=owner, project=project, user=person, role="annotator")
"""
OBSERVE = """
window.paints = []; window.events = [];
new PerformanceObserver((list) => paints.push(...list.getEntries().map((one) => one.duration)))
  .observe({ type: "measure", buffered: true });
new PerformanceObserver((list) => events.push(...list.getEntries().filter((one) => one.name === "keydown")
  .map((one) => one.duration))).observe({ type: "event", durationThreshold: 16, buffered: true });
"""


@dataclass
class Traffic:
    """What went over the wire."""

    session: CDPSession
    requests: int = 0
    size: float = 0.0
    media: float = 0.0
    kinds: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Add the latency and count."""
        self.session.on("Network.requestWillBeSent", self._sent)
        self.session.on("Network.loadingFinished", self._finished)
        self.session.send("Network.enable")
        limits = {"offline": False, "latency": LATENCY, "downloadThroughput": -1, "uploadThroughput": -1}
        self.session.send("Network.emulateNetworkConditions", limits)

    def _sent(self, event: dict[str, object]) -> None:
        request = event["request"]
        assert isinstance(request, dict)
        if str(request["url"]).startswith("http"):
            self.requests += 1
            self.kinds[str(event["requestId"])] = str(request["url"])

    def _finished(self, event: dict[str, float | str]) -> None:
        address = self.kinds.get(str(event["requestId"]))
        if address is not None:
            self.size += float(event["encodedDataLength"])
            self.media += float(event["encodedDataLength"]) if address.endswith("/media") else 0.0


@dataclass
class Figures:
    """Of one run over ITEMS pictures."""

    paints: list[float]
    events: list[float]
    requests: int
    first_requests: int
    first_kb: float
    first_media_kb: float


def photo(seed: int) -> bytes:
    """A JPEG of 320 x 240 pixels with soft shapes, some 10 kB."""
    chance = np.random.default_rng(seed)
    coarse = Image.fromarray(chance.integers(0, 256, (12, 16, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((320, 240), Image.Resampling.BICUBIC))
    grain = chance.normal(0, 6, (240, 320, 3))
    out = io.BytesIO()
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=80)
    return out.getvalue()


def fill(server: Server, data: Path | None) -> None:
    """A project with enough pictures for both runs."""
    server.manage("shell", "-c", PREPARE)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(2 * (ITEMS + SPARE)):
            Path(folder, f"{number}.jpg").write_bytes(photo(number))
        server.manage("ingest", "bench", str(data or folder))


def sit_down(browser: Browser, server: Server, query: str) -> tuple[Page, Traffic]:
    """A person with a cold cache, signed in, before their first picture."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{server.url}/sign-in")
    page.fill("[name=username]", NAME)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{server.url}/")
    page.add_init_script(OBSERVE)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    traffic = Traffic(session)
    traffic.begin()
    page.goto(f"{server.url}/p/bench/label{query}")
    page.evaluate(WAIT, ["settled", None])
    page.wait_for_load_state("networkidle")
    return page, traffic


def work(browser: Browser, server: Server, query: str) -> Figures:
    """Answer ITEMS pictures."""
    page, traffic = sit_down(browser, server, query)
    first = (traffic.requests, traffic.size / 1000, traffic.media / 1000)
    chance = random.Random(1)
    for turn in range(ITEMS):
        page.evaluate(WAIT, ["settled", None])
        page.wait_for_timeout(1000 * chance.uniform(*LOOK))
        item = page.evaluate("document.body.dataset.item")
        page.keyboard.press(str(turn % 9 + 1))
        page.evaluate(WAIT, ["another", item])
        print(f"\r{query or 'ahead'} {turn + 1}/{ITEMS}", end="", file=sys.stderr)
    page.evaluate(WAIT, ["settled", None])
    page.get_by_text("all sent").wait_for()
    print(file=sys.stderr)
    paints, events = page.evaluate("[window.paints, window.events]")
    figures = Figures(paints, events, traffic.requests - first[0], *first)
    page.context.close()
    return figures


def percentile(values: list[float], share: int) -> float:
    """In ms, to a tenth."""
    return round(float(np.percentile(values, share)), 1)


def run(data: Path | None) -> dict[str, float]:
    """`data` is a folder of pictures to label in place of the made ones; at least 144 of them."""
    with ExitStack() as stack:
        server = stack.enter_context(serving())
        fill(server, data)
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        ahead, none = work(browser, server, ""), work(browser, server, "?ahead=0")
        browser.close()
    # Keystrokes that the browser does not list were presented within 16 ms.
    events = ahead.events + [16.0] * (ITEMS - len(ahead.events))
    return {
        "items": len(ahead.paints),
        "key_to_paint_ms_p50": percentile(ahead.paints, 50),
        "key_to_paint_ms_p95": percentile(ahead.paints, 95),
        "event_timing_ms_p95": percentile(events, 95),
        "requests_per_item": round(ahead.requests / ITEMS, 2),
        "first_load_kb": round(ahead.first_kb, 1),
        "first_load_media_kb": round(ahead.first_media_kb, 1),
        "first_load_requests": ahead.first_requests,
        "key_to_paint_ms_p50_no_prefetch": percentile(none.paints, 50),
        "key_to_paint_ms_p95_no_prefetch": percentile(none.paints, 95),
        "requests_per_item_no_prefetch": round(none.requests / ITEMS, 2),
    }
