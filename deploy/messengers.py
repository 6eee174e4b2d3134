"""The bots: one runtime with one set of dialogs, and an adapter for each messenger account.

Loading this module takes seconds (the bots' libraries), so it is loaded after the web application answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from bots.common.pace import Pace
from bots.dialogs.assembly import build_dialogs
from bots.dialogs.context import App
from bots.dialogs.notices import notice
from bots.dialogs.payload import Signer
from bots.dialogs.runtime import Runtime
from bots.dialogs.screen import Screen
from bots.telegram.bot import BotSession, make_bot
from bots.telegram.sender import TelegramSender
from bots.telegram.service import TelegramService, Webhook
from bots.telegram.webhook import receiver as telegram_receiver
from bots.vk.api import VkSession, make_community
from bots.vk.callback import receiver as vk_receiver
from bots.vk.sender import VkSender
from bots.vk.service import VkService
from bots.vk.setup import Callback
from core.domain.catalog import Business
from core.domain.client import Channel
from core.ports.channels import Delivery, Sender
from deploy.accounts import Accounts, VkGroupSetup
from deploy.clock import new_id
from deploy.compose import Core
from deploy.parts import register_accounts
from storage.redis.cursors import RedisCursors
from storage.redis.sessions import RedisSessions
from webapp.wiring import MessengerLink

_log = logging.getLogger(__name__)


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
                public_url=public_url,
            ),
            dialogs=self._dialogs,
            sessions=self._sessions,
            signer=signer,
            clock=core.clock,
            new_id=new_id,
        )
        self._telegram_session = BotSession(accounts.telegram.api_url)
        self._vk_session = VkSession(accounts.vk.api_url)
        self._bots = [self._bot(token) for token in accounts.telegram.tokens]
        self._communities = [self._community(group) for group in accounts.vk.groups]
        self.receive_telegram = telegram_receiver({bot.bot.id: bot for bot in self._bots})
        self.receive_vk = vk_receiver({each.group_id: each for each in self._communities})
        self.senders: dict[Channel, Sender] = {}
        if self._bots:
            self.senders[Channel.TELEGRAM] = TelegramSender(
                {bot.account: bot.outgoing for bot in self._bots},
                notice=self._notice,
                signer=signer,
                public_url=public_url,
            )
        if self._communities:
            self.senders[Channel.VK] = VkSender(
                {each.account: each for each in self._communities}, notice=self._notice, signer=signer
            )

    @property
    def session_failures(self) -> int:
        """How often a dialog went on without Redis."""
        return self._sessions.failures

    async def start(self, *, telegram: bool, vk: bool) -> None:
        """Make the accounts known and begin to take updates of the messengers asked for."""
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
        await self._telegram_session.close()
        await self._vk_session.close()

    def links(self, business: Business) -> Sequence[MessengerLink]:
        """Where a client of ``business`` starts the dialog: in its own bot, else in a shared one."""
        start = f"b_{business.slug}"
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

    def _bot(self, token: str) -> TelegramService:
        setup, bot_id = self._accounts.telegram, token.partition(":")[0]
        webhook = None
        if setup.webhook_base is not None:
            webhook = Webhook(f"{setup.webhook_base}/hooks/telegram/{bot_id}", setup.webhook_secret)
        return TelegramService(
            make_bot(token, self._telegram_session),
            dialogs=self._runtime,
            reach=self._core.clients,
            uow=self._core.uow,
            clock=self._core.clock,
            public_url=self._public_url,
            commands=self._dialogs.commands,
            webhook=webhook,
            pace=Pace(),
        )

    def _community(self, group: VkGroupSetup) -> VkService:
        setup, callback = self._accounts.vk, None
        if setup.callback_base is not None:
            url = f"{setup.callback_base}/hooks/vk/{group.id}"
            callback = Callback(url, group.secret, group.confirmation)
        return VkService(
            make_community(group.id, group.token, self._vk_session),
            dialogs=self._runtime,
            reach=self._core.clients,
            uow=self._core.uow,
            clock=self._core.clock,
            app_id=setup.app_id,
            callback=callback,
            cursors=RedisCursors(self._core.redis),
        )
