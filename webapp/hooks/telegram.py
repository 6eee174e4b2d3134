"""Telegram's webhook calls (``setWebhook`` of the Bot API)."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from webapp.inputs import read_body
from webapp.wiring import TelegramReceive

SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


def handler(receive: TelegramReceive, limit: int) -> Handler:
    """Hands a call on, and answers with the status that comes back."""

    async def take(request: web.Request) -> web.Response:
        bot_id = int(request.match_info["bot_id"])
        body = await read_body(request, limit)
        return web.Response(status=await receive(bot_id, request.headers.get(SECRET), body))

    return take
