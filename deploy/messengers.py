"""The bots: one runtime with one set of dialogs, and an adapter for each messenger account.

Loading this module takes seconds (the bots' libraries), so it is loaded after the web application answers.
"""

from __future__ import annotations

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
from bots.telegram.webhook import Receive, receiver
from core.domain.catalog import Business
from core.domain.client import Account, Channel
from core.ports.channels import Delivery, Sender
from deploy.clock import new_id
from deploy.compose import Core
from deploy.parts import TelegramSetup, register_accounts
from storage.redis.sessions import RedisSessions
from webapp.wiring import MessengerLink

_log = logging.getLogger(__name__)


class Messengers:
    """All bots of this process.

    ``receive``: what webhooks of Telegram are handed to; ``senders``: the outbox's ways out.
    """

    def __init__(self, core: Core, *, key: bytes, public_url: str, telegram: TelegramSetup) -> None:
        self._core = core
        self._telegram = telegram
        self._sessions = RedisSessions(core.redis)
        self._bound: dict[str, UUID | None] = {}
        signer = Signer(key)
        app = App(
            catalogues=core.catalogues,
            availability=core.availability,
            bookings=core.bookings,
            holding=core.holding,
            clients=core.clients,
            team=core.team,
            phones=core.phones,
            public_url=public_url,
        )
        dialogs = build_dialogs()
        runtime = Runtime(
            app=app,
            dialogs=dialogs,
            sessions=self._sessions,
            signer=signer,
            clock=core.clock,
            new_id=new_id,
        )
        self._session = BotSession(telegram.api_url)
        self._bots = [
            TelegramService(
                make_bot(token, self._session),
                dialogs=runtime,
                reach=core.clients,
                uow=core.uow,
                clock=core.clock,
                public_url=public_url,
                commands=dialogs.commands,
                webhook=self._webhook(int(token.partition(":")[0])),
                pace=Pace(),
            )
            for token in telegram.tokens
        ]
        self.receive: Receive = receiver({bot.bot.id: bot for bot in self._bots})
        self.senders: dict[Channel, Sender] = {
            Channel.TELEGRAM: TelegramSender(
                {bot.account: bot.outgoing for bot in self._bots},
                notice=self._notice,
                signer=signer,
                public_url=public_url,
            )
        }

    @property
    def session_failures(self) -> int:
        """How often a dialog went on without Redis."""
        return self._sessions.failures

    async def _notice(self, delivery: Delivery) -> Screen | None:
        return notice(delivery, self._core.clock.now())

    def links(self, business: Business) -> Sequence[MessengerLink]:
        """Where a client of ``business`` starts the dialog: in its own bot, else in a shared one."""
        names = [(self._bound.get(bot.account), bot.username) for bot in self._bots if bot.username]
        own = [username for of, username in names if of == business.id]
        shared = [username for of, username in names if of is None]
        return [
            MessengerLink(Channel.TELEGRAM, f"https://t.me/{username}?start=b_{business.slug}")
            for username in (own or shared)[:1]
        ]

    def _webhook(self, bot_id: int) -> Webhook | None:
        base = self._telegram.webhook_base
        if base is None:
            return None
        return Webhook(f"{base}/hooks/telegram/{bot_id}", self._telegram.webhook_secret)

    async def start(self, *, listen: bool) -> None:
        """Make the accounts known and, if asked to ``listen``, begin to take updates."""
        bound = self._telegram.bound or {}
        await register_accounts(
            self._core, [Account(Channel.TELEGRAM, bot.account, bound.get(bot.bot.id)) for bot in self._bots]
        )
        async with self._core.uow.read() as tx:
            accounts = await tx.people.accounts()
        self._bound = {each.key: each.business_id for each in accounts if each.channel is Channel.TELEGRAM}
        for bot in self._bots if listen else ():
            await bot.start()

    async def stop(self) -> None:
        """Finish what is under way, close the connections."""
        for bot in self._bots:
            await bot.stop()
        await self._session.close()
