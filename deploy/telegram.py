"""The Telegram bots of this process. Loaded where there are any: aiogram takes its time."""

from __future__ import annotations

from collections.abc import Sequence

from bots.common.pace import Pace
from bots.dialogs.delivery import Notice
from bots.dialogs.payload import Signer
from bots.dialogs.runtime import Runtime
from bots.telegram.bot import BotSession, make_bot
from bots.telegram.sender import TelegramSender
from bots.telegram.service import TelegramService, Webhook
from bots.telegram.webhook import receiver
from core.ports.channels import Sender
from deploy.accounts import TelegramSetup
from deploy.compose import Core


class TelegramBots:
    """``bots`` on one HTTP session, ``receive`` for their webhooks."""

    def __init__(
        self, core: Core, setup: TelegramSetup, runtime: Runtime, *, commands: Sequence[str], public_url: str
    ) -> None:
        self._core = core
        self._setup = setup
        self._runtime = runtime
        self._commands = commands
        self._public_url = public_url
        self._session = BotSession(setup.api_url)
        self.bots = [self._bot(token) for token in setup.tokens]
        self.receive = receiver({bot.bot.id: bot for bot in self.bots})

    def sender(self, *, notice: Notice, signer: Signer) -> Sender:
        """The outbox's way out through them; ``notice`` words a message."""
        outgoing = {bot.account: bot.outgoing for bot in self.bots}
        return TelegramSender(outgoing, notice=notice, signer=signer, public_url=self._public_url)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    def _bot(self, token: str) -> TelegramService:
        setup, bot_id = self._setup, token.partition(":")[0]
        webhook = None
        if setup.webhook_base is not None:
            webhook = Webhook(f"{setup.webhook_base}/hooks/telegram/{bot_id}", setup.webhook_secret)
        return TelegramService(
            make_bot(token, self._session),
            dialogs=self._runtime,
            reach=self._core.clients,
            uow=self._core.uow,
            clock=self._core.clock,
            public_url=self._public_url,
            commands=self._commands,
            webhook=webhook,
            pace=Pace(),
        )
