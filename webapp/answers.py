"""JSON out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from webapp.compression import compressed
from webapp.etag import tag_of

_TYPE = "application/json"


class Kept:
    """JSON that is given out more than once: its tag, and itself compressed, are made at most once."""

    __slots__ = ("_compressed", "_tag", "body")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._tag: str | None = None
        self._compressed: bytes | None = None

    @property
    def tag(self) -> str:
        """As :func:`webapp.etag.tag_of`."""
        if self._tag is None:
            self._tag = tag_of(self.body)
        return self._tag

    async def compressed(self) -> bytes:
        """As :func:`webapp.compression.compressed`."""
        if self._compressed is None:
            self._compressed = await compressed(self.body)
        return self._compressed


class KeptAnswer(web.Response):
    """An answer of what is kept."""

    def __init__(self, kept: Kept, **how: Any) -> None:
        super().__init__(body=kept.body, content_type=_TYPE, **how)
        self.kept = kept


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
