"""Delivers the outbox's messages by VK; see :class:`core.ports.channels.Sender`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Final

from vkbottle import VKAPIError

from bots.common.pace import Manner
from bots.dialogs.delivery import Notice, deliver
from bots.dialogs.payload import Signer
from bots.vk.numbers import of_row
from bots.vk.outgoing import told
from bots.vk.service import VkService
from core.ports.channels import Delivery, Rejected, SendResult, Unreachable

_log = logging.getLogger(__name__)

#: The outbox asks again by itself, so a request to wait is handed on at once.
_PATIENCE: Final = 0.0


class VkSender:
    """One for all communities of a process: ``communities`` by account key. ``notice`` words a message."""

    def __init__(self, communities: Mapping[str, VkService], *, notice: Notice, signer: Signer) -> None:
        self._communities = communities
        self._notice = notice
        self._signer = signer

    @property
    def accounts(self) -> Collection[str]:
        """Our communities."""
        return self._communities.keys()

    async def send(self, delivery: Delivery) -> SendResult:
        """Deliver once: an edit where there is a message to edit, else a new message, whose ``random_id`` is
        the row's.
        """
        community = self._communities.get(delivery.identity.account_key)
        if community is None:
            return Unreachable("no such community here")
        presenter = community.presenter(
            delivery.identity.external_id,
            of_row(delivery.message.id),
            Manner(urgency=int(delivery.message.priority), patience=_PATIENCE),
        )
        try:
            return await deliver(delivery, presenter, notice=self._notice, signer=self._signer)
        except VKAPIError as error:
            _log.error("message refused: %s", told(error), extra={"kind": delivery.message.kind})
            return Rejected(told(error))
