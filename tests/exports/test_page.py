"""The page offers what there is, to owners and experts."""

import re

from django.contrib.auth.models import User
from django.test import Client

from labeling.projects.models import Project
from tests.exports.conftest import Shelf


def test_page_links_to_each_export_and_each_link_works(client: Client, alice: User, shelf: Shelf) -> None:
    item = shelf.item("a.png")
    shelf.answer(item, alice, "cat")
    shelf.decide(item, "cat")
    client.force_login(alice)
    page = client.get("/p/animals/export")
    assert page.status_code == 200
    links = re.findall(r'href="(/api/v1/projects/animals/export/[^"]+)"', page.content.decode())
    assert len(links) == 5
    for link in links:
        response = client.get(link)
        assert response.status_code == 200
        assert b"".join(response)


def test_page_without_verified_labels_offers_no_zip(client: Client, alice: User, project: Project) -> None:
    client.force_login(alice)
    assert "files.zip" not in client.get("/p/animals/export").content.decode()


def test_page_refuses_outsider_and_annotator(client: Client, bob: User, charlie: User, project: Project) -> None:
    assert client.get("/p/animals/export").status_code == 302
    client.force_login(charlie)
    assert client.get("/p/animals/export").status_code == 404
    client.force_login(bob)
    assert client.get("/p/animals/export").status_code == 403
