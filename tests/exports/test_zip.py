"""The zip has a folder for each class and holds the files byte for byte."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage

from labeling.consensus.models import Verdict
from labeling.exports.archive import place, zip_by_class
from labeling.exports.reads import verified_files
from labeling.items.storage import blob_key
from tests.exports.conftest import Shelf

Fetch = Callable[[User, str], bytes]


def test_zip_holds_the_verified_files_by_class(alice: User, shelf: Shelf, fetch: Fetch) -> None:
    first, second, third = (shelf.item(name) for name in ("a.png", "sub/a.png", "b.png"))
    shelf.decide(first, "cat")
    shelf.decide(second, "=dog")
    shelf.decide(third, "cat", Verdict.OPEN)
    with zipfile.ZipFile(io.BytesIO(fetch(alice, "files.zip"))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"cat/{first.pk}-a.png": b"bytes of a.png in animals",
            f"=dog/{second.pk}-a.png": b"bytes of sub/a.png in animals",
        }


def test_zip_of_nothing_opens(alice: User, shelf: Shelf, fetch: Fetch) -> None:
    with zipfile.ZipFile(io.BytesIO(fetch(alice, "files.zip"))) as archive:
        assert archive.namelist() == []


def test_file_erased_meanwhile_is_left_out(alice: User, shelf: Shelf) -> None:
    kept, gone = shelf.item("a.png"), shelf.item("b.png")
    shelf.decide(kept, "cat")
    shelf.decide(gone, "cat")
    default_storage.delete(blob_key(gone.blob_id))
    data = b"".join(zip_by_class(verified_files(shelf.project)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [f"cat/{kept.pk}-a.png"]


@pytest.mark.parametrize(
    ("label", "name", "expected"),
    [
        ("../etc", "x.png", "_etc/7-x.png"),
        ("..", "../../x.png", "_/7-x.png"),
        ("a/b", "c:d.png", "a_b/7-c_d.png"),
        ("line\nbreak", "x\0.png", "line_break/7-x_.png"),
        ("none of these", ".hidden", "none of these/7-hidden"),
    ],
)
def test_names_cannot_leave_their_folder(label: str, name: str, expected: str) -> None:
    assert place(label, 7, name) == expected
