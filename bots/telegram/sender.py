"""Delivers the outbox's messages by Telegram; see :class:`core.ports.channels.Sender`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Final

from aiogram.exceptions import TelegramBadRequest

from bots.common.pace import Manner
from bots.dialogs.delivery import Notice, deliver
from bots.dialogs.payload import Signer
from bots.telegram.outgoing import Outgoing
from bots.telegram.presenter import TelegramPresenter
from core.ports.channels import Delivery, Rejected, SendResult, Unreachable

_log = logging.getLogger(__name__)

#: The outbox asks again by itself, so a request to wait is handed on at once.
_PATIENCE: Final = 0.0


class TelegramSender:
    """One for all Telegram bots of a process: ``bots`` by account key. ``notice`` words a message."""

    def __init__(
        self, bots: Mapping[str, Outgoing], *, notice: Notice, signer: Signer, public_url: str = ""
    ) -> None:
        self._bots = bots
        self._notice = notice
        self._signer = signer
        self._public_url = public_url

    @property
    def accounts(self) -> Collection[str]:
        """Our bots."""
        return self._bots.keys()

    async def send(self, delivery: Delivery) -> SendResult:
        """Deliver once: an edit where there is a message to edit, else a new message."""
        outgoing = self._bots.get(delivery.identity.account_key)
        if outgoing is None:
            return Unreachable("no such bot here")
        presenter = TelegramPresenter(
            outgoing,
            public_url=self._public_url,
            manner=Manner(urgency=int(delivery.message.priority), patience=_PATIENCE),
        )
        try:
            return await deliver(delivery, presenter, notice=self._notice, signer=self._signer)
        except TelegramBadRequest as error:
            _log.error("message refused: %s", error.message, extra={"kind": delivery.message.kind})
            return Rejected(error.message)
