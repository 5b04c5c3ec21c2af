"""Zips that mean harm or are broken: refused whole or file by file, the rest going in."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from labeling.items import actions
from labeling.items.models import Item, Outcome, Upload, UploadedFile, UploadState
from labeling.items.sources import archive
from labeling.projects.models import Project
from tests.items.files import picture, zipped


def bring(project: Project, folder: Path, data: bytes) -> Upload:
    """Run a zip through the worker's part."""
    path = folder / "in.zip"
    path.write_bytes(data)
    upload = actions.start_upload(actor=None, project=project, name="in.zip", source=str(path))
    finished = actions.process_upload(upload_id=upload.pk)
    assert finished is not None
    return finished


def refusals(upload: Upload) -> dict[str, str]:
    """Reasons by path."""
    return dict(upload.files.filter(outcome=Outcome.REFUSED).values_list("path", "reason"))


def test_each_kind_of_bad_file_is_told_and_the_good_one_goes_in(
    pictures: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "RATIO_FROM_BYTES", 100_000)
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO(
        zipped({
            "good.png": picture(1), "../climbs.png": picture(2),
            "C:\\windows\\x.png": picture(3), "/abs.png": picture(4),
            "zeros.bmp": b"BM" + bytes(10_000_000), "inner.zip": zipped({"x.png": picture(5)}), "empty.png": b"",
            "deep/__MACOSX/x": b"x", "Thumbs.db": b"x",
        })
    )  # fmt: skip
    with zipfile.ZipFile(out, "a") as more:
        more.writestr(link, "/etc/passwd")
    upload = bring(pictures, tmp_path, out.getvalue())
    said = refusals(upload)
    assert upload.state == UploadState.DONE
    assert upload.ignored == 2
    assert {item.name for item in Item.objects.all()} == {"good.png"}
    for path in ("../climbs.png", "/abs.png"):
        assert "leads out" in said[path]
    told = next(reason for path, reason in said.items() if path.startswith("C:"))
    assert told == "The path leads out of the folder or archive."
    assert "times its size" in said["zeros.bmp"]
    assert "archive" in said["inner.zip"].lower()
    assert "link" in said["link.png"]
    assert "empty" in said["empty.png"]


def test_a_damaged_file_inside_is_refused_alone(pictures: Project, tmp_path: Path) -> None:
    data = bytearray(zipped({"a.png": picture(1), "b.png": picture(2)}, zipfile.ZIP_STORED))
    at = data.index(picture(1)) + 200
    data[at] ^= 0xFF
    upload = bring(pictures, tmp_path, bytes(data))
    assert "checksum" in refusals(upload)["a.png"]
    assert Item.objects.get().name == "b.png"


def encrypted(data: bytes, *names: str) -> bytes:
    """The same zip with the flag of encryption set for some files, in both of its headers."""
    changed = bytearray(data)
    for name in names:
        for signature, flag, path in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
            at = -1
            while (at := changed.find(signature, at + 1)) >= 0:
                if changed[at + path : at + path + len(name)] == name.encode():
                    changed[at + flag] |= 1
    return bytes(changed)


def test_a_zip_under_a_password_is_one_clear_refusal(pictures: Project, tmp_path: Path) -> None:
    upload = bring(pictures, tmp_path, encrypted(zipped({"a.png": picture(1)}), "a.png"))
    assert (upload.state, upload.reason) == (UploadState.FAILED, "The zip is protected by a password.")
    assert not UploadedFile.objects.exists()


def test_one_file_under_a_password_leaves_the_others(pictures: Project, tmp_path: Path) -> None:
    data = encrypted(zipped({"a.png": picture(1), "b.png": picture(2)}), "a.png")
    upload = bring(pictures, tmp_path, data)
    assert "password" in refusals(upload)["a.png"]
    assert Item.objects.get().name == "b.png"


def test_a_zip_that_unpacks_without_end_is_refused_whole(
    pictures: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "WHOLE_RATIO_FROM_BYTES", 1_000_000)
    upload = bring(pictures, tmp_path, zipped({f"{number}.bmp": bytes(200_000) for number in range(20)}))
    assert upload.state == UploadState.FAILED
    assert "times its size" in upload.reason


def test_a_manifest_inside_a_zips_folder_is_read(pictures: Project, tmp_path: Path) -> None:
    manifest = b"\xef\xbb\xbffile;label;weight\r\na.png;dog;3\r\nmissing.png;cat;\r\n"
    upload = bring(pictures, tmp_path, zipped({"set/a.png": picture(1), "set/manifest.csv": manifest}))
    item = Item.objects.get()
    assert (item.supposed_labels.get().label.name, item.metadata) == ("dog", {"weight": "3"})
    assert "not there" in refusals(upload)["set/missing.png"]
