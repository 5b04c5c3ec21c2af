"""The settings read the environment and fail loudly."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from labeling import environment


def test_database_url_gives_each_part() -> None:
    parts = environment.database("postgresql://ann:s%40lt@db.example:5433/emerald?sslmode=require")
    assert parts["HOST"] == "db.example"
    assert parts["PORT"] == "5433"
    assert parts["PASSWORD"] == "s@lt"
    assert parts["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://host", "nonsense"])
def test_database_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        environment.database(url)


@pytest.mark.parametrize("value", ["maybe", "2"])
def test_flag_that_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EMERALD_X", value)
    with pytest.raises(ImproperlyConfigured, match="EMERALD_X"):
        environment.flag("EMERALD_X", False)


@pytest.mark.parametrize("value", ["-1", "many"])
def test_whole_number_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EMERALD_X", value)
    with pytest.raises(ImproperlyConfigured, match="EMERALD_X"):
        environment.whole("EMERALD_X", 1)


def test_tests_run_on_a_postgresql_of_their_own(alice: User) -> None:
    assert connection.settings_dict["NAME"].startswith("test_emerald")
    assert User.objects.get() == alice
