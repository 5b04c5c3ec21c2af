"""Long lists over HTTP: each part begins after the row that came last, at the same cost anywhere in the list."""

from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from labeling.errors import BadInput
from labeling.items.reads import falling

A_PART, AT_MOST = 100, 5000  # rows
COUNTED = 1_000  # rows: to count further costs more than to list
LONGEST_ID = 18  # digits that surely fit the column


class Following(BasePagination):
    """A hundred rows at a time, more where asked for; `next` is the address of those that follow, null at the end."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows asked for; the list is ordered by id last."""
        asked = request.query_params
        if "page" in asked:
            raise BadInput("there are no page numbers: follow `next`", field="page")
        size = min(whole(asked.get("page_size") or str(A_PART), "page_size") or A_PART, AT_MOST)
        found = queryset.order_by()[: COUNTED + 1].count()
        self.count = found if found <= COUNTED else None
        if "after" in asked:
            beyond = "pk__lt" if falling(queryset) else "pk__gt"
            queryset = queryset.filter(**{beyond: whole(asked["after"], "after")})
        rows = list(queryset[: size + 1])
        address = request.build_absolute_uri()
        self.first = remove_query_param(address, "after") if "after" in asked else None
        self.next = replace_query_param(address, "after", str(rows[size - 1].pk)) if len(rows) > size else None
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """The rows with the way on and the way back to the first."""
        return Response({"count": self.count, "next": self.next, "first": self.first, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """As OpenAPI."""
        address = {"type": "string", "nullable": True, "format": "uri"}
        shape = {
            "count": {"type": "integer", "nullable": True, "description": f"All rows; null beyond {COUNTED}."},
            "next": {**address, "description": "Where the following rows are; null after the last."},
            "first": {**address, "description": "Where the list begins; null when this is it."},
            "results": schema,
        }
        return {"type": "object", "required": list(shape), "properties": shape}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """What may be asked for, as OpenAPI."""
        told = {
            "after": "The id of the row after which to begin, as `next` has it.",
            "page_size": f"Rows at a time: {A_PART}, {AT_MOST} at most.",
        }
        return [
            {"name": name, "in": "query", "required": False, "schema": {"type": "integer"}, "description": words}
            for name, words in told.items()
        ]


def whole(text: str, field: str) -> int:
    """A row's id or a number of rows as an address gives it."""
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_ID:
        raise BadInput("a whole number", field=field)
    return int(text)
