"""JSON out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from aiohttp import web

_TYPE = "application/json"


def json_answer(
    content: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """``content`` as JSON."""
    return json_bytes(orjson.dumps(content), status=status, headers=headers)


def json_bytes(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """JSON that was written already."""
    return web.Response(body=body, status=status, content_type=_TYPE, headers=headers)


def listed(items: Sequence[object], next_cursor: str | None = None) -> web.Response:
    """A list, and where it goes on."""
    return json_answer({"items": items, "next_cursor": next_cursor})
