"""Launch data as the hosts sign it, and as others would like to: the reference vectors and forgeries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from tests.support.world import BOT_TOKEN, VK_APP

#: When both vectors were signed, and ten minutes later, when they are checked.
SIGNED: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOW: Final = SIGNED + timedelta(minutes=10)

TELEGRAM_VECTOR: Final = (
    "auth_date=1767225600&chat_instance=-1&chat_type=sender&signature=AAAA&start_param=book_42"
    "&user=%7B%22id%22%3A1001%2C%22first_name%22%3A%22%D0%90%D0%BD%D0%BD%D0%B0%22%2C%22language_code%22%3A%22ru%22%7D"
    "&hash=59f44811537cf018214ef33cdfd5b234956620ecc75c8f2f9281fd75d223621a"
)
VK_VECTOR: Final = (
    "vk_access_token_settings=&vk_app_id=7000001&vk_are_notifications_enabled=0&vk_group_id=555&vk_is_app_user=1"
    "&vk_language=ru&vk_platform=mobile_web&vk_ref=other&vk_ts=1767225600&vk_user_id=1001"
    "&sign=DOA7pVyd7IyouQNnKDTZwPX75bFjRrrGkCmYbtJ-sh8"
)

_USER: Final = {"id": 1001, "first_name": "Анна", "language_code": "ru"}
_VK: Final = {
    "vk_access_token_settings": "",
    "vk_app_id": str(VK_APP.app_id),
    "vk_group_id": "555",
    "vk_is_app_user": "1",
    "vk_language": "ru",
    "vk_platform": "mobile_web",
    "vk_user_id": "1001",
}


def telegram(
    when: datetime,
    user: Mapping[str, object] | str | None = None,
    *,
    token: str = BOT_TOKEN,
    start: str | None = None,
    **more: str,
) -> str:
    """``initData`` of a person for a bot."""
    said = user if isinstance(user, str) else json.dumps({**_USER, **(user or {})}, ensure_ascii=False)
    fields = {"auth_date": str(int(when.timestamp())), "signature": "AAAA", "user": said, **more}
    if start is not None:
        fields["start_param"] = start
    check = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    fields["hash"] = hmac.new(key, check.encode(), hashlib.sha256).hexdigest()
    return urlencode(fields, quote_via=quote)


def vk(when: datetime, *, secret: str = VK_APP.secret, **changes: str) -> str:
    """Launch parameters of a person for our application."""
    fields = {**_VK, "vk_ts": str(int(when.timestamp())), **changes}
    signed = sorted((name, value) for name, value in fields.items() if name.startswith("vk_"))
    mac = hmac.new(secret.encode(), urlencode(signed).encode(), hashlib.sha256).digest()
    return urlencode({**fields, "sign": base64.urlsafe_b64encode(mac).rstrip(b"=").decode()})


def vk_phone_sign(phone: str, user_id: int = 1001) -> str:
    """What VK gives with a phone, in plain base64."""
    text = f"{VK_APP.app_id}{VK_APP.secret}{user_id}phone_number{phone}"
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _without(query: str, name: str) -> str:
    return "&".join(part for part in query.split("&") if not part.startswith(f"{name}="))


def forged_telegram(now: datetime) -> dict[str, str]:
    """Launch data that must open nothing, by what is wrong with it."""
    good = telegram(now)
    vector_like = telegram(now, start="book_42")
    fields = dict(parse_qsl(good, keep_blank_values=True))
    check, third_parties = (
        "\n".join(
            f"{name}={value}" for name, value in sorted(fields.items()) if name not in left_out
        ).encode()
        for left_out in ({"hash"}, {"hash", "signature"})
    )
    key = hmac.digest(b"WebAppData", BOT_TOKEN.encode(), "sha256")
    swapped = hmac.digest(BOT_TOKEN.encode(), b"WebAppData", "sha256")
    unsigned = _without(good, "hash") + "&hash="
    return {
        "no hash": _without(good, "hash"),
        "an empty hash": _without(good, "hash") + "&hash=",
        "a short hash": good[:-1],
        "another hash": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "the hash in capitals": _without(good, "hash") + "&hash=" + good.rsplit("=", 1)[1].upper(),
        "another bot's token": telegram(now, token="123456:ANOTHER-TOKEN"),
        "an empty token": telegram(now, token=""),
        "another user": good.replace("1001", "1002"),
        "another start": vector_like.replace("book_42", "book_43"),
        "a younger date": good.replace(
            f"auth_date={int(now.timestamp())}", f"auth_date={int(now.timestamp()) - 1}"
        ),
        "a field more": good + "&is_admin=1",
        "a field less": _without(vector_like, "start_param"),
        "without the signature": _without(good, "signature"),
        "signed as for third parties": unsigned + hmac.digest(key, third_parties, "sha256").hex(),
        "key and message swapped": unsigned + hmac.digest(swapped, check, "sha256").hex(),
        "a user twice": good + "&user=%7B%22id%22%3A1%7D",
        "a hash twice": good + "&hash=" + "0" * 64,
        "no date": telegram(now, auth_date=""),
        "a date of words": telegram(now, auth_date="today"),
        "a date with a sign": telegram(now, auth_date=f"+{int(now.timestamp())}"),
        "a date in other digits": telegram(now, auth_date="١٧٦٧٢٢٥٦٠٠"),
        "an hour and a second old": telegram(now - timedelta(seconds=3601)),
        "a day old": telegram(now - timedelta(days=1)),
        "of the future": telegram(now + timedelta(seconds=61)),
        "nobody": telegram(now, user=""),
        "a user that is no object": telegram(now, user="[1001]"),
        "a user that is no JSON": telegram(now, user="{id: 1001}"),
        "a user without an id": telegram(now, {"id": None}),
        "a user of words": telegram(now, {"id": "1001"}),
        "a true user": telegram(now, {"id": True}),
        "a user below zero": telegram(now, {"id": -1001}),
        "a user too large": telegram(now, {"id": 2**52}),
        "a bot": telegram(now, {"is_bot": True}),
        "deep JSON": telegram(now, user="[" * 2000),
        "nothing but words": "hello",
        "broken percent": good + "&x=%ff",
        "other separators": good.replace("&", ";"),
        "VK's": vk(now),
        "too long": good + "&x=" + "a" * 8192,
    }


def forged_vk(now: datetime) -> dict[str, str]:
    """Launch parameters that must open nothing, by what is wrong with them."""
    good = vk(now)
    bare, _, sign = good.rpartition("&sign=")
    return {
        "no sign": bare,
        "an empty sign": f"{bare}&sign=",
        "another sign": f"{bare}&sign={'A' if sign[0] != 'A' else 'B'}{sign[1:]}",
        "a short sign": f"{bare}&sign={sign[:-1]}",
        "a sign of other letters": f"{bare}&sign=%D1%8F",
        "another key": vk(now, secret="service-key"),
        "an empty key": vk(now, secret=""),
        "another user": good.replace("vk_user_id=1001", "vk_user_id=1002"),
        "a role more": good + "&vk_viewer_group_role=admin",
        "an empty value left out": _without(good, "vk_access_token_settings"),
        "another community": good.replace("vk_group_id=555", "vk_group_id=556"),
        "a user twice": good + "&vk_user_id=1",
        "a sign twice": good + f"&sign={sign}",
        "an unsigned name twice": good + "&odr_enabled=1&odr_enabled=0",
        "another application": vk(now, vk_app_id="7000002"),
        "no application": vk(now, vk_app_id=""),
        "nobody": vk(now, vk_user_id=""),
        "user zero": vk(now, vk_user_id="0"),
        "a user below zero": vk(now, vk_user_id="-1001"),
        "a user in other digits": vk(now, vk_user_id="١٠٠١"),
        "no time": vk(now, vk_ts=""),
        "a time of words": vk(now, vk_ts="now"),
        "an hour and a second old": vk(now - timedelta(seconds=3601)),
        "of the future": vk(now + timedelta(seconds=61)),
        "nothing but words": "hello",
        "Telegram's": telegram(now),
        "too long": good + "&x=" + "a" * 8192,
    }
