"""What a messenger hands to a Mini App when it opens it, and how to tell that it did.

Pure: keys and the present instant are arguments. Sources: core.telegram.org/bots/webapps («Validating data
received via the Mini App») and dev.vk.com («Параметры запуска», «VKWebAppGetPhoneNumber»).

Both hosts sign a query string. Its values are decoded once and never written anew: another spelling of the
same JSON would be other bytes. A name that comes twice is refused, for the one that was checked might not be
the one that is read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode

MAX_AGE: Final = timedelta(hours=1)
"""How long launch data can be exchanged for a session; the hosts name no limit."""

MAX_AHEAD: Final = timedelta(seconds=60)
"""How far a host's clock may be ahead of ours."""

MAX_LENGTH: Final = 8192
"""Longest launch data in characters."""

_MAX_FIELDS: Final = 64
_MAX_NAME: Final = 128
#: Telegram promises that ids have at most 52 significant bits.
_MAX_ID: Final = 2**52
_NUMBER: Final = re.compile(r"[0-9]{1,16}")
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_START: Final = re.compile(r"[A-Za-z0-9_-]{1,512}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{1,8})*")


class BadLaunch(ValueError):
    """Launch data that no host of ours made, or too long ago. The message is for the log: it says why and
    quotes nothing.
    """


@dataclass(frozen=True, slots=True)
class TelegramKey:
    """A bot of ours, and the key that Telegram signs its Mini App's data with."""

    bot_id: int
    secret: bytes

    @classmethod
    def of_token(cls, token: str) -> TelegramKey:
        """From the token that BotFather gave: ``123456:ABC…``."""
        number = token.partition(":")[0]
        return cls(int(number), hmac.digest(b"WebAppData", token.encode(), hashlib.sha256))


@dataclass(frozen=True, slots=True)
class VkKey:
    """Our Mini App in VK: its number and its protected key («Защищённый ключ»)."""

    app_id: int
    secret: str


@dataclass(frozen=True, slots=True)
class TelegramLaunch:
    """Who opened the Mini App of which bot.

    ``language`` is IETF's (``ru``, ``pt-br``), None when Telegram says none. ``may_write``: they allow the
    bot to write to them. ``start``: what the link that opened it carried.
    """

    bot_id: int
    user_id: int
    name: str
    username: str | None
    language: str | None
    may_write: bool
    start: str | None


@dataclass(frozen=True, slots=True)
class VkLaunch:
    """Who opened our Mini App. ``group_id``: the community it was opened from; VK tells no names."""

    user_id: int
    group_id: int | None
    language: str | None


def read_telegram(init_data: str, keys: Iterable[TelegramKey], now: datetime) -> TelegramLaunch:
    """Check ``initData`` against each of our bots. Raises BadLaunch."""
    fields = _fields(init_data)
    given = fields.get("hash", "")
    if not _HEX.fullmatch(given):
        raise BadLaunch("no hash")
    # «signature» stays in: it is left out of the third parties' check only.
    check = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()) if name != "hash").encode()
    signer = None
    for key in keys:
        expected = hmac.digest(key.secret, check, hashlib.sha256).hex()
        if hmac.compare_digest(expected, given):
            signer = key
    if signer is None:
        raise BadLaunch("another signature")
    _check_age(fields.get("auth_date", ""), now)
    user = _user(fields.get("user", ""))
    start = fields.get("start_param", "")
    return TelegramLaunch(
        bot_id=signer.bot_id,
        user_id=_telegram_id(user),
        name=" ".join(filter(None, (_words(user.get("first_name")), _words(user.get("last_name"))))),
        username=_words(user.get("username")) or None,
        language=_language(user.get("language_code")),
        may_write=user.get("allows_write_to_pm") is True,
        start=start if _START.fullmatch(start) else None,
    )


def read_vk(launch_params: str, key: VkKey, now: datetime) -> VkLaunch:
    """Check launch parameters, with or without the leading «?». Raises BadLaunch."""
    fields = _fields(launch_params.removeprefix("?"))
    given = fields.get("sign", "")
    # Only what begins with «vk_» is signed, empty values included.
    signed = sorted((name, value) for name, value in fields.items() if name.startswith("vk_"))
    mac = hmac.digest(key.secret.encode(), urlencode(signed).encode(), hashlib.sha256)
    expected = base64.urlsafe_b64encode(mac).rstrip(b"=")
    if not hmac.compare_digest(expected, given.encode()):
        raise BadLaunch("another signature")
    if _number(fields.get("vk_app_id", "")) != key.app_id:
        raise BadLaunch("another application")
    _check_age(fields.get("vk_ts", ""), now)
    user_id = _number(fields.get("vk_user_id", ""))
    if not user_id:
        raise BadLaunch("nobody")
    return VkLaunch(
        user_id=user_id,
        group_id=_number(fields.get("vk_group_id", "")) or None,
        language=_language(fields.get("vk_language")),
    )


def is_vk_phone(phone: str, sign: str, user_id: int, key: VkKey) -> bool:
    """Whether VK vouches that ``phone``, digits as VK gave them, is that of the user.

    The signature is met as base64 and as base64url, with and without padding.
    """
    text = f"{key.app_id}{key.secret}{user_id}phone_number{phone}"
    expected = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
    given = sign.replace("+", "-").replace("/", "_").rstrip("=")
    return hmac.compare_digest(expected, given.encode(errors="replace"))


def _fields(query: str) -> dict[str, str]:
    if not query or len(query) > MAX_LENGTH:
        raise BadLaunch("no data" if not query else "too much data")
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise BadLaunch("not a query string") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadLaunch("a name twice")
    try:
        query.encode()
    except UnicodeEncodeError:
        raise BadLaunch("not text") from None
    return fields


def _check_age(seconds: str, now: datetime) -> None:
    moment = _number(seconds)
    if moment is None:
        raise BadLaunch("no date")
    age = now.timestamp() - moment
    if age > MAX_AGE.total_seconds():
        raise BadLaunch("too old")
    if age < -MAX_AHEAD.total_seconds():
        raise BadLaunch("in the future")


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _user(text: str) -> Mapping[str, object]:
    try:
        user = json.loads(text)
    except (ValueError, RecursionError):
        raise BadLaunch("nobody") from None
    if not isinstance(user, dict) or user.get("is_bot") is True:
        raise BadLaunch("nobody")
    return user


def _telegram_id(user: Mapping[str, object]) -> int:
    number = user.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < _MAX_ID:
        raise BadLaunch("nobody")
    return number


def _words(value: object) -> str:
    """Text for people, without control characters and halves of others, which no database keeps."""
    if not isinstance(value, str):
        return ""
    kept = "".join(each for each in value if unicodedata.category(each) not in {"Cc", "Cs"})
    return kept.strip()[:_MAX_NAME]


def _language(value: object) -> str | None:
    return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else None
