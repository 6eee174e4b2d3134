"""Clients and how they are reached. Phones are E.164; names are what people call themselves."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from core.domain.errors import InvalidInput

MAX_NAME: Final = 80
MAX_COMMENT: Final = 500


class Channel(StrEnum):
    """A way to a person."""

    TELEGRAM = "telegram"
    VK = "vk"


@dataclass(frozen=True, slots=True)
class Account:
    """A bot or community of ours: where a conversation takes place. ``key`` is the bot's id or the
    community's id.

    ``business_id`` None: shared by all businesses, which are reached by deep links.
    """

    channel: Channel
    key: str
    business_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A messenger user as one account of ours knows them.

    ``external_id`` is the messenger's user id. ``reachable`` False: they blocked us or never allowed
    messages. ``business_id``: the business they talk to now. ``phone``: E.164, the one that the messenger
    vouches for, once they have shared it.
    """

    id: UUID
    channel: Channel
    account_key: str
    external_id: str
    name: str
    username: str | None
    locale: str | None
    reachable: bool
    business_id: UUID | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """One who books, as one business knows them. ``phone`` E.164; ``phone_verified``: the messenger vouched
    for it.

    A *verified* phone belongs to one client of a business. A typed one proves nothing: it may stand on
    several cards and never opens somebody else's. ``preferred_channel``: where they want to be written to;
    None: where they wrote last. ``merged_into``: the card of the same person that has taken over all that
    was here; this one is kept for what still names it.
    """

    id: UUID
    business_id: UUID
    name: str
    phone: str | None
    phone_verified: bool
    email: str | None
    locale: str
    created_at: datetime
    visits: int = 0
    preferred_channel: Channel | None = None
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class ClientLink:
    """A one-time link into a messenger: whoever opens it there is the one who asked for it.

    To a card (``client_id``) or to one booking (``booking_id``), exactly one of the two. ``used_by``: the
    messenger user who opened it. Instants are UTC.
    """

    business_id: UUID
    client_id: UUID | None
    booking_id: UUID | None
    created_at: datetime
    expires_at: datetime
    used_by: UUID | None = None


def keeper_of(one: Client, other: Client) -> Client | None:
    """Which of two cards of one person stays: that with a proved phone, else the older.

    None: each has proved another phone, so they may be two people, and nobody but them can say.
    """
    if one.phone_verified and other.phone_verified and one.phone != other.phone:
        return None
    if one.phone_verified != other.phone_verified:
        return one if one.phone_verified else other
    return min(one, other, key=lambda card: (card.created_at, card.id))


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent to one purpose: which text (``version``) was agreed to, when (UTC) and where."""

    id: UUID
    client_id: UUID
    purpose: str
    version: str
    channel: str
    granted_at: datetime


PERSONAL_DATA: Final = "personal_data"
CONSENT_VERSION: Final = "2026-11"


def clean_name(raw: str) -> str:
    """A person's name, trimmed and with single spaces.

    Raises InvalidInput: ``empty``, ``too_long``, ``no_letters``.
    """
    name = " ".join(
        "".join(c for c in raw if unicodedata.category(c)[0] != "C" or c in "\u200d\t\n ").split()
    )
    if not name:
        raise InvalidInput("name", "empty")
    if len(name) > MAX_NAME:
        raise InvalidInput("name", "too_long", max=MAX_NAME)
    if not any(c.isalpha() for c in name):
        raise InvalidInput("name", "no_letters")
    return name


def clean_comment(raw: str) -> str:
    """A comment to the master, trimmed. Raises InvalidInput ``too_long``."""
    comment = raw.strip()
    if len(comment) > MAX_COMMENT:
        raise InvalidInput("comment", "too_long", max=MAX_COMMENT)
    return comment


def mask_phone(phone: str) -> str:
    """«+7 900 •••-45-67»: enough to recognise, not to call. For lists, cards and logs."""
    if len(phone) < 8:
        return "•" * len(phone)
    country = phone[:-10] if len(phone) > 11 else phone[:2]
    rest = phone[len(country) :]
    return f"{country} {rest[:3]} •••-{rest[-4:-2]}-{rest[-2:]}"
