"""A press of a callback button, waiting for its answer."""

from __future__ import annotations

import logging

from vkbottle import VKAPIError

from bots.common.pace import Manner
from bots.dialogs.layout import shorten
from bots.dialogs.present import NotShown, Unreachable
from bots.vk.caps import SNACKBAR
from bots.vk.outgoing import Outgoing, told

_log = logging.getLogger(__name__)


class VkPress:
    """See :class:`bots.dialogs.present.Press`."""

    def __init__(self, outgoing: Outgoing, event_id: str, user: str, peer: str) -> None:
        self._outgoing = outgoing
        self._event_id = event_id
        self._user = user
        self._peer = peer
        self._answered = False

    async def answer(self, text: str | None = None, *, alert: bool = False) -> None:
        """Answer; only the first call counts. Never fails.

        VK has one way to say something, a bar at the lower edge, so an alert is the same. Error 950 comes for
        a press that waited more than a minute: nobody looks at its spinner any more.
        """
        if self._answered:
            return
        self._answered = True
        params = {
            "event_id": self._event_id,
            "user_id": self._user,
            "peer_id": self._peer,
            "event_data": {"type": "show_snackbar", "text": shorten(text, SNACKBAR)} if text else None,
        }
        try:
            await self._outgoing.call(
                "messages.sendMessageEventAnswer", params, chat=self._peer, manner=Manner(patience=2.0)
            )
        except (VKAPIError, Unreachable, NotShown) as error:
            _log.debug("press not answered: %s", told(error))
