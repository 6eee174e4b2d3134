"""Signing in through the messenger that opened the Mini App, and the sessions that follow.

What the host signed is exchanged for two tokens. The *access token* says by itself whose it is and until
when, under an HMAC of ours, so that a forged one costs no query; that its session still lives, and as what
its owner works where, is asked of the database each time: who is signed out or removed has lost it at once.
The *refresh token* is 256 random bits of which only the hash is kept. Each serves once and is replaced by
the next; if a replaced one comes again, somebody has a copy, and the session ends for both.

Whoever can't sign in is told nothing of why; the log is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from core.domain.actor import Actor
from core.domain.client import Channel, Identity
from core.domain.errors import NotFound, Unauthorized
from core.domain.launch import (
    BadLaunch,
    TelegramKey,
    TelegramLaunch,
    VkKey,
    VkLaunch,
    is_vk_phone,
    read_telegram,
    read_vk,
)
from core.domain.member import Member
from core.ports.auth_sessions import AuthSession, SessionUser
from core.ports.clock import Clock, NewId
from core.ports.phones import Phones
from core.ports.unit_of_work import UnitOfWork
from core.services.team import actor_of

log = logging.getLogger(__name__)

ACCESS_PREFIX: Final = "okos_"
REFRESH_PREFIX: Final = "okor_"

ACCESS_LIFE: Final = timedelta(minutes=15)
IDLE_LIFE: Final = timedelta(days=30)
"""A session that is not refreshed for so long is over."""

LIFE: Final = timedelta(days=90)
"""After that one signs in anew."""

_SECRET_BYTES: Final = 32
_TAG_BYTES: Final = 32
_ID_BYTES: Final = 16
_TIME_BYTES: Final = 8
_MAX_TOKEN: Final = 200
_MAX_DEVICE: Final = 200


@dataclass(frozen=True, slots=True)
class LaunchKeys:
    """What our hosts sign with. ``vk_groups``: our communities, the first of them for launches from
    elsewhere.
    """

    telegram: tuple[TelegramKey, ...] = ()
    vk: VkKey | None = None
    vk_groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What somebody has who signed in. ``start``: what the link that opened the Mini App carried."""

    access_token: str
    refresh_token: str
    user: SessionUser
    start: str | None = None

    @property
    def expires_in(self) -> int:
        """Seconds that the access token is good for."""
        return int(ACCESS_LIFE.total_seconds())


