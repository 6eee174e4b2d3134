"""A press of a callback button, waiting for its answer."""

from __future__ import annotations

import logging

from aiogram.exceptions import TelegramBadRequest

from bots.common.pace import Manner
from bots.dialogs.present import NotShown, Unreachable
from bots.telegram.calls import AnswerCallbackQuery
from bots.telegram.caps import TOAST, cut_utf16
from bots.telegram.outgoing import Outgoing

_log = logging.getLogger(__name__)


class TelegramPress:
    """See :class:`bots.dialogs.present.Press`."""

    def __init__(self, outgoing: Outgoing, query_id: str, chat: str) -> None:
        self._outgoing = outgoing
        self._query_id = query_id
        self._chat = chat
        self._answered = False

    async def answer(self, text: str | None = None, *, alert: bool = False) -> None:
        """Answer; only the first call counts. Never fails.

        «query is too old» comes for a press that waited long, while we were down say: nobody looks at its
        spinner any more.
        """
        if self._answered:
            return
        self._answered = True
        call = AnswerCallbackQuery.lean(
            callback_query_id=self._query_id,
            text=cut_utf16(text, TOAST) if text else None,
            show_alert=True if text and alert else None,
        )
        try:
            await self._outgoing.call(
                call, chat=self._chat, manner=Manner(patience=2.0), cost=0, repeatable=True
            )
        except (TelegramBadRequest, Unreachable, NotShown) as error:
            _log.debug("press not answered: %s", error)
