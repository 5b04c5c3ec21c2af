"""What the held-out items are sliced by: where they come from, and what can be measured of them."""

from collections.abc import Callable, Sequence

from labeling.items.models import Blob, Item
from labeling.items.storage import blob_key, read
from labeling.projects.models import Medium
from labeling.training.actions.checks import SOURCE, SPEAKER
from ml.data import Unreadable, decode_audio, decode_image
from ml.slices import picture_facts, sound_facts

Columns = dict[str, list[str] | list[float]]
NOT_KNOWN = float("nan")


def columns(
    item_ids: Sequence[int], medium: str, *, decode: bool, on_file: Callable[[], None] = lambda: None
) -> Columns:
    """One value an item, in the order given; `decode` opens the files for what their rows do not say.

    `on_file` is called before each, and may raise.
    """
    found = Item.objects.select_related("blob").in_bulk(item_ids)
    rows = [found[pk] for pk in item_ids]
    made: Columns = {}
    for name in (SOURCE, SPEAKER):
        said = [str(row.metadata.get(name) or "") for row in rows]
        if any(said):
            made[name] = said
    if medium == Medium.IMAGE:
        made["size"] = [(row.blob.width or 0) * (row.blob.height or 0) / 1e6 for row in rows]
    else:
        made["length"] = [row.blob.duration or NOT_KNOWN for row in rows]
    if decode:
        name = "brightness" if medium == Medium.IMAGE else "loudness"
        made[name] = [_measured(row.blob, medium, name, on_file) for row in rows]
    return made


def _measured(blob: Blob, medium: str, name: str, on_file: Callable[[], None]) -> float:
    on_file()
    try:
        data = read(blob_key(blob.pk))
        if medium == Medium.IMAGE:
            return picture_facts(decode_image(data))[name]
        return sound_facts(*decode_audio(data))[name]
    except (Unreadable, FileNotFoundError):
        return NOT_KNOWN
