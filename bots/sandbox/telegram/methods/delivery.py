"""How updates reach the bot: getUpdates, setWebhook, deleteWebhook, getWebhookInfo."""

from __future__ import annotations

import re
from typing import Any

from bots.sandbox.model import Webhook
from bots.sandbox.telegram.call import ApiCall, Handler
from bots.sandbox.telegram.errors import bad
from bots.sandbox.telegram.objects import unix
from bots.sandbox.telegram.urls import webhook_url

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def _take_allowed(call: ApiCall) -> None:
    """``allowed_updates`` holds for updates from now on; left out, the former list stays."""
    raw = call.params.json("allowed_updates", "allowed_updates")
    if raw is None:
        return
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise bad("can't parse allowed_updates: expected an Array of String")
    call.bot.allowed_updates = list(raw)


async def get_updates(call: ApiCall) -> Any:
    offset = call.params.integer("offset", 0) or 0
    limit = call.params.integer("limit", 100) or 100
    seconds = min(max(call.params.integer("timeout", 0) or 0, 0), call.rules.poll_seconds)
    if call.bot.webhook is None:
        _take_allowed(call)
    return await call.polls.poll(call.bot, offset, limit, seconds)


async def set_webhook(call: ApiCall) -> Any:
    url = call.params.text("url").strip()
    if not url:
        return await delete_webhook(call)
    url = webhook_url(url, local=call.rules.local_urls)
    secret = call.params.text("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    connections = call.params.integer("max_connections", 40) or 40
    _take_allowed(call)
    _drop_pending(call)
    call.bot.webhook = Webhook(url, secret, min(max(connections, 1), 100))
    call.polls.terminate(call.bot, "terminated by setWebhook request")
    call.world.emit_bot(call.bot)
    call.world.fed.fire()
    return True


async def delete_webhook(call: ApiCall) -> Any:
    _drop_pending(call)
    if call.bot.webhook is not None:
        call.bot.webhook = None
        call.world.emit_bot(call.bot)
        call.world.fed.fire()
    return True


def _drop_pending(call: ApiCall) -> None:
    if call.params.boolean("drop_pending_updates"):
        call.world.feed(call.bot).items.clear()


async def get_webhook_info(call: ApiCall) -> Any:
    webhook = call.bot.webhook
    info: dict[str, Any] = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(call.world.feed(call.bot).items),
    }
    if call.bot.allowed_updates:
        info["allowed_updates"] = call.bot.allowed_updates
    if webhook:
        info["max_connections"] = webhook.max_connections
        if webhook.last_error_at is not None:
            info["last_error_date"] = unix(webhook.last_error_at)
            info["last_error_message"] = webhook.last_error
    return info


METHODS: dict[str, Handler] = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
