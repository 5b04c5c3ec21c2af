"""`manage.py ingest` over folders, zips and manifests."""

import io
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from labeling.items.models import Item, ItemState, Outcome, Upload, UploadedFile, UploadState
from labeling.projects.models import Project
from tests.items.files import clip, picture, zipped


def ingest(project: Project, path: Path, **options: str) -> str:
    """Run the command and give what it printed."""
    out = io.StringIO()
    call_command("ingest", project.slug, str(path), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_a_folder_with_a_manifest_comes_in(alice: User, pictures: Project, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.png").write_bytes(picture(1))
    (tmp_path / "b.jpg").write_bytes(picture(2, kind="JPEG"))
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "manifest.csv").write_text("file,label,source,group,camera\ndeep/a.png,cat,web,g1,7\nb.jpg,dog,,,\n")
    said = ingest(pictures, tmp_path, actor="alice")
    assert said.startswith("2 added, 0 already there, 0 refused, 1 hidden")
    item = Item.objects.get(name="deep/a.png")
    assert (item.group, item.metadata, item.uploaded_by, item.state) == ("g1", {"camera": "7"}, alice, ItemState.READY)
    assert item.supposed_labels.get().source == "web"
    assert Item.objects.get(name="b.jpg").supposed_labels.get().source == "manifest"


def test_a_zip_with_one_bad_file_in_a_hundred_leaves_ninety_nine(pictures: Project, tmp_path: Path) -> None:
    files = {f"{number}.png": picture(number) for number in range(99)} | {"bad.png": picture(500)[:-50]}
    (tmp_path / "many.zip").write_bytes(zipped(files | {"__MACOSX/._0.png": b"x"}))
    assert ingest(pictures, tmp_path / "many.zip").startswith("99 added, 0 already there, 1 refused, 1 hidden")
    assert UploadedFile.objects.get(outcome=Outcome.REFUSED).path == "bad.png"
    assert Item.objects.filter(state=ItemState.READY).count() == 99


def test_doing_it_twice_says_that_all_is_there(sounds: Project, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(clip(1))
    (tmp_path / "b.flac").write_bytes(clip(2, kind="FLAC"))
    ingest(sounds, tmp_path)
    assert ingest(sounds, tmp_path).startswith("0 added, 2 already there, 0 refused")
    assert Item.objects.count() == 2


def test_a_manifest_by_itself_brings_what_it_names(pictures: Project, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(1))
    (tmp_path / "unnamed.png").write_bytes(picture(2))
    lines = ['{"file": "a.png", "label": "cat"}', '{"file": "gone.png"}', '{"file": "../x.png"}']
    (tmp_path / "list.jsonl").write_text("\n".join(lines))
    assert ingest(pictures, tmp_path / "list.jsonl").startswith("1 added, 0 already there, 2 refused")
    reasons = dict(UploadedFile.objects.filter(outcome=Outcome.REFUSED).values_list("path", "reason"))
    assert "not there" in reasons["gone.png"]
    assert "leads out" in reasons["../x.png"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("broken.zip", zipped({"a.png": picture(1)})[:-30], "damaged or not complete"),
        ("empty.zip", b"", "damaged or not complete"),
        ("list.csv", b"name,label\na.png,cat\n", "no column"),
        ("list2.csv", b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_useless_source_is_one_clear_refusal(
    name: str, data: bytes, said: str, pictures: Project, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CommandError, match=said):
        ingest(pictures, tmp_path / name)
    assert Upload.objects.get().state == UploadState.FAILED


def test_what_is_not_there_is_said_in_one_line(pictures: Project, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no file or folder"):
        ingest(pictures, tmp_path / "nowhere")
    with pytest.raises(CommandError, match="no project"):
        call_command("ingest", "nothing", str(tmp_path))
    with pytest.raises(CommandError, match="nobody"):
        ingest(pictures, tmp_path, actor="zoe")
