"""The demo knows no room of the server: it reaches it over HTTP alone."""

import ast
from pathlib import Path

import labeling.demo
from labeling.rooms import ROOMS


def test_demo_imports_no_room() -> None:
    guilty = []
    for path in sorted(Path(labeling.demo.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = node.module.split(".")
                if parts[0] == "labeling" and parts[1] in ROOMS:
                    guilty.append(f"{path.name} imports {node.module}")
    assert guilty == []
