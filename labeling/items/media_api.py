"""Originals, thumbnails and peaks, for members only."""

from collections.abc import Iterable
from typing import cast

from django.contrib.auth.models import User
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from labeling.errors import NotFound
from labeling.items import reads
from labeling.items.examine import NOT_SHOWN_BY_BROWSERS, needs_thumbnail
from labeling.items.media import send
from labeling.items.models import Item, ItemState
from labeling.items.storage import blob_key, derived_key
from labeling.projects.reads import project_for

BYTES = {200: OpenApiTypes.BINARY, 206: OpenApiTypes.BINARY, 304: None, 416: None}


class AsItIs(BaseContentNegotiation):
    """Files have one form; what a tag says it accepts does not matter."""

    def select_renderer(
        self, request: Request, renderers: "Iterable[BaseRenderer]", format_suffix: str | None = None
    ) -> "tuple[BaseRenderer, str]":
        """The first, for problems."""
        first = next(iter(renderers))
        return first, first.media_type


def _item(request: Request, slug: str, item_id: int) -> Item:
    """An item of a project that this person may see; what was erased is not there."""
    item = reads.item_for(project_for(cast(User, request.user), slug), item_id)
    if item.state == ItemState.ERASED:
        raise NotFound("erased on request", field="item")
    return item


class MediaView(APIView):
    """The picture or sound."""

    content_negotiation_class = AsItIs

    @extend_schema(responses=BYTES)
    def get(self, request: Request, slug: str, item_id: int) -> HttpResponseBase:
        """As browsers show it: the original, or a copy where they cannot; in parts by Range."""
        blob = _item(request, slug, item_id).blob
        if blob.format in NOT_SHOWN_BY_BROWSERS and blob.derived_at is not None:
            return send(request, key=derived_key(blob.pk, "view.webp"), content_type="image/webp")
        return send(request, key=blob_key(blob.pk), content_type=blob.content_type)


class OriginalView(APIView):
    """The file as it came."""

    content_negotiation_class = AsItIs

    @extend_schema(responses=BYTES)
    def get(self, request: Request, slug: str, item_id: int) -> HttpResponseBase:
        """Byte for byte, to be saved under its name."""
        item = _item(request, slug, item_id)
        name = item.name.replace("\\", "/").rsplit("/", 1)[-1]
        return send(
            request, key=blob_key(item.blob_id), content_type=item.blob.content_type, name=name, download=True
        )


class ThumbView(APIView):
    """A small copy."""

    content_negotiation_class = AsItIs

    @extend_schema(responses=BYTES)
    def get(self, request: Request, slug: str, item_id: int) -> HttpResponseBase:
        """At most 256 px; a picture that is no larger serves as its own."""
        blob = _item(request, slug, item_id).blob
        if blob.width is None:
            raise NotFound("a sound has no thumbnail", field="item")
        if blob.derived_at is not None and needs_thumbnail(blob.format, blob.width, blob.height):
            return send(request, key=derived_key(blob.pk, "webp"), content_type="image/webp")
        return send(request, key=blob_key(blob.pk), content_type=blob.content_type)


class PeaksView(APIView):
    """A sound's outline."""

    content_negotiation_class = AsItIs

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str, item_id: int) -> HttpResponseBase:
        """`{"peaks": [...]}`, 800 values from 0 to 1."""
        blob = _item(request, slug, item_id).blob
        if blob.duration is None or blob.derived_at is None:
            raise NotFound("no peaks yet" if blob.duration else "a picture has no peaks", field="item")
        return send(request, key=derived_key(blob.pk, "peaks.json"), content_type="application/json")
