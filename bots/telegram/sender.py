"""Delivers the outbox's messages by Telegram; see :class:`core.ports.channels.Sender`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiogram.exceptions import TelegramBadRequest

from bots.dialogs.layout import Laid, layout
from bots.dialogs.payload import Signer
from bots.dialogs.present import Edited, NotShown
from bots.dialogs.present import Unreachable as CannotReach
from bots.dialogs.screen import Screen
from bots.telegram.caps import CAPS
from bots.telegram.outgoing import Busy, Manner, Outgoing
from bots.telegram.presenter import TelegramPresenter
from core.domain.client import Channel
from core.ports.channels import (
    Delivery,
    Failed,
    Gone,
    Rejected,
    RetryAfter,
    SendResult,
    Sent,
    Unreachable,
)
from core.ports.repositories import SentCopy
from locales import texts

_log = logging.getLogger(__name__)

#: The outbox asks again by itself, so a request to wait is handed on at once.
_PATIENCE: Final = 0.0

#: Words of a message, None when there are none for it.
Notice = Callable[[Delivery], Awaitable[Screen | None]]


class TelegramSender:
    """One for all Telegram bots of a process: ``bots`` by account key. ``notice`` words a message."""

    def __init__(
        self, bots: Mapping[str, Outgoing], *, notice: Notice, signer: Signer, public_url: str = ""
    ) -> None:
        self._bots = bots
        self._notice = notice
        self._signer = signer
        self._public_url = public_url

    async def send(self, delivery: Delivery) -> SendResult:
        """Deliver once: an edit where there is a message to edit, else a new message."""
        target, identity = delivery.edit_target, delivery.identity
        outgoing = self._bots.get(identity.account_key)
        if outgoing is None:
            return Unreachable("no such bot here")
        screen = await self._notice(delivery)
        if screen is None:
            return Rejected(f"no words for {delivery.message.kind}")
        laid = layout(screen, texts(delivery.locale), CAPS, rev=0, signer=self._signer)
        presenter = TelegramPresenter(
            outgoing,
            public_url=self._public_url,
            manner=Manner(urgency=int(delivery.message.priority), patience=_PATIENCE),
        )
        try:
            if (
                target is not None
                and target.account_key == identity.account_key
                and await presenter.edit(target.peer_id, target.external_id, laid) is Edited.DONE
            ):
                return Sent(target)
            if delivery.edit_only:
                return Gone()
            return await self._anew(presenter, delivery, laid)
        except CannotReach as error:
            return Unreachable(str(error))
        except Busy as error:
            return RetryAfter(error.seconds)
        except NotShown as error:
            return Failed(str(error))
        except TelegramBadRequest as error:
            _log.error("message refused: %s", error.message, extra={"kind": delivery.message.kind})
            return Rejected(error.message)

    async def _anew(self, presenter: TelegramPresenter, delivery: Delivery, laid: Laid) -> Sent:
        identity = delivery.identity
        # A private chat's id is the person's.
        peer = identity.external_id
        message_id = await presenter.send(peer, laid)
        return Sent(SentCopy(Channel.TELEGRAM, identity.account_key, peer, message_id))