class SignIn:
    """See the module. ``locale_of``: which of our languages a messenger's language code means.

    ``secret`` signs access tokens and marks refresh tokens as ours; the same on all replicas.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        clock: Clock,
        new_id: NewId,
        phones: Phones,
        *,
        secret: bytes,
        keys: LaunchKeys,
        locale_of: Callable[[str | None], str],
    ) -> None:
        self._uow = uow
        self._clock = clock
        self._new_id = new_id
        self._phones = phones
        self._keys = keys
        self._locale_of = locale_of
        self._access_key = hmac.digest(secret, b"okoshko access token", hashlib.sha256)
        self._refresh_key = hmac.digest(secret, b"okoshko refresh token", hashlib.sha256)

    # --- coming in

    async def telegram(self, init_data: str, device: str = "") -> SignedIn:
        """By ``initData`` of one of our bots. Raises Unauthorized."""
        try:
            launch = read_telegram(init_data, self._keys.telegram, self._clock.now())
        except BadLaunch as error:
            raise _refusal(Channel.TELEGRAM, error) from None
        return await self._enter(self._telegram_user(launch), device, launch.start)

    async def vk(self, launch_params: str, device: str = "") -> SignedIn:
        """By launch parameters of our VK Mini App. Raises Unauthorized."""
        key = self._keys.vk
        if key is None:
            raise _refusal(Channel.VK, BadLaunch("no application is configured"))
        try:
            launch = read_vk(launch_params, key, self._clock.now())
        except BadLaunch as error:
            raise _refusal(Channel.VK, error) from None
        return await self._enter(self._vk_user(launch, key), device, None)

    def _telegram_user(self, launch: TelegramLaunch) -> Identity:
        return Identity(
            id=self._new_id(),
            channel=Channel.TELEGRAM,
            account_key=str(launch.bot_id),
            external_id=str(launch.user_id),
            name=launch.name,
            username=launch.username,
            locale=self._locale_of(launch.language) if launch.language else None,
            reachable=launch.may_write,
        )

    def _vk_user(self, launch: VkLaunch, key: VkKey) -> Identity:
        ours = self._keys.vk_groups
        group = launch.group_id if launch.group_id in ours else next(iter(ours), None)
        assert self._keys.vk is not None
        return Identity(
            id=self._new_id(),
            channel=Channel.VK,
            # With no community, nobody can be written to, and the application stands for it.
            account_key=str(group) if group else f"app{key.app_id}",
            external_id=str(launch.user_id),
            name="",
            username=None,
            locale=self._locale_of(launch.language) if launch.language else None,
            # That they allow messages is told to the community, by an event.
            reachable=False,
        )

    async def _enter(self, identity: Identity, device: str, start: str | None) -> SignedIn:
        now = self._clock.now()
        secret = secrets.token_bytes(_SECRET_BYTES)
        async with self._uow.begin() as tx:
            stored = await tx.people.enter(identity, now)
            session = AuthSession(
                id=self._new_id(),
                identity_id=stored.id,
                device=_shown(device),
                created_at=now,
                used_at=now,
                idle_until=now + IDLE_LIFE,
                expires_at=now + LIFE,
            )
            await tx.auth_sessions.add(session, hashlib.sha256(secret).digest())
            user = await tx.auth_sessions.user(session.id, now)
        assert user is not None
        log.info("signed in", extra={"channel": stored.channel.value, "session": str(session.id)})
        return self._issued(user, secret, start)

    # --- staying in

    async def authenticate(self, access_token: str) -> SessionUser:
        """Whose access token it is. One query, none for a token that isn't ours. Raises Unauthorized."""
        session_id = self._read_access(access_token)
        async with self._uow.read() as tx:
            user = await tx.auth_sessions.user(session_id, self._clock.now())
        if user is None:
            raise Unauthorized
        return user

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Both tokens anew; this refresh token has served. Of two that come at once, one gets them.

        Raises Unauthorized; and ends the session when the token had served before.
        """
        session_id, secret = self._read_refresh(refresh_token)
        now, fresh = self._clock.now(), secrets.token_bytes(_SECRET_BYTES)
        old = hashlib.sha256(secret).digest()
        user = None
        async with self._uow.begin() as tx:
            sessions = tx.auth_sessions
            if await sessions.swap(session_id, old, hashlib.sha256(fresh).digest(), now + IDLE_LIFE, now):
                user = await sessions.user(session_id, now)
            elif await sessions.end_reused(session_id, old, now):
                log.warning("a refresh token came twice: session ended", extra={"session": str(session_id)})
        if user is None:
            raise Unauthorized
        return self._issued(user, fresh, None)

    async def sign_out(self, user: SessionUser) -> None:
        """End this session. Again is no fault."""
        async with self._uow.begin() as tx:
            await tx.auth_sessions.end(user.session_id, user.identity.id, self._clock.now())
        log.info("signed out", extra={"session": str(user.session_id)})

    async def sessions(self, user: SessionUser) -> Sequence[AuthSession]:
        """Where they are signed in, last used first."""
        async with self._uow.read() as tx:
            return await tx.auth_sessions.of_identity(user.identity.id, self._clock.now())

    async def end(self, user: SessionUser, session_id: UUID) -> None:
        """End another session of theirs, or this one. Raises NotFound."""
        async with self._uow.begin() as tx:
            ended = await tx.auth_sessions.end(session_id, user.identity.id, self._clock.now())
        if not ended:
            raise NotFound(what="session")

    async def vk_phone(self, user: SessionUser, phone: str, sign: str) -> str:
        """Keep the phone that VK vouches for, digits as VK gave them; E.164 comes back.

        Raises Unauthorized for another's signature, InvalidInput (``phone``) for what is no phone.
        """
        identity, key = user.identity, self._keys.vk
        if key is None or identity.channel is not Channel.VK:
            raise _refusal(identity.channel, BadLaunch("no signed phones from there"))
        if not is_vk_phone(phone, sign, int(identity.external_id), key):
            raise _refusal(Channel.VK, BadLaunch("another signature under a phone"))
        parsed = self._phones.parse("+" + phone.removeprefix("+"), "RU")
        async with self._uow.begin() as tx:
            await tx.people.set_phone(identity.id, parsed, self._clock.now())
        return parsed

    # --- tokens

    def _issued(self, user: SessionUser, secret: bytes, start: str | None) -> SignedIn:
        until = self._clock.now() + ACCESS_LIFE
        access = user.session_id.bytes + int(until.timestamp()).to_bytes(_TIME_BYTES, "big")
        refresh = user.session_id.bytes + secret
        return SignedIn(
            access_token=ACCESS_PREFIX + _text(access + _tag(self._access_key, access)),
            refresh_token=REFRESH_PREFIX + _text(refresh + _tag(self._refresh_key, refresh)),
            user=user,
            start=start,
        )

    def _read_access(self, token: str) -> UUID:
        body = _checked(token, ACCESS_PREFIX, self._access_key, _ID_BYTES + _TIME_BYTES)
        if int.from_bytes(body[_ID_BYTES:], "big") <= self._clock.now().timestamp():
            raise Unauthorized
        return UUID(bytes=body[:_ID_BYTES])

    def _read_refresh(self, token: str) -> tuple[UUID, bytes]:
        """That it bears our mark tells a token that was ours once from one that somebody made up to have
        another's session ended.
        """
        body = _checked(token, REFRESH_PREFIX, self._refresh_key, _ID_BYTES + _SECRET_BYTES)
        return UUID(bytes=body[:_ID_BYTES]), body[_ID_BYTES:]


def member_actor(user: SessionUser, business_id: UUID) -> Actor | None:
    """As whom they work in this business; None for who doesn't."""
    found: Member | None = next((each for each in user.members if each.business_id == business_id), None)
    return None if found is None else actor_of(found)


def _refusal(channel: Channel, error: BadLaunch) -> Unauthorized:
    log.warning("sign-in refused", extra={"channel": channel.value, "why": str(error)})
    return Unauthorized()


def _checked(token: str, prefix: str, key: bytes, length: int) -> bytes:
    """The body of a token that we made. Raises Unauthorized."""
    if not token.startswith(prefix) or len(token) > _MAX_TOKEN:
        raise Unauthorized
    text = token.removeprefix(prefix)
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Unauthorized from None
    body, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
    # One token has one spelling: base64 has bits to spare at its end.
    if len(body) != length or _text(raw) != text or not hmac.compare_digest(tag, _tag(key, body)):
        raise Unauthorized
    return body


def _tag(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _shown(device: str) -> str:
    return "".join(each for each in device if each.isprintable())[:_MAX_DEVICE]
