"""Real recordings in place of synthesised words: a folder or zip with a folder for each class, or with a manifest."""

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from labeling.demo.samples import Sample
from labeling.supervisor.faults import Fault

SUFFIXES = {".wav", ".flac", ".ogg", ".oga", ".mp3", ".m4a", ".webm"}
MANIFESTS = ("manifest.csv", "manifest.jsonl")
Files = dict[str, Callable[[], bytes]]


def files_of(path: Path) -> Files:
    """Each file's relative path and how to read it."""
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.is_file())
        return {file.relative_to(path).as_posix(): file.read_bytes for file in found}
    if not zipfile.is_zipfile(path):
        raise Fault(f"CLIPS={path} is neither a folder nor a zip.")
    with zipfile.ZipFile(path) as archive:
        names = sorted(info.filename for info in archive.infolist() if not info.is_dir())

    def reader(name: str) -> Callable[[], bytes]:
        def read() -> bytes:
            with zipfile.ZipFile(path) as archive:
                return archive.read(name)

        return read

    return {name: reader(name) for name in names}


def manifest_rows(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """File and label of each row of a CSV or JSONL manifest with those two columns."""
    text = data.decode("utf-8-sig")
    lines = (line for line in text.splitlines() if line.strip())
    rows = csv.DictReader(io.StringIO(text)) if name.endswith(".csv") else map(json.loads, lines)
    for number, row in enumerate(rows, start=1):
        if not row.get("file") or not row.get("label"):
            raise Fault(f"CLIPS: row {number} of {name} has no file or no label.")
        yield str(row["file"]), str(row["label"])


def labelled(files: Files) -> dict[str, str]:
    """Class by path: as the manifest says, else the name of the folder that the file lies in."""
    for path, read in files.items():
        if PurePosixPath(path).name in MANIFESTS:
            folder = PurePosixPath(path).parent
            return {str(folder / file): label for file, label in manifest_rows(path, read())}
    sounds = (PurePosixPath(path) for path in files)
    return {str(path): path.parent.name for path in sounds if path.suffix.lower() in SUFFIXES and path.parent.name}


def draw(path: Path, *, count: int, seed: int) -> list[Sample]:
    """At most `count` different recordings, drawn without regard to their class."""
    files = files_of(path)
    labels = labelled(files)
    missing = [name for name in labels if name not in files]
    if missing:
        raise Fault(f"CLIPS: {missing[0]} is in the manifest and not in {path}.")
    if len(set(labels.values())) < 2:
        raise Fault(f"CLIPS={path} holds recordings of {len(set(labels.values()))} classes; two or more are needed.")
    samples: dict[str, Sample] = {}
    for name in random.Random(seed).sample(sorted(labels), len(labels)):
        if len(samples) == count:
            break
        sample = Sample(files[name](), PurePosixPath(name).suffix.lower(), labels[name])
        samples.setdefault(sample.sha256, sample)
    return list(samples.values())
