"""What happens to messages later: editMessageText, editMessageCaption, editMessageReplyMarkup,
deleteMessage(s).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bots.sandbox.model import Author, Chat, Message, Rows, Span
from bots.sandbox.telegram.call import ApiCall, Handler
from bots.sandbox.telegram.errors import bad
from bots.sandbox.telegram.markup import inline_only, read_markup
from bots.sandbox.telegram.texts import formatted

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def _editable(call: ApiCall) -> tuple[Chat, Message]:
    if call.params.has("inline_message_id"):
        raise bad("MESSAGE_ID_INVALID")
    chat = call.open_chat()
    message = chat.message(call.message_id("message to edit not found"))
    if message is None:
        raise bad("message to edit not found")
    if message.author is not Author.BOT or message.had_panel:
        raise bad("message can't be edited")
    return chat, message


def _edit(
    call: ApiCall, chat: Chat, message: Message, *, text: str, spans: Sequence[Span], rows: Rows
) -> Any:
    if (text, tuple(spans), rows) == (message.text, message.spans, message.rows):
        raise bad(_NOT_MODIFIED)
    call.rates.spend(call.bot.id, chat.key, edit=True)
    call.world.edit(chat, message, text, spans, rows)
    return call.shown(chat, message)


async def edit_message_text(call: ApiCall) -> Any:
    chat, message = _editable(call)
    text, spans = formatted(
        call.params.text("text"),
        call.params.text("parse_mode"),
        call.params.json("entities", "entities"),
        most=call.rules.entities,
        limit=call.rules.text_units,
        what="message",
    )
    if not text:
        raise bad("message text is empty")
    if message.attachment is not None:
        raise bad("there is no text in the message to edit")
    rows = inline_only(read_markup(call.params, call.rules))
    return _edit(call, chat, message, text=text, spans=spans, rows=rows)


async def edit_message_caption(call: ApiCall) -> Any:
    chat, message = _editable(call)
    caption, spans = formatted(
        call.params.text("caption"),
        call.params.text("parse_mode"),
        call.params.json("caption_entities", "caption_entities"),
        most=call.rules.entities,
        limit=call.rules.caption_units,
        what="message caption",
    )
    if message.attachment is None or not message.attachment.file_id:
        raise bad("there is no caption in the message to edit")
    rows = inline_only(read_markup(call.params, call.rules))
    return _edit(call, chat, message, text=caption, spans=spans, rows=rows)


async def edit_message_reply_markup(call: ApiCall) -> Any:
    chat, message = _editable(call)
    rows = inline_only(read_markup(call.params, call.rules))
    return _edit(call, chat, message, text=message.text, spans=message.spans, rows=rows)


def _deletable(call: ApiCall, chat: Chat, message_id: int) -> Message | None:
    message = chat.message(message_id)
    if message is not None and call.world.clock.now() - message.at > call.rules.deletable:
        raise bad("message can't be deleted for everyone")
    return message


async def delete_message(call: ApiCall) -> Any:
    chat = call.known_chat()
    message = _deletable(call, chat, call.message_id("message to delete not found"))
    if message is None:
        raise bad("message to delete not found")
    call.world.delete(chat, {message.id}, by=Author.BOT)
    return True


async def delete_messages(call: ApiCall) -> Any:
    """Deletes several; those that are gone already are skipped, as the documentation says."""
    chat = call.known_chat()
    ids = call.params.json("message_ids", "message_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 100 or not all(isinstance(i, int) for i in ids):
        raise bad("message identifiers are not specified")
    found = {message.id for number in ids if (message := _deletable(call, chat, number))}
    if found:
        call.world.delete(chat, found, by=Author.BOT)
    return True


METHODS: dict[str, Handler] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
