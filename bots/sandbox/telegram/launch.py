"""How a Mini App is opened: launch data signed with the bot's token (core.telegram.org/bots/webapps)."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from bots.sandbox.model import Bot, Person

_VERSION = "9.1"


def init_data(bot: Bot, person: Person, now: datetime, *, start: str = "", may_write: bool = True) -> str:
    """``initData`` of ``person`` for ``bot`` at ``now``, as a query string. ``may_write``: the bot may."""
    user: dict[str, Any] = {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "language_code": person.language,
    }
    if may_write:
        user["allows_write_to_pm"] = True
    fields = {
        "auth_date": str(int(now.timestamp())),
        "chat_instance": str(bot.id * 1_000_003 + person.id),
        "chat_type": "private",
        "user": json.dumps(user, ensure_ascii=False, separators=(",", ":")),
    }
    if start:
        fields["start_param"] = start
    return _signed(bot, fields)


def contact_data(bot: Bot, person: Person, now: datetime) -> str:
    """The contact that the person shared with the Mini App, as ``requestContact`` hands it over."""
    contact = {
        "user_id": person.id,
        "phone_number": person.phone.removeprefix("+"),
        "first_name": person.first_name,
        "last_name": person.last_name,
    }
    fields = {
        "auth_date": str(int(now.timestamp())),
        "contact": json.dumps(contact, ensure_ascii=False, separators=(",", ":")),
    }
    return _signed(bot, fields)


def _signed(bot: Bot, fields: dict[str, str]) -> str:
    """The fields with their ``hash``, as a query string."""
    secret = hmac.new(b"WebAppData", bot.token.encode(), hashlib.sha256).digest()
    check = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    mac = hmac.new(secret, check.encode(), hashlib.sha256).hexdigest()
    return urlencode(fields | {"hash": mac})


def launch_url(
    url: str,
    bot: Bot,
    person: Person,
    now: datetime,
    *,
    start: str = "",
    signed: bool = True,
    may_write: bool = True,
) -> str:
    """``url`` with the launch fragment; without ``initData`` when not ``signed`` (a panel's button gives
    none).
    """
    data = init_data(bot, person, now, start=start, may_write=may_write) if signed else ""
    fragment = urlencode({"tgWebAppData": data, "tgWebAppVersion": _VERSION, "tgWebAppPlatform": "web"})
    base = url.split("#", 1)[0]
    if start:
        base += ("&" if "?" in base else "?") + urlencode({"tgWebAppStartParam": start})
    return f"{base}#{fragment}"
