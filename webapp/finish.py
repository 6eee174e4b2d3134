"""The last touch on an answer: its tag, and compression for who asks for it."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from webapp.answers import KeptAnswer
from webapp.compression import WORTH, compressed, is_text, takes_gzip
from webapp.cors import add_vary
from webapp.etag import is_known, tag_of, written

API: Final = "/api/"
#: Never kept by anybody.
_UNTAGGED: Final = frozenset({"/api/v1/health", "/api/v1/ready"})
_READS: Final = frozenset({"GET", "HEAD"})
#: Whose answer it is and in which form. Kept by the caller's own machine alone, and asked after each time.
_VARY: Final = "Authorization, Okoshko-Visitor, Accept-Encoding"
_CACHE: Final = "private, no-cache"


async def finished(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """``response``, or 304 in its place. Streams and what is no 200 stay as they are."""
    if response.status != 200 or not isinstance(response, web.Response):
        return response
    body = response.body
    if not isinstance(body, bytes) or hdrs.CONTENT_ENCODING in response.headers:
        return response
    headers = response.headers
    tag: str | None = None
    path = request.path
    if request.method in _READS and path.startswith(API):
        if path not in _UNTAGGED and hdrs.CACHE_CONTROL not in headers:
            tag = response.kept.tag if isinstance(response, KeptAnswer) else tag_of(body)
            headers[hdrs.CACHE_CONTROL] = _CACHE
            if hdrs.VARY in headers:
                add_vary(response, *_VARY.split(", "))
            else:
                headers[hdrs.VARY] = _VARY
            asked = request.headers.get(hdrs.IF_NONE_MATCH)
            if asked is not None and is_known(tag, asked):
                return _same(request, response, tag, len(body))
            headers[hdrs.ETAG] = written(tag, packed=False)
    elif path.startswith("/sandbox"):
        return response
    if len(body) <= WORTH or not is_text(response.content_type):
        return response
    if tag is None:
        add_vary(response, hdrs.ACCEPT_ENCODING)
    if takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
        kept = response.kept if isinstance(response, KeptAnswer) else None
        response.body = await (kept.compressed() if kept else compressed(body))
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        if tag is not None:
            headers[hdrs.ETAG] = written(tag, packed=True)
    return response


def _same(request: web.Request, response: web.Response, tag: str, size: int) -> web.Response:
    """304, with the headers that the 200 of ``size`` bytes would have had (RFC 9110, 15.4.5)."""
    packed = (
        size > WORTH
        and is_text(response.content_type)
        and takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, ""))
    )
    headers = {hdrs.ETAG: written(tag, packed=packed)}
    for name in (hdrs.CACHE_CONTROL, hdrs.VARY, hdrs.CONTENT_LOCATION):
        if name in response.headers:
            headers[name] = response.headers[name]
    return web.Response(status=304, headers=headers)
