"""VK's Callback API: the answer is a plain ``ok``, or the confirmation string."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from webapp.inputs import read_body
from webapp.wiring import VkReceive


def handler(receive: VkReceive, limit: int) -> Handler:
    """Hands a call on, and answers with the status and text that come back."""

    async def take(request: web.Request) -> web.Response:
        status, text = await receive(int(request.match_info["group_id"]), await read_body(request, limit))
        return web.Response(status=status, text=text)

    return take
