"""Files over HTTP: whole or in part, cached by their content, never run."""

import re
from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header, parse_etags

from labeling.errors import NotFound

IMMUTABLE = "private, max-age=31536000, immutable"
CHUNK = 256 * 2**10
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def send(
    request: HttpRequest, *, key: str, content_type: str, name: str = "", download: bool = False
) -> HttpResponseBase:
    """The bytes under a key that never change; 304, 206 and 416 where the request's headers ask for them."""
    etag = f'"{key.rsplit("/", 1)[-1]}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _dressed(HttpResponse(status=304), etag)
    try:
        size = default_storage.size(key)
    except FileNotFoundError as error:
        raise NotFound("the file is gone", field="item") from error
    start, end = _part(request, etag, size)
    if start >= size > 0:
        return _dressed(HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}), etag)
    whole = (start, end) == (0, size)
    response = StreamingHttpResponse(_chunks(key, start, end), status=200 if whole else 206, content_type=content_type)
    response["Content-Length"] = str(end - start)
    response["Accept-Ranges"] = "bytes"
    if not whole:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if name:
        response["Content-Disposition"] = content_disposition_header(download, name) or "inline"
    return _dressed(response, etag)


def _dressed(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """Headers that all answers share; a file opened by itself may load and run nothing."""
    response["ETag"] = etag
    response["Cache-Control"] = IMMUTABLE
    response["Vary"] = "Cookie, Authorization"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"
    return response


def _part(request: HttpRequest, etag: str, size: int) -> tuple[int, int]:
    """[start, end) of the one range asked for (RFC 9110, 14.2); anything else is answered whole."""
    matched = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if matched is None or request.headers.get("If-Range", etag) != etag:
        return 0, size
    first, last = matched.groups()
    if not first:
        return (max(size - int(last), 0), size) if last and int(last) else (0, size)
    start, end = int(first), min(int(last) + 1, size) if last else size
    return (start, max(end, start)) if not last or int(last) >= start else (0, size)


def _chunks(key: str, start: int, end: int) -> Iterator[bytes]:
    with default_storage.open(key, "rb") as opened:
        opened.seek(start)
        left = end - start
        while left > 0 and (chunk := opened.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
