"""The labeling page as a person uses it: by keys and taps, and by what is to be seen."""

from playwright.sync_api import Page, expect

from labeling.projects.models import Label, Project
from tests.work.browser.waiting import WAIT


class LabelingPage:
    """One tab."""

    def __init__(self, page: Page, url: str, project: Project) -> None:
        self.page = page
        self.url = url
        self.project = project
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if "Security" in message.text else None)

    def open(self) -> None:
        """Load or reload the page."""
        self.page.goto(self.url)

    def wait(self) -> int:
        """Wait until an item can be judged; its id."""
        self.until("settled")
        if self.project.medium == "sound":
            self.until("heard")
        return self.item

    def until(self, condition: str, item: int | None = None) -> None:
        """Wait for one of the conditions."""
        self.page.evaluate(WAIT, [condition, item])

    @property
    def item(self) -> int:
        """The item that is shown."""
        return int(self.page.evaluate("document.body.dataset.item"))

    def press(self, key: str) -> None:
        """One keystroke."""
        self.page.keyboard.press(key)

    def answer(self, key: str) -> int:
        """Answer what is shown and return its id, once something else is there."""
        item = self.wait()
        self.press(key)
        self.until("another", item)
        return item

    def label(self, name: str) -> Label:
        """A class by its name."""
        return Label.objects.get(project=self.project, name=name)

    def outbox(self, words: str) -> None:
        """Wait until the outbox says this."""
        expect(self.page.locator("#outbox")).to_have_text(words)
