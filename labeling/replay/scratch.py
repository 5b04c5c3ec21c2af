"""Databases and folders that are gone afterwards: a replay leaves no trace among real projects."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from psycopg import sql

PREFIX = "emerald_replay"
STDERR = 2  # where progress goes: stdout is the result alone


@dataclass(frozen=True)
class Scratch:
    """A database server that one may make databases on, and a folder."""

    url: str  # of the product's own database, which is only connected to
    folder: Path

    def database(self, name: str) -> str:
        """The address of a scratch database."""
        return urlsplit(self.url)._replace(path=f"/{self._full(name)}").geturl()

    def _full(self, name: str) -> str:
        return f"{PREFIX}_{os.getpid()}_{name}"

    def create(self, name: str, like: str | None = None) -> None:
        """An empty database, or a copy of another one that nobody is connected to."""
        template = sql.SQL(" TEMPLATE {}").format(sql.Identifier(self._full(like))) if like else sql.SQL("")
        self._do(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(self._full(name)), template))

    def drop(self, name: str) -> None:
        """Gone, with whoever is connected to it."""
        self._do(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self._full(name))))

    def _do(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def manage(self, name: str, *arguments: str, **environment: str) -> None:
        """A command of ours on a scratch database with a data folder of its own; CalledProcessError where it fails."""
        data = self.folder / name
        (data / "static").mkdir(parents=True, exist_ok=True)
        own = {"DATABASE_URL": self.database(name), "EMERALD_DATA": str(data), **environment}
        subprocess.run(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments], env=os.environ | own, check=True,
            stdout=STDERR,
        )  # fmt: skip


@contextmanager
def scratch() -> Iterator[Scratch]:
    """A place for scratch databases, whose folder goes at the end; databases are dropped by whoever made them."""
    folder = Path(tempfile.mkdtemp(prefix="emerald-replay-"))
    folder.chmod(0o711)
    try:
        yield Scratch(os.environ.get("DATABASE_URL") or settings.EMERALD_DATA.database_url, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(place: Scratch, name: str, like: str | None = None) -> Iterator[str]:
    """A database for as long as the block lasts."""
    place.create(name, like)
    try:
        yield name
    finally:
        place.drop(name)
