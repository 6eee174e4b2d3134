"""Pages of other sites that may call the API from a browser (the Fetch standard's CORS protocol).

Nothing is sent along by the browser itself, for we set no cookies that let somebody in: whoever calls shows a
token. So credentials are not allowed for.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from aiohttp import hdrs, web

ANY: Final = "*"
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
_HEADERS: Final = (
    "Authorization, Content-Type, Accept-Language, If-None-Match, Idempotency-Key, Okoshko-Visitor, "
    "Last-Event-ID, X-Request-ID"
)
_EXPOSED: Final = (
    "ETag, Location, Retry-After, Idempotency-Replayed, X-Request-ID, "
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
)
_DAY: Final = "86400"


class Cors:
    """Answers browsers. ``origins``: sites such as ``https://example.org``; ``*`` is every site."""

    def __init__(self, origins: Collection[str] = ()) -> None:
        self._origins = frozenset(origins)
        self._any = ANY in self._origins

    def preflight(self, request: web.Request) -> web.Response | None:
        """The answer to a browser that asks beforehand; None for any other request."""
        if request.method != hdrs.METH_OPTIONS or not self._allows(request.headers.get(hdrs.ORIGIN)):
            return None
        if hdrs.ACCESS_CONTROL_REQUEST_METHOD not in request.headers:
            return None
        return web.Response(
            status=204,
            headers={
                hdrs.ACCESS_CONTROL_ALLOW_METHODS: _METHODS,
                hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _HEADERS,
                hdrs.ACCESS_CONTROL_MAX_AGE: _DAY,
            },
        )

    def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let a page read the answer, if its site may."""
        if not self._origins:
            return
        add_vary(response, hdrs.ORIGIN)
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and self._allows(origin):
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = ANY if self._any else origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED

    def _allows(self, origin: str | None) -> bool:
        return origin is not None and (self._any or origin in self._origins)


def add_vary(response: web.StreamResponse, *names: str) -> None:
    """The answer depends on these headers of the request too."""
    said = response.headers.get(hdrs.VARY)
    told = [name.strip() for name in said.split(",")] if said else []
    response.headers[hdrs.VARY] = ", ".join([*told, *(name for name in names if name not in told)])
