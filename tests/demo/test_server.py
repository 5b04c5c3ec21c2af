"""Demos side by side keep to folders and ports of their own."""

import socket
from pathlib import Path

from labeling.demo.server import free_port, own_folder


def test_folder_is_empty_again_for_the_next_demo(tmp_path: Path) -> None:
    with own_folder(tmp_path) as folder:
        (folder / "left.txt").write_text("of an earlier demo")
    with own_folder(tmp_path) as again:
        assert again == folder
        assert list(again.iterdir()) == []


def test_demo_beside_another_takes_a_folder_of_its_own(tmp_path: Path) -> None:
    with own_folder(tmp_path) as first:
        (first / "kept.txt").write_text("in use")
        with own_folder(tmp_path) as second:
            assert second != first
        assert (first / "kept.txt").exists()


def test_taken_port_is_left_to_whoever_has_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = int(taken.getsockname()[1])
        other = free_port("127.0.0.1", number)
        assert other not in (0, number)
    assert free_port("127.0.0.1", other) == other
