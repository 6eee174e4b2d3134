"""Webhooks in. Who takes them is handed over by ``deploy``; a messenger without a bot has no address here."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from webapp.hooks import telegram, vk
from webapp.wiring import Hooks

MAX_BODY: Final = 1024 * 1024
"""Largest body of a webhook call in bytes; the messengers' own are far smaller."""


def routes(hooks: Hooks) -> list[web.AbstractRouteDef]:
    """The addresses of the configured messengers."""
    found: list[web.AbstractRouteDef] = []
    if hooks.telegram is not None:
        found.append(
            web.post(r"/hooks/telegram/{bot_id:\d{1,20}}", telegram.handler(hooks.telegram, MAX_BODY))
        )
    if hooks.vk is not None:
        found.append(web.post(r"/hooks/vk/{group_id:\d{1,20}}", vk.handler(hooks.vk, MAX_BODY)))
    return found
