"""The rules of the house, kept by reading the code: who may know whom, and what no file may hold."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from labeling.rooms import ROOMS

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE = 400
NOT_ML = {"labeling", "django", "rest_framework", "celery"}
VAGUE_NAMES = {"utils", "helpers", "common", "misc", "managers", "services"}
# Modules that may know every room: indexes, and the entry points.
OVER_ROOMS = {"models", "admin", "urls", "celery", "rooms", "settings", "wsgi", "asgi", "apps"}
# Folders of labeling/ that are no rooms.
BESIDE_ROOMS = {"migrations", "management", "supervisor", "templatetags", "demo", "live"}


def sources(*folders: str) -> list[Path]:
    """The Python files of some folders, migrations apart."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts and "node_modules" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, `from a import b` giving both a and a.b."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative name"
            yield str(node.module)
            yield from (f"{node.module}.{name.name}" for name in node.names)


def room_of(module: str) -> str | None:
    """The room of a dotted name, if it lies in one."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "labeling" and parts[1] in ROOMS else None


def test_every_folder_is_a_known_room() -> None:
    folders = {path.parent.name for path in (ROOT / "labeling").glob("*/__init__.py")}
    assert folders - set(ROOMS) <= BESIDE_ROOMS


def test_ml_has_never_heard_of_django() -> None:
    guilty = [(str(path), name) for path in sources("ml") for name in imported(path) if name.split(".")[0] in NOT_ML]
    assert guilty == []


def test_rooms_import_from_the_left_only() -> None:
    guilty = []
    for place, room in enumerate(ROOMS):
        for path in sources(f"labeling/{room}"):
            for name in imported(path):
                other = room_of(name)
                right = other is not None and ROOMS.index(other) > place
                whole = name.split(".")[:2] in [["labeling", module] for module in OVER_ROOMS - {"rooms", "settings"}]
                if right or whole:
                    guilty.append(f"{path.relative_to(ROOT)} imports {name}")
    assert guilty == []


def test_foreign_keys_point_to_the_left_only() -> None:
    guilty = []
    for model in apps.get_app_config("labeling").get_models():
        for field in model._meta.get_fields():
            target = field.related_model
            if field.auto_created or not field.is_relation or target is None or isinstance(target, str):
                continue
            mine, theirs = room_of(model.__module__), room_of(target.__module__)
            if mine and theirs and ROOMS.index(theirs) > ROOMS.index(mine):
                guilty.append(f"{model.__name__}.{field.name} points to {target.__name__} in {theirs}")
    assert guilty == []


def reverse_names() -> dict[str, int]:
    """The names under which rows of right-hand rooms are reached from the left, with the leftmost room that may."""
    names: dict[str, int] = {}
    for model in apps.get_app_config("labeling").get_models():
        for relation in model._meta.related_objects:
            theirs, name = room_of(relation.related_model.__module__), relation.get_accessor_name()
            if theirs and name and room_of(model.__module__) != theirs:
                names[name] = min(names.get(name, len(ROOMS)), ROOMS.index(theirs))
    fields = {field.name for model in apps.get_models() for field in model._meta.get_fields() if not field.auto_created}
    return {name: place for name, place in names.items() if name not in fields | set(ROOMS)}


def test_rows_of_the_right_are_not_reached_by_reverse_names() -> None:
    names = reverse_names()
    guilty = []
    for place, room in enumerate(ROOMS):
        for path in sources(f"labeling/{room}"):
            for node in ast.walk(tree(path)):
                if not isinstance(node, ast.Attribute | ast.keyword):
                    continue
                used = node.attr if isinstance(node, ast.Attribute) else node.arg
                if used and names.get(used.split("__")[0], -1) > place:
                    guilty.append(f"{path.relative_to(ROOT)}:{node.lineno} reaches {used}")
    assert guilty == []


def test_rooms_are_named_in_strings_from_the_left_only() -> None:
    models = {model.__name__: room_of(model.__module__) for model in apps.get_app_config("labeling").get_models()}
    guilty = []
    for place, room in enumerate(ROOMS):
        for path in sources(f"labeling/{room}"):
            for node in ast.walk(tree(path)):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and node.value.startswith("labeling.")
                ):
                    other = room_of(node.value) or models.get(node.value.removeprefix("labeling."))
                    if other and ROOMS.index(other) > place:
                        guilty.append(f"{path.relative_to(ROOT)}:{node.lineno} names {node.value}")
    assert guilty == []


def test_supervisor_knows_no_room() -> None:
    paths = sources("labeling/supervisor")
    assert [(str(path), name) for path in paths for name in imported(path) if room_of(name)] == []


def test_no_file_is_longer_than_it_may_be() -> None:
    paths = [*sources("labeling", "ml", "tests"), *(ROOT / "labeling" / "static" / "js").rglob("*.js")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_imports_stand_at_the_top() -> None:
    guilty = []
    for path in sources("labeling", "ml", "tests"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for outer in ast.walk(tree(path)):
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(outer):
                    if isinstance(node, ast.Import | ast.ImportFrom) and "#" not in lines[node.lineno - 1]:
                        guilty.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert guilty == [], "an import inside a function says why in a comment on its line"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in sources("labeling", "ml", "tests") if path.stem in VAGUE_NAMES] == []


def test_no_signals_and_no_generic_keys() -> None:
    guilty = []
    for path in sources("labeling"):
        text = path.read_text(encoding="utf-8")
        for word in ("django.db.models.signals", "django.dispatch", "GenericForeignKey"):
            if word in text:
                guilty.append(f"{path.relative_to(ROOT)}: {word}")
    assert guilty == []


def test_rows_are_locked_without_their_keys() -> None:
    """An answer's foreign keys ask for the rows they name when it commits: a row locked with its key makes it wait."""
    for path in sources("labeling"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "select_for_update":
                given = {one.arg for one in node.keywords if isinstance(one.value, ast.Constant) and one.value.value}
                assert "no_key" in given, f"{path}:{node.lineno} keeps answers from being stored: no_key=True"


def test_no_model_overrides_save_or_delete() -> None:
    models = apps.get_app_config("labeling").get_models()
    assert [(model.__name__, name) for model in models for name in ("save", "delete") if name in vars(model)] == []


@pytest.mark.django_db
def test_migrations_hold_every_change_of_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_deployment_check_is_clean_with_a_production_environment(tmp_path: Path) -> None:
    production = {
        "EMERALD_SECRET_KEY": "an example, long and varied enough: 0123456789-abcdefghijklmnopqrstuvwxyz",
        "EMERALD_HOSTS": "labels.example.org",
        "EMERALD_ORIGINS": "https://labels.example.org",
        "EMERALD_HTTPS": "true",
        "EMERALD_DATA": str(tmp_path),
        "EMERALD_STATIC_HASHED": "true",
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "BROKER_URL": "redis://127.0.0.1:6379/0",
    }
    command = [sys.executable, str(ROOT / "manage.py"), "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=os.environ | production, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr
