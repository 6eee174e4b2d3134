"""One bot at work: takes updates in, has the dialogs answer them, stops in peace."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.methods import GetMe, SetWebhook

from bots.common.inbox import Arrival, Inbox
from bots.common.pace import Manner, Pace
from bots.common.tasks import end
from bots.dialogs.present import NotShown, Unreachable
from bots.dialogs.roles import Dialogs, Reach
from bots.telegram.calls import SendMessage
from bots.telegram.inbound import (
    ALLOWED_UPDATES,
    Astray,
    Elsewhere,
    Inbound,
    Reached,
    lane_of,
    read,
)
from bots.telegram.outgoing import Outgoing, told
from bots.telegram.polling import Poller
from bots.telegram.presenter import TelegramPresenter
from bots.telegram.press import TelegramPress
from bots.telegram.setup import set_up
from core.domain.client import Channel
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork
from locales import texts

_log = logging.getLogger(__name__)

_ALBUMS_KEPT: Final = 256
_MAX_CONNECTIONS: Final = 40
_WEBHOOK_PAUSES: Final = (1.0, 2.0, 5.0, 15.0, 60.0)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram is to post updates, and the secret that it sends along."""

    url: str
    secret: str


class TelegramService:
    """``webhook`` None: long polling. ``commands``: those that the dialogs serve, for the menu.

    ``drain`` (seconds): how long :meth:`stop` waits for answers that are under way.
    """

    def __init__(
        self,
        bot: Bot,
        *,
        dialogs: Dialogs,
        reach: Reach,
        uow: UnitOfWork,
        clock: Clock,
        public_url: str = "",
        commands: Collection[str] = (),
        webhook: Webhook | None = None,
        pace: Pace | None = None,
        drain: float = 10.0,
    ) -> None:
        self.bot = bot
        self.account = str(bot.id)
        self.outgoing = Outgoing(bot, pace or Pace())
        self.presenter = TelegramPresenter(self.outgoing, public_url=public_url)
        self._dialogs = dialogs
        self._reach = reach
        self._public_url = public_url
        self._commands = tuple(commands)
        self._webhook = webhook
        self._drain = drain
        self._username = ""
        self._albums: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._inbox = Inbox(
            f"telegram:{bot.id}", uow=uow, clock=clock, work=self.serve, shared=webhook is not None
        )
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def username(self) -> str:
        """The public name, empty until Telegram has told it."""
        return self._username

    @property
    def webhook_secret(self) -> str | None:
        """What Telegram sends along with each update; None when updates are polled for."""
        return self._webhook.secret if self._webhook else None

    async def start(self) -> None:
        """Begin. Returns at once: Telegram may be out of reach, which is waited out in the background."""
        self._tasks = [
            asyncio.create_task(self._receive(), name=f"telegram {self.account}: updates"),
            asyncio.create_task(self._introduce(), name=f"telegram {self.account}: profile"),
        ]

    async def stop(self) -> None:
        """Take nothing more, finish what is under way; what is left is worked on at the next start."""
        await end(self._tasks)
        self._tasks = []
        await self._inbox.close(self._drain)

    async def take(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Store updates; each will be served once, in its person's order. Raises NotReady and what the
        database raises.
        """
        await self._inbox.take(
            [Arrival(str(update["update_id"]), lane_of(update), update) for update in updates]
        )

    async def idle(self) -> None:
        """Wait until everything taken in so far has been served."""
        await self._inbox.idle()

    async def serve(self, update: Mapping[str, Any]) -> None:
        """Have the effect of one update. Raises what keeps it from having it now."""
        match read(update, self.account, self._username):
            case Inbound(incoming, sender, query_id, album):
                if album is not None and (sender.user, album) in self._albums:
                    return
                press = TelegramPress(self.outgoing, query_id, sender.peer) if query_id else None
                await self._dialogs.handle(incoming, sender, self.presenter, press)
                self._note_album(sender.user, album)
            case Reached(user, reachable):
                await self._reach.set_reachable(Channel.TELEGRAM, self.account, user, reachable=reachable)
            case Elsewhere(chat, language):
                await self._say_where(chat, language)
            case Astray(query_id, chat):
                await TelegramPress(self.outgoing, query_id, chat).answer()
            case None:
                _log.debug("update without a meaning", extra={"keys": sorted(update)})

    def _note_album(self, user: str, album: str | None) -> None:
        """Ten photos in one go want one answer: the first one's."""
        if album is not None:
            self._albums[user, album] = None
            while len(self._albums) > _ALBUMS_KEPT:
                self._albums.popitem(last=False)

    async def _say_where(self, chat: str, language: str | None) -> None:
        if not self._username:
            return
        words = texts(language or "").t("telegram.group", username=self._username)
        try:
            await self.outgoing.call(
                SendMessage(chat_id=int(chat), text=words), chat=chat, manner=Manner(patience=0)
            )
        except (Unreachable, NotShown, TelegramBadRequest) as error:
            _log.debug("group not answered: %s", error)

    async def _receive(self) -> None:
        try:
            await self._inbox.recover()
            if self._webhook is None:
                await Poller(self.bot, self.take).run()
            else:
                await self._set_webhook(self._webhook)
        except Exception:  # noqa: BLE001 - one bot's trouble must not take the others along
            _log.critical("bot takes no updates", exc_info=True, extra={"bot": self.bot.id})

    async def _set_webhook(self, webhook: Webhook) -> None:
        """Until it is set. It stays set when we stop: Telegram keeps what comes meanwhile."""
        method = SetWebhook(
            url=webhook.url,
            secret_token=webhook.secret,
            allowed_updates=list(ALLOWED_UPDATES),
            max_connections=_MAX_CONNECTIONS,
            drop_pending_updates=False,
        )
        tries = 0
        while True:
            try:
                await self.bot(method)
            except AiogramError as error:
                pause = _WEBHOOK_PAUSES[min(tries, len(_WEBHOOK_PAUSES) - 1)]
                _log.warning("webhook not set: %s", told(error), extra={"bot": self.bot.id, "seconds": pause})
                tries += 1
                await asyncio.sleep(pause)
            else:
                return

    async def _introduce(self) -> None:
        try:
            self._username = (await self.bot(GetMe())).username or ""
        except AiogramError as error:
            _log.warning("bot not known yet: %s", told(error), extra={"bot": self.bot.id})
        await set_up(self.bot, commands=self._commands, public_url=self._public_url)
