"""Shows laid screens in Telegram; see :class:`bots.dialogs.present.Presenter`.

A screen is one text message with its keyboard, so that it can be edited into the next one. What a text can't
carry (a file, a place on the map) goes before it as a message of its own; a file with words that fit into its
caption and no buttons is one message.
"""

from __future__ import annotations

import logging
from typing import Final

from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendDocument, SendVenue
from aiogram.types import BufferedInputFile, MessageId

from bots.common.pace import Manner
from bots.dialogs.caps import Caps
from bots.dialogs.layout import Laid
from bots.dialogs.present import Edited, NotShown, Unreachable
from bots.dialogs.screen import File, Place
from bots.telegram.calls import (
    DeleteMessages,
    EditMessageReplyMarkup,
    EditMessageText,
    SendMessage,
)
from bots.telegram.caps import CAPS, CAPTION, utf16
from bots.telegram.outgoing import Outgoing
from bots.telegram.render import PARSE_MODE, REMOVE_KEYBOARD, Rendered, html, render

_log = logging.getLogger(__name__)

#: What an edit costs of the chat's rate, in messages.
EDIT_COST: Final = 0.25

_SAME: Final = "message is not modified"
#: What a 400 to an edit says when the message can't become the new screen.
_GONE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the message to edit",
    "message identifier is not specified",
)
#: What the short-lived message says that puts a reply keyboard away.
_AWAY_TEXT: Final = "…"


class TelegramPresenter:
    """``public_url``: where Mini App buttons lead. ``manner``: how urgent and how patient it is."""

    def __init__(self, outgoing: Outgoing, *, public_url: str = "", manner: Manner | None = None) -> None:
        self._outgoing = outgoing
        self._public_url = public_url.rstrip("/")
        self._manner = manner or Manner()

    @property
    def caps(self) -> Caps:
        """Telegram's limits."""
        return CAPS

    async def send(self, peer: str, laid: Laid) -> str:
        """Send as a new message; its id. Raises Unreachable, NotShown, and ``TelegramBadRequest`` for a
        screen that Telegram does not take.
        """
        if laid.file is not None and not laid.rows and 0 < utf16(laid.plain.strip()) <= CAPTION:
            return await self._document(peer, laid.file, caption=html(laid.spans))
        last = ""
        if laid.file is not None:
            last = await self._document(peer, laid.file)
        if laid.place is not None:
            last = await self._venue(peer, laid.place)
        if last and not laid.plain.strip():
            return last
        return await self._text(peer, laid)

    async def edit(self, peer: str, message_id: str, laid: Laid) -> Edited:
        """Change a message. Raises as :meth:`send` does."""
        if laid.reply or laid.file is not None or laid.place is not None:
            return Edited.GONE
        try:
            try:
                await self._edit_text(peer, message_id, render(laid, self._public_url))
            except TelegramBadRequest as error:
                if not _is_about_addresses(error):
                    raise
                _refused(error, laid)
                await self._edit_text(peer, message_id, render(laid, self._public_url, plain=True))
        except TelegramBadRequest as error:
            said = error.message.lower()
            if _SAME in said:
                return Edited.DONE
            if any(words in said for words in _GONE):
                return Edited.GONE
            raise
        return Edited.DONE

    async def retire(self, peer: str, message_id: str, *, reply: bool) -> None:
        """Delete an outlived screen; one that is too old for that loses its buttons. Never fails.

        A reply keyboard is put away by a message alone, and that message can't carry the buttons of the next
        screen too: so a silent one says it and is deleted at once, in one call with the old screen.
        """
        try:
            outlived = [int(message_id)]
            if reply:
                outlived.append(await self._put_keyboard_away(peer))
            await self._delete(peer, outlived)
        except (Unreachable, NotShown, TelegramBadRequest, ValueError) as error:
            _log.debug("screen not retired: %s", error)

    # --- calls

    async def _text(self, peer: str, laid: Laid) -> str:
        try:
            return await self._send_text(peer, render(laid, self._public_url))
        except TelegramBadRequest as error:
            if not _is_about_addresses(error):
                raise
            _refused(error, laid)
            return await self._send_text(peer, render(laid, self._public_url, plain=True))

    async def _send_text(self, peer: str, rendered: Rendered) -> str:
        method = SendMessage(
            chat_id=int(peer),
            text=rendered.text,
            parse_mode=PARSE_MODE,
            link_preview_options=rendered.preview,
            reply_markup=rendered.markup,
        )
        sent = await self._outgoing.call(method, chat=peer, manner=self._manner)
        return str(sent.message_id)

    async def _edit_text(self, peer: str, message_id: str, rendered: Rendered) -> MessageId:
        method = EditMessageText.lean(
            chat_id=int(peer),
            message_id=int(message_id),
            text=rendered.text,
            parse_mode=PARSE_MODE,
            link_preview_options=rendered.preview,
            reply_markup=rendered.markup,
        )
        return await self._outgoing.call(
            method, chat=peer, manner=self._manner, cost=EDIT_COST, repeatable=True
        )

    async def _document(self, peer: str, file: File, caption: str | None = None) -> str:
        method = SendDocument(
            chat_id=int(peer),
            document=BufferedInputFile(file.content, filename=file.name),
            caption=caption,
            parse_mode=PARSE_MODE,
        )
        sent = await self._outgoing.call(method, chat=peer, manner=self._manner)
        return str(sent.message_id)

    async def _venue(self, peer: str, place: Place) -> str:
        method = SendVenue(
            chat_id=int(peer),
            latitude=place.latitude,
            longitude=place.longitude,
            title=place.title or place.address,
            address=place.address or place.title,
        )
        sent = await self._outgoing.call(method, chat=peer, manner=self._manner)
        return str(sent.message_id)

    async def _put_keyboard_away(self, peer: str) -> int:
        method = SendMessage(
            chat_id=int(peer), text=_AWAY_TEXT, reply_markup=REMOVE_KEYBOARD, disable_notification=True
        )
        sent = await self._outgoing.call(method, chat=peer, manner=self._manner)
        return sent.message_id

    async def _delete(self, peer: str, message_ids: list[int]) -> None:
        """Delete messages, the newest for sure. The first one may be too old (48 hours): its buttons go."""
        try:
            await self._outgoing.call(
                DeleteMessages(chat_id=int(peer), message_ids=message_ids),
                chat=peer,
                manner=self._manner,
                cost=0,
                repeatable=True,
            )
        except TelegramBadRequest:
            old, *fresh = message_ids
            if fresh:
                await self._delete(peer, fresh)
                return
            await self._outgoing.call(
                EditMessageReplyMarkup(chat_id=int(peer), message_id=old),
                chat=peer,
                manner=self._manner,
                cost=EDIT_COST,
                repeatable=True,
            )


def _is_about_addresses(error: TelegramBadRequest) -> bool:
    """Whether an address was refused: what is left without any can still be shown."""
    said = error.message.lower()
    return any(words in said for words in ("url", "button_", "web app", "webpage"))


def _refused(error: TelegramBadRequest, laid: Laid) -> None:
    """A fault of ours, or an address that Telegram doesn't like: the person gets the screen without it."""
    links = [button.value for row in laid.rows for button in row if button.kind in {"link", "app"}]
    _log.error(
        "a screen was refused and is shown without addresses: %s", error.message, extra={"links": links}
    )
