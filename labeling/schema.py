"""The names of the API's shapes in its OpenAPI document."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import Serializer


class RoomSchema(AutoSchema):
    """Puts the room before each shape's name, since two rooms may each have an ItemOut."""

    def get_serializer_name(self, serializer: Serializer[Any], direction: Literal["request", "response"]) -> str:
        name = str(super().get_serializer_name(serializer, direction))
        package, _, rest = type(serializer).__module__.partition(".")
        return rest.split(".")[0].capitalize() + name if package == "labeling" else name
