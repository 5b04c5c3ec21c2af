"""Recorded and simulated answers replayed through the product: accuracy against answers an item.

PARTS= chooses among `cifar10n` (real people and pictures), `fsdd` (spoken digits, simulated people) and `product` (real
people, no classifier). CIFAR-10N is tuned on items 0 to 4,999 alone and judged on 5,000 to 19,999: FIRST=, COUNT= and
SEEDS= choose others; ALONE=0 leaves out people without a model. True labels judge and do nothing else.
"""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django

from labeling.supervisor import postgres

PARTS = os.environ.get("PARTS", "cifar10n,fsdd,product").split(",")
QUICK = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=40")


def run(data: Path | None) -> dict[str, Any]:
    """Each part on a database server of its own; DATA is the folder of CIFAR-10N or the one above it."""
    if data is None:
        raise SystemExit("Say where the data lies: DATA=../shared/data")
    home = data if (data / "cifar10n").is_dir() else data.parent
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="emerald-loop-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)
        server = postgres.Postgres(folder / "postgres", folder / "pg", QUICK)
        stack.enter_context(postgres.running(server))
        os.environ["DATABASE_URL"] = server.url("emerald")
        django.setup()
        return _parts(home, folder)


def _parts(home: Path, folder: Path) -> dict[str, Any]:
    from tests.bench.loop import cifar, fsdd, product  # noqa: PLC0415 - they import models, which need the settings

    parts = {"cifar10n": cifar.figures, "fsdd": fsdd.figures, "product": product.figures}
    found: dict[str, Any] = {}
    for name in PARTS:
        own = folder / name
        own.mkdir(mode=0o711)
        found |= parts[name](home, own)
    return found
