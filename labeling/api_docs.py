"""The page that tells how programs speak to Emerald, made from the schema at /api/schema, in the house's own look."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

Schema = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
PREFIX = "/api/v1/"
WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
FORMATS = {"date-time": "time", "date": "day", "binary": "file", "uri": "file", "uuid": "UUID"}
LEAF = 3  # deeper shapes are told by their own name only


@dataclass(frozen=True, slots=True)
class Field:
    """A value that is sent or got: `inside` are those of a shape."""

    name: str
    kind: str
    required: bool
    words: str
    inside: list["Field"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one address."""

    method: str
    path: str
    words: str
    asked: list[Field]
    sent: list[Field]
    encoding: str
    answers: list[tuple[str, list[Field]]]

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"{self.method}-{self.path}".lower().replace("/", "-").replace("{", "").replace("}", "")


@login_required
def api_docs(request: HttpRequest) -> HttpResponse:
    """Every call, by what it is about."""
    return render(request, "api.html", {"groups": groups(), "address": request.build_absolute_uri(PREFIX)})


@lru_cache(maxsize=1)
def groups() -> list[tuple[str, list[Call]]]:
    """The calls by the part of the address that tells what they are about; made once a process."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # drf-spectacular leaves it untyped
    shapes: Schema = schema["components"]["schemas"]
    found: defaultdict[str, list[Call]] = defaultdict(list)
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods and path.startswith(PREFIX):
                found[about(path)].append(_call(method, path, methods[method], shapes))
    return sorted(found.items())


def about(path: str) -> str:
    """`uploads` for /api/v1/projects/{slug}/uploads/{upload_id}, `me` for /api/v1/me."""
    parts = path.removeprefix(PREFIX).split("/")
    return parts[2] if parts[0] == "projects" and len(parts) > 2 else parts[0]


def _call(method: str, path: str, said: Schema, shapes: Schema) -> Call:
    content = said.get("requestBody", {}).get("content", {})
    encoding = next(iter(content), "")
    return Call(
        method=method.upper(), path=path, words=said.get("description", ""),
        asked=[_asked(each, shapes) for each in said.get("parameters", [])],
        sent=_fields(content[encoding].get("schema", {}), shapes, 0) if content else [],
        encoding="multipart/form-data" if "multipart/form-data" in content and len(content) == 1 else encoding,
        answers=[(code, _answer(answer, shapes)) for code, answer in said.get("responses", {}).items()],
    )  # fmt: skip


def _asked(said: Schema, shapes: Schema) -> Field:
    """A part of the address, or of what follows its question mark."""
    place = "in the address" if said["in"] == "path" else f"after ?, {_kind(said.get('schema', {}), shapes)}"
    return Field(said["name"], place, bool(said.get("required")), said.get("description", ""))


def _answer(said: Schema, shapes: Schema) -> list[Field]:
    content = said.get("content", {})
    return _fields(next(iter(content.values())).get("schema", {}), shapes, 0) if content else []


def _fields(said: Schema, shapes: Schema, depth: int) -> list[Field]:
    """What a shape holds, or nothing where it is a plain value."""
    shape = _shape(said, shapes)
    if shape.get("type") == "array":
        return _fields(shape.get("items", {}), shapes, depth)
    if depth >= LEAF:
        return []
    required = set(shape.get("required", []))
    return [
        Field(
            name, _kind(value, shapes), name in required, _shape(value, shapes).get("description", ""),
            _fields(value, shapes, depth + 1),
        )
        for name, value in shape.get("properties", {}).items()
    ]  # fmt: skip


def _shape(said: Schema, shapes: Schema) -> Schema:
    """Behind a reference; what is said beside it goes before."""
    wrapping: list[Schema] = said.get("allOf") or said.get("oneOf") or []
    for wrapped in wrapping[:1]:
        return {**_shape(wrapped, shapes), **{key: said[key] for key in ("description",) if key in said}}
    name = said.get("$ref", "").rsplit("/", 1)[-1]
    return shapes.get(name, {}) if name else said


def _kind(said: Schema, shapes: Schema) -> str:
    """In plain words."""
    shape = _shape(said, shapes)
    if "enum" in shape:
        kind = ", ".join(str(value) for value in shape["enum"] if value not in (None, ""))
    elif shape.get("type") == "array":
        kind = f"list of {_kind(shape.get('items', {}), shapes)}"
    else:
        kind = FORMATS.get(shape.get("format", ""), WORDS.get(shape.get("type", ""), "object"))
    return f"{kind} or null" if said.get("nullable") or shape.get("nullable") else kind
