"""The bots: one runtime with one set of dialogs, and an adapter for each messenger account.

The messengers' libraries take seconds to load, so only those of messengers that are configured are loaded,
and this module after the web application answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from bots.common.company import Sharing
from bots.common.pace import Pace
from bots.dialogs.assembly import build_dialogs
from bots.dialogs.context import App
from bots.dialogs.notices import notice
from bots.dialogs.payload import Signer
from bots.dialogs.runtime import Runtime
from bots.dialogs.screen import Screen
from core.domain.catalog import Business
from core.domain.client import Channel
from core.ports.channels import Delivery, Sender
from deploy.accounts import Accounts, TelegramSetup, VkSetup
from deploy.clock import new_id
from deploy.compose import Core
from deploy.parts import register_accounts
from storage.redis.company import RedisCompany
from storage.redis.sessions import RedisSessions
from webapp.wiring import MessengerLink, TelegramReceive, VkReceive

if TYPE_CHECKING:
    from bots.telegram.service import TelegramService
    from bots.vk.service import VkService

_NOT_FOUND: Final = 404


class Messengers:
    """All bots and communities of this process.

    ``receive_telegram``, ``receive_vk``: what webhooks are handed to. ``senders``: the outbox's ways out.
    """

    def __init__(self, core: Core, accounts: Accounts, *, key: bytes, public_url: str) -> None:
        self._core = core
        self._accounts = accounts
        self._public_url = public_url
        self._sessions = RedisSessions(core.redis)
        self._bound: dict[tuple[Channel, str], UUID | None] = {}
        signer = Signer(key)
        self._dialogs = build_dialogs()
        self._runtime = Runtime(
            app=App(
                catalogues=core.catalogues,
                availability=core.availability,
                bookings=core.bookings,
                holding=core.holding,
                clients=core.clients,
                team=core.team,
                phones=core.phones,
                linking=core.linking,
                closing=core.closing,
                links=self.links,
                public_url=public_url,
            ),
            dialogs=self._dialogs,
            sessions=self._sessions,
            signer=signer,
            clock=core.clock,
            new_id=new_id,
        )
        self._bots: Sequence[TelegramService] = []
        self._communities: Sequence[VkService] = []
        self._close: list[Callable[[], Awaitable[None]]] = []
        self.receive_telegram: TelegramReceive = _no_bot
        self.receive_vk: VkReceive = _no_community
        self.senders: dict[Channel, Sender] = {}
        if accounts.telegram.tokens:
            self._with_telegram(accounts.telegram, signer)
        if accounts.vk.groups:
            self._with_vk(accounts.vk, signer)
        paces: dict[str, Pace] = {f"telegram:{bot.account}": bot.outgoing.pace for bot in self._bots}
        paces |= {f"vk:{each.account}": each.outgoing.pace for each in self._communities}
        self._sharing = Sharing(RedisCompany(core.redis), paces)

    def _with_telegram(self, setup: TelegramSetup, signer: Signer) -> None:
        from deploy.telegram import TelegramBots

        commands = tuple(self._dialogs.commands)
        made = TelegramBots(self._core, setup, self._runtime, commands=commands, public_url=self._public_url)
        self._bots, self.receive_telegram = made.bots, made.receive
        self._close.append(made.close)
        self.senders[Channel.TELEGRAM] = made.sender(notice=self._notice, signer=signer)

    def _with_vk(self, setup: VkSetup, signer: Signer) -> None:
        from deploy.vk import VkCommunities

        made = VkCommunities(self._core, setup, self._runtime)
        self._communities, self.receive_vk = made.communities, made.receive
        self._close.append(made.close)
        self.senders[Channel.VK] = made.sender(notice=self._notice, signer=signer)

    @property
    def session_failures(self) -> int:
        """How often a dialog went on without Redis."""
        return self._sessions.failures

    async def start(self, *, telegram: bool, vk: bool) -> None:
        """Make the accounts known and begin to take updates of the messengers asked for."""
        await self._sharing.start()
        await register_accounts(self._core, self._accounts.listed())
        async with self._core.uow.read() as tx:
            accounts = await tx.people.accounts()
        self._bound = {(each.channel, each.key): each.business_id for each in accounts}
        for bot in self._bots if telegram else ():
            await bot.start()
        for community in self._communities if vk else ():
            await community.start()

    async def stop(self) -> None:
        """Finish what is under way, close the connections."""
        stops = [*(bot.stop() for bot in self._bots), *(each.stop() for each in self._communities)]
        await asyncio.gather(*stops)
        await self._sharing.stop()
        await asyncio.gather(*(close() for close in self._close))

    def links(self, business: Business, start: str = "") -> Sequence[MessengerLink]:
        """Where a client of ``business`` starts the dialog: in its own bot, else in a shared one."""
        start = start or f"b_{business.slug}"
        known = [
            (Channel.TELEGRAM, bot.account, f"https://t.me/{bot.username}?start={start}")
            for bot in self._bots
            if bot.username
        ]
        known += [
            (Channel.VK, each.account, f"https://vk.me/club{each.group_id}?ref={start}")
            for each in self._communities
        ]
        found: list[MessengerLink] = []
        for wanted in Channel:
            of = [(self._bound.get((channel, key)), url) for channel, key, url in known if channel is wanted]
            own = [url for bound, url in of if bound == business.id]
            shared = [url for bound, url in of if bound is None]
            found += [MessengerLink(wanted, url) for url in (own or shared)[:1]]
        return found

    async def _notice(self, delivery: Delivery) -> Screen | None:
        return notice(delivery, self._core.clock.now())


async def _no_bot(_bot_id: int, _secret: str | None, _body: bytes) -> int:
    return _NOT_FOUND


async def _no_community(_group_id: int, _body: bytes) -> tuple[int, str]:
    return _NOT_FOUND, ""
