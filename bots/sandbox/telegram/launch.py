"""How a Mini App is opened: launch data signed with the bot's token (core.telegram.org/bots/webapps)."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from urllib.parse import urlencode

from bots.sandbox.model import Bot, Person

_VERSION = "9.1"


def init_data(bot: Bot, person: Person, now: datetime, *, start: str = "") -> str:
    """``initData`` of ``person`` for ``bot`` at ``now``, as a query string."""
    user = {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "language_code": person.language,
        "allows_write_to_pm": True,
    }
    fields = {
        "auth_date": str(int(now.timestamp())),
        "chat_instance": str(bot.id * 1_000_003 + person.id),
        "chat_type": "private",
        "user": json.dumps(user, ensure_ascii=False, separators=(",", ":")),
    }
    if start:
        fields["start_param"] = start
    secret = hmac.new(b"WebAppData", bot.token.encode(), hashlib.sha256).digest()
    check = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    fields["hash"] = hmac.new(secret, check.encode(), hashlib.sha256).hexdigest()
    return urlencode(fields)


def launch_url(
    url: str, bot: Bot, person: Person, now: datetime, *, start: str = "", signed: bool = True
) -> str:
    """``url`` with the launch fragment; without ``initData`` when not ``signed`` (a panel's button gives
    none).
    """
    data = init_data(bot, person, now, start=start) if signed else ""
    fragment = urlencode({"tgWebAppData": data, "tgWebAppVersion": _VERSION, "tgWebAppPlatform": "web"})
    base = url.split("#", 1)[0]
    if start:
        base += ("&" if "?" in base else "?") + urlencode({"tgWebAppStartParam": start})
    return f"{base}#{fragment}"
