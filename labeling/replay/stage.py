"""A project of the recording's own, with its files, its people and their features."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.contrib.auth.models import User
from PIL import Image

from labeling.embeddings.actions import adopt, ensure
from labeling.embeddings.reads import backbone_of, vectors
from labeling.errors import BadInput
from labeling.guidelines.actions import create_project_with_guideline
from labeling.items.actions import add_files, derive_waiting, finish_upload, process_upload, start_upload
from labeling.items.manifest import ManifestRow
from labeling.items.models import Item, ItemState
from labeling.projects.actions import add_member
from labeling.projects.models import Medium, Project
from labeling.replay.policy import Policy
from labeling.replay.record import Record
from labeling.training.actions import set_policy

SOUNDS = {".wav", ".flac", ".ogg", ".mp3", ".m4a", ".webm"}
TOGETHER = 500  # placeholders brought in at once
OWNER = "replay"
SLUG = "replay"
PLACEHOLDER = ".png"


@dataclass(frozen=True)
class Stage:
    """A prepared project."""

    owner: User
    project: Project
    people: dict[str, int]  # name in the record -> user id


def prepare(record: Record, files: Path | None, features: Path | None, policy: Policy) -> None:
    """Bring everything in; without files each item is a picture that shows nothing."""
    owner = User.objects.create_user(OWNER)
    project = create_project_with_guideline(
        actor=owner, name="Replay", slug=SLUG, medium=_medium(record, files), question="Which class is it?",
        classes=record.classes, with_unsure=False, target=policy.target, label_floor=policy.floor,
        answer_limit=policy.limit,
        heldout_share=policy.heldout_share if policy.model else 0.0, heldout_answers=policy.heldout_answers,
        model_helps=policy.model, blind_share=1.0,
    )  # fmt: skip
    if files is None:
        _placeholders(owner, project, list(record.said))
    else:
        upload = start_upload(actor=owner, project=project, name=files.name, source=str(files.resolve()))
        process_upload(upload_id=upload.pk)
    derive_waiting(project=project)
    if not Item.objects.filter(project=project, state=ItemState.READY).exists():
        raise BadInput("None of the files can be labelled.", field="files")
    _people(project, record.people)
    if policy.model:
        set_policy(
            actor=owner, project=project, enabled=False, crontab="0 3 * * *", min_new_verified=1, margin=policy.margin
        )
        _features(project, features)


def on_stage() -> Stage:
    """The prepared project."""
    project = Project.objects.get(slug=SLUG)
    users = User.objects.exclude(username=OWNER).values_list("first_name", "pk")
    return Stage(User.objects.get(username=OWNER), project, dict(users))


def items_of(project: Project, record: Record) -> dict[int, str]:
    """The items that somebody answered, by their name in the record: the file's, with or without its folder."""
    ready = Item.objects.filter(project=project, state=ItemState.READY).order_by("pk")
    found = {}
    for pk, name in ready.values_list("pk", "name"):
        keys = (name, Path(name).name, name.removesuffix(PLACEHOLDER))
        key = next((key for key in keys if key in record.said), None)
        if key is not None:
            found[pk] = key
    return found


def _medium(record: Record, files: Path | None) -> str:
    sounds = files is not None and any(Path(item).suffix.lower() in SOUNDS for item in record.said)
    return str(Medium.SOUND if sounds else Medium.IMAGE)


def _placeholders(owner: User, project: Project, names: list[str]) -> None:
    upload = start_upload(actor=owner, project=project, name="placeholders")
    for start in range(0, len(names), TOGETHER):
        part = enumerate(names[start : start + TOGETHER], start)
        files = [(name + PLACEHOLDER, _placeholder(at), ManifestRow()) for at, name in part]
        add_files(actor=owner, upload=upload, files=files)
    finish_upload(actor=owner, upload=upload)
    process_upload(upload_id=upload.pk)


def _placeholder(number: int) -> bytes:
    """A picture unlike all others: its number in the bits of 64 pixels."""
    bits = np.unpackbits(np.array([number], ">u8").view(np.uint8)).reshape(8, 8) * 255
    out = io.BytesIO()
    Image.fromarray(bits.astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def _people(project: Project, names: list[str]) -> None:
    users = User.objects.bulk_create(User(username=f"person-{at}", first_name=name) for at, name in enumerate(names))
    for user in users:
        add_member(actor=None, project=project, user=user, role="annotator")


def _features(project: Project, store: Path | None) -> None:
    """From the store as far as it knows them; what it does not is computed and put there."""
    if store is not None and store.exists():
        with np.load(store) as table:
            known = dict(zip(table["blobs"].tolist(), table["vectors"], strict=True))
        adopt(project=project, known=known)
    if ensure(project=project) and store is not None:
        blobs = list(Item.objects.filter(project=project).values_list("blob_id", flat=True))
        present, table = vectors(blobs, backbone_of(project))
        store.parent.mkdir(parents=True, exist_ok=True)
        np.savez(store, blobs=np.array(present), vectors=table)
