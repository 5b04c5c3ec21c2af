"""A PostgreSQL and a data folder of its own for each run of the tests, and the people who appear in them.

Both stand before Django reads its settings, and so before any other module of the tests is imported.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from playwright.sync_api import expect

from labeling import counts
from labeling.supervisor import postgres

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Nothing that a test writes has to survive a power cut.
QUICK = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=60")
PASSWORD = "correct horse battery staple"
RUN = ExitStack()
PATIENCE = 20_000  # ms that a browser's test waits for what must come, on a machine that does much else
expect.set_options(timeout=PATIENCE)
OVER_SECONDS = 10.0
QUIET_SECONDS = 0.1  # a request is idle between two statements
AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'
"""


def begin() -> None:
    """Point the settings at fresh servers; the workers of xdist inherit them from their controller."""
    if "EMERALD_TEST_RUN" not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="emerald-tests-"))
        RUN.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)  # PostgreSQL runs as another user where root runs the tests
        if "DATABASE_URL" not in os.environ:
            server = postgres.Postgres(folder / "postgres", folder / "pg", QUICK)
            RUN.enter_context(postgres.running(server))
            os.environ["DATABASE_URL"] = server.url("emerald")
        os.environ["EMERALD_TEST_RUN"] = str(folder)
    os.environ |= {
        "EMERALD_DATA": folder_of(os.environ.get("PYTEST_XDIST_WORKER", "main")),
        "BROKER_URL": "memory://",
        "EMERALD_STATIC_HASHED": "false",
        "DJANGO_SETTINGS_MODULE": "labeling.settings",
    }
    django.setup()
    counts.CHEAP_SECONDS = 600.0  # on a busy machine short counts take long, and tests look again at once
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow hash protects nobody here


def folder_of(worker: str) -> str:
    """The data folder of one process of the tests."""
    own = Path(os.environ["EMERALD_TEST_RUN"]) / worker
    (own / "static").mkdir(parents=True, exist_ok=True)  # whitenoise warns where there is none
    return str(own)


begin()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Give each worker of xdist its folder before it starts: its settings are read before this file is."""
    for spec in specs:
        spec.env["EMERALD_DATA"] = folder_of(spec.id)


def pytest_unconfigure() -> None:
    """Stop what this process started."""
    RUN.close()


@pytest.fixture(autouse=True)
def _media_stay_where_they_were() -> Iterator[None]:
    """A test that keeps files elsewhere puts the storage back, or it fails itself and not one that comes after it."""
    place = default_storage.path("")
    yield
    assert default_storage.path("") == place


@pytest.fixture(autouse=True)
def _requests_are_over(request: pytest.FixtureRequest) -> Iterator[None]:
    """Emptying the tables waits for what a browser that was closed had still asked: the two would lock each other."""
    if "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")  # set up before this, and so emptied after it
    yield
    begun = quiet_since = time.monotonic()
    while (now := time.monotonic()) < quiet_since + QUIET_SECONDS and now < begun + OVER_SECONDS:
        time.sleep(0.02)
        if _at_work():
            quiet_since = time.monotonic()


def _at_work() -> int:
    """How many other connections to this database are within a statement or a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(AT_WORK)
        return int(cursor.fetchone()[0])


@pytest.fixture
def person(db: None, django_user_model: "type[User]") -> "Callable[[str], User]":
    """Make somebody who can sign in with PASSWORD."""
    return lambda name: django_user_model.objects.create_user(name, f"{name}@example.org", PASSWORD)


@pytest.fixture
def alice(person: "Callable[[str], User]") -> "User":
    """The owner in most tests."""
    return person("alice")


@pytest.fixture
def bob(person: "Callable[[str], User]") -> "User":
    """The annotator in most tests."""
    return person("bob")


@pytest.fixture
def charlie(person: "Callable[[str], User]") -> "User":
    """The outsider: signed in, a member of nothing."""
    return person("charlie")
