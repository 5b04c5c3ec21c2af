"""The page of exports in Chromium, seen by axe; a file is taken away by it."""

import pytest
from django.contrib.auth.models import User

from tests.exports.conftest import Shelf
from tests.looks import Visit, look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_page_before_and_after_the_first_label(visit: Visit, alice: User, shelf: Shelf) -> None:
    look(visit("/p/animals/export", alice), "exports-empty")
    item = shelf.item("a.png")
    shelf.answer(item, alice, "cat")
    shelf.decide(item, "cat")
    page = visit("/p/animals/export", alice)
    look(page, "exports")
    with page.expect_download() as download:
        page.get_by_role("link", name="Labels as CSV").click()
    assert download.value.suggested_filename == "animals-labels.csv"
    assert "a.png" in download.value.path().read_text()
