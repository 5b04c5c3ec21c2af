"""`manage.py replay` in a database of its own, which is gone afterwards."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from labeling.projects.models import Project


def scratch_databases() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'emerald_replay%'")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_the_curve_is_drawn_and_nothing_is_left_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{item},p{who},{'even' if item % 2 == 0 else 'odd'}" for item in range(12) for who in range(3)]
    (tmp_path / "answers.csv").write_text("\n".join(["item,person,answer", *rows]) + "\n")
    call_command("replay", str(tmp_path / "answers.csv"), "--out", str(tmp_path / "out"), "--step", "1",
                 "--floor", "0.7")
    told = json.loads((tmp_path / "out" / "curve.json").read_text())
    assert told["seeds"][0][-1]["accuracy"] is None  # no truth was given
    assert told["policy"]["floor"] == 0.7
    assert 0.5 < told["seeds"][0][-1]["stated"] <= 1
    assert "<polyline" in (tmp_path / "out" / "curve.svg").read_text()
    assert "answers an item" in capsys.readouterr().out
    assert scratch_databases() == []
    assert not Project.objects.exists()


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no file"):
        call_command("replay", str(tmp_path / "none.csv"))


@pytest.mark.django_db
def test_the_playing_part_runs_in_a_scratch_database_alone(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="database of its own"):
        call_command("play_replay", str(tmp_path / "job.json"))
