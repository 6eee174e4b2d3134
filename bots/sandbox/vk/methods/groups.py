"""``groups.*``: the community about itself, and how its events get out."""

from __future__ import annotations

import hashlib
from typing import Any

from bots.sandbox.model import Bot, Webhook
from bots.sandbox.vk.call import ApiCall, Handler
from bots.sandbox.vk.errors import VkError, bad
from bots.sandbox.vk.objects import VERSION, group_json

_SERVERS = 10
_TITLE = 14
_SECRET = 50
#: Events that there are here; VK has many more.
EVENTS = (
    "message_new",
    "message_reply",
    "message_edit",
    "message_event",
    "message_allow",
    "message_deny",
    "group_join",
    "group_leave",
)


def enabled_events(bot: Bot) -> frozenset[str]:
    """Which events go out now, by the one way that is in use."""
    settings = bot.settings
    if bot.webhook is not None:
        return frozenset(settings.get("callback_events", ()))
    return frozenset(settings.get("longpoll_events", ())) if settings.get("longpoll") else frozenset()


def confirmation_code(bot: Bot) -> str:
    """The string that an address of this community has to answer."""
    return hashlib.blake2s(f"confirm {bot.token}".encode(), digest_size=4).hexdigest()


async def get_by_id(call: ApiCall) -> Any:
    wanted = call.params.text("group_id") or call.params.text("group_ids")
    if wanted and wanted not in {str(call.bot.id), call.bot.username}:
        raise VkError(125, "Invalid group id")
    return {"groups": [group_json(call.bot)], "profiles": []}


async def get_long_poll_server(call: ApiCall) -> Any:
    call.own_group()
    if not call.bot.settings.get("longpoll"):
        raise bad("longpoll for this group is not enabled")
    return call.polls.server(call.bot, call.base)


async def set_long_poll_settings(call: ApiCall) -> Any:
    call.own_group()
    settings = call.bot.settings
    if call.params.has("enabled"):
        settings["longpoll"] = call.params.boolean("enabled")
    settings["longpoll_events"] = _switched(call, settings.get("longpoll_events", []))
    return 1


async def get_long_poll_settings(call: ApiCall) -> Any:
    call.own_group()
    settings = call.bot.settings
    events = {name: int(name in settings.get("longpoll_events", ())) for name in EVENTS}
    return {"is_enabled": bool(settings.get("longpoll")), "api_version": VERSION, "events": events}


def _switched(call: ApiCall, before: list[str]) -> list[str]:
    """The events that are on, those named switched."""
    version = call.params.text("api_version")
    if version and version != VERSION:
        raise bad("api_version is not supported here")
    on = set(before)
    for name in EVENTS:
        if call.params.has(name):
            (on.add if call.params.boolean(name) else on.discard)(name)
    return sorted(on)


async def get_callback_confirmation_code(call: ApiCall) -> Any:
    call.own_group()
    return {"code": confirmation_code(call.bot)}


async def get_callback_servers(call: ApiCall) -> Any:
    call.own_group()
    servers = _servers(call)
    return {"count": len(servers), "items": servers}


async def add_callback_server(call: ApiCall) -> Any:
    call.own_group()
    servers = _servers(call)
    if len(servers) >= _SERVERS:
        raise VkError(2000, "Servers number limit is reached")
    server = {
        "id": max((each["id"] for each in servers), default=0) + 1,
        "creator_id": 1,
        "status": "unconfigured",
        **_described(call),
    }
    servers.append(server)
    await _confirm(call, server)
    return {"server_id": server["id"]}


async def edit_callback_server(call: ApiCall) -> Any:
    call.own_group()
    server = _server(call)
    server |= _described(call)
    await _confirm(call, server)
    return 1


async def delete_callback_server(call: ApiCall) -> Any:
    call.own_group()
    server = _server(call)
    _servers(call).remove(server)
    if call.bot.webhook is not None and call.bot.webhook.url == server["url"]:
        call.bot.webhook = None
        call.world.emit_bot(call.bot)
        call.world.fed.fire()
    return 1


async def set_callback_settings(call: ApiCall) -> Any:
    call.own_group()
    _server(call)
    settings = call.bot.settings
    settings["callback_events"] = _switched(call, settings.get("callback_events", []))
    return 1


def _servers(call: ApiCall) -> list[dict[str, Any]]:
    servers: list[dict[str, Any]] = call.bot.settings.setdefault("servers", [])
    return servers


def _server(call: ApiCall) -> dict[str, Any]:
    number = call.params.needed("server_id")
    for server in _servers(call):
        if server["id"] == number:
            return server
    raise bad("server_id is invalid")


def _described(call: ApiCall) -> dict[str, str]:
    url, title = call.params.text("url").strip(), call.params.text("title").strip()
    secret = call.params.text("secret_key")
    if not url.startswith(("http://", "https://")):
        raise bad("url is invalid")
    if not 0 < len(title) <= _TITLE:
        raise bad("title is invalid")
    if len(secret) > _SECRET:
        raise bad("secret_key is too long")
    return {"url": url, "title": title, "secret_key": secret}


async def _confirm(call: ApiCall, server: dict[str, Any]) -> None:
    """Ask the address at once; events go there from then on when it answered right."""
    confirmed = await call.confirm(call.bot, server["url"], server["secret_key"])
    server["status"] = "ok" if confirmed else "failed"
    if confirmed:
        call.bot.webhook = Webhook(server["url"], server["secret_key"])
    elif call.bot.webhook is not None and call.bot.webhook.url == server["url"]:
        call.bot.webhook = None
    call.world.emit_bot(call.bot)
    call.world.fed.fire()


METHODS: dict[str, Handler] = {
    "groups.getById": get_by_id,
    "groups.getLongPollServer": get_long_poll_server,
    "groups.setLongPollSettings": set_long_poll_settings,
    "groups.getLongPollSettings": get_long_poll_settings,
    "groups.getCallbackConfirmationCode": get_callback_confirmation_code,
    "groups.getCallbackServers": get_callback_servers,
    "groups.addCallbackServer": add_callback_server,
    "groups.editCallbackServer": edit_callback_server,
    "groups.deleteCallbackServer": delete_callback_server,
    "groups.setCallbackSettings": set_callback_settings,
}
