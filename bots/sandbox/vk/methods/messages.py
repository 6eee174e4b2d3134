"""``messages.*``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from bots.sandbox.model import Attachment, AttachmentKind, Author, Chat, Message, StoredFile
from bots.sandbox.vk.call import ApiCall, Handler
from bots.sandbox.vk.errors import VkError, bad
from bots.sandbox.vk.keyboard import Keyboard, read_keyboard
from bots.sandbox.vk.objects import box_number, conversation_number, document_number
from bots.sandbox.vk.template import Carousel, read_template

_DOCUMENT = re.compile(r"doc(-?\d+)_(\d+)")
_INT32 = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _New:
    """What is to be sent."""

    random_id: int
    text: str
    attachment: Attachment | None
    keyboard: Keyboard
    carousel: Carousel | None = None


async def send(call: ApiCall) -> Any:
    """A new message, to one (``peer_id``: its number comes back) or to several (each with its outcome)."""
    if not call.params.has("random_id"):
        raise bad("random_id is a required parameter")
    random_id = call.params.needed("random_id")
    if abs(random_id) > _INT32:
        raise bad("random_id should be int32")
    text, attachment = _content(call)
    keyboard = read_keyboard(call.params.text("keyboard"), call.rules)
    new = _New(random_id, text, attachment, keyboard, read_template(call))
    peers = call.params.integers("peer_ids") or call.params.integers("user_ids")
    if not peers:
        peer = call.params.integer("peer_id") or call.params.needed("user_id")
        chat = call.peer_chat(peer)
        return box_number(_post(call, chat, new))
    if len(peers) > call.rules.peers:
        raise bad(f"peer_ids should have at most {call.rules.peers} items")
    outcomes: list[dict[str, Any]] = []
    for peer in peers:
        try:
            number = _post(call, call.peer_chat(peer), new)
        except VkError as refused:
            outcomes.append({"peer_id": peer, "message_id": 0, "error": refused.for_peer()})
        else:
            outcomes.append(
                {"peer_id": peer, "message_id": box_number(number), "conversation_message_id": number}
            )
    return outcomes


def _content(call: ApiCall) -> tuple[str, Attachment | None]:
    text = call.params.text("message").strip()
    if len(text) > call.rules.text:
        raise VkError(914, "Message is too long")
    attachment = _attachment(call)
    if not text and attachment is None:
        raise bad("message is empty or invalid")
    return text, attachment


def _attachment(call: ApiCall) -> Attachment | None:
    latitude, longitude = call.params.number("lat"), call.params.number("long")
    if latitude is not None and longitude is not None:
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise bad("lat or long is invalid")
        return Attachment(AttachmentKind.LOCATION, latitude=latitude, longitude=longitude)
    given = call.params.text("attachment").strip()
    if not given:
        return None
    match = _DOCUMENT.fullmatch(given)
    stored = _document(call, int(match[2])) if match and int(match[1]) == -call.bot.id else None
    if stored is None:
        raise bad("attachment is invalid")
    return Attachment(AttachmentKind.DOCUMENT, stored.id, stored.name, stored.mime, size=len(stored.content))


def _document(call: ApiCall, number: int) -> StoredFile | None:
    for stored in call.world.state.files.values():
        if (
            stored.bot_id == call.bot.id
            and stored.path.startswith("docs/")
            and document_number(stored) == number
        ):
            return stored
    return None


def _post(call: ApiCall, chat: Chat, new: _New) -> int:
    """The message's number in the conversation; of the first one when the number was there before."""
    now = call.world.clock.now()
    known = call.sent.known(chat.key, new.random_id, now)
    if known is not None:
        return known
    message = call.world.post(
        chat,
        Author.BOT,
        new.text,
        rows=new.carousel.rows if new.carousel else new.keyboard.rows,
        cards=new.carousel.cards if new.carousel else (),
        attachment=new.attachment,
        had_panel=new.keyboard.panel is not None,
    )
    if new.keyboard.panel is not None or new.keyboard.hides:
        call.world.set_panel(chat, new.keyboard.panel)
    call.sent.note(chat.key, new.random_id, message.id, now)
    return message.id


async def edit(call: ApiCall) -> Any:
    chat = call.peer_chat(call.params.needed("peer_id"))
    number = call.params.integer("conversation_message_id") or call.params.integer("cmid")
    if number is None:
        number = conversation_number(call.params.needed("message_id"))
    message = chat.message(number)
    if message is None:
        raise bad("conversation_message_id is invalid")
    if message.author is not Author.BOT:
        raise VkError(15, "Access denied: message is not yours")
    if call.world.clock.now() - message.at > call.rules.editable:
        raise VkError(909, "Can't edit this message, because it's too old")
    text, _ = _content(call)
    if message.cards:
        raise bad("a carousel can't be edited")
    keyboard = read_keyboard(call.params.text("keyboard"), call.rules)
    if keyboard.panel is not None:
        raise VkError(911, "Keyboard format is invalid: only inline keyboards can be edited")
    call.world.edit(chat, message, text, (), keyboard.rows)
    return 1


async def delete(call: ApiCall) -> Any:
    """Each message has its own outcome; only fresh ones can be deleted for both sides."""
    chat = call.peer_chat(call.params.needed("peer_id"))
    numbers = call.params.integers("cmids") or call.params.integers("conversation_message_ids")
    numbers = numbers or [conversation_number(each) for each in call.params.integers("message_ids")]
    if not numbers:
        raise bad("message_ids is undefined")
    outcomes: list[dict[str, Any]] = []
    for number in numbers:
        message = chat.message(number)
        outcome = {
            "peer_id": chat.person_id,
            "message_id": box_number(number),
            "conversation_message_id": number,
        }
        if refused := _why_not(call, message):
            outcomes.append({**outcome, "error": refused.for_peer()})
        else:
            call.world.delete(chat, {number}, by=Author.BOT)
            outcomes.append({**outcome, "response": 1})
    return outcomes


def _why_not(call: ApiCall, message: Message | None) -> VkError | None:
    """What keeps a message from being deleted for both sides."""
    if message is None:
        return bad("no such message")
    late = call.world.clock.now() - message.at > call.rules.deletable
    if not call.params.boolean("delete_for_all") or message.author is not Author.BOT or late:
        return VkError(924, "Can't delete this message for everybody")
    return None


async def send_message_event_answer(call: ApiCall) -> Any:
    """Once an event, and soon: ``event_data`` says what the app shall do."""
    press = call.world.state.presses.get(call.params.text("event_id"))
    peer, user = call.params.needed("peer_id"), call.params.needed("user_id")
    if press is None or press.chat != f"{user}:{call.bot.id}" or peer != user:
        raise bad("event_id is invalid")
    if press.answered or call.world.clock.now() - press.at > call.rules.event_lifetime:
        raise VkError(950, "Reply timed out")
    raw = call.params.text("event_data").strip()
    if len(raw) > call.rules.event_data:
        raise bad("event_data is too long")
    try:
        data = json.loads(raw) if raw else {}
    except ValueError:
        raise bad("event_data should be valid JSON") from None
    text, url = "", ""
    match data:
        case {"type": "show_snackbar", "text": str(text)} if 0 < len(text) <= call.rules.snackbar:
            pass
        case {"type": "open_link", "link": str(url)} if url.startswith(("http://", "https://")):
            pass
        case {"type": "open_app", "app_id": int(number)}:
            url = f"vk-app:{number}#{data.get('hash', '')}"
        case {}:
            if data:
                raise bad("event_data is invalid")
        case _:
            raise bad("event_data is invalid")
    call.world.answer_press(press, text, url, alert=False)
    return 1


async def is_messages_from_group_allowed(call: ApiCall) -> Any:
    call.own_group()
    chat = call.world.chat(call.params.needed("user_id"), call.bot.id)
    return {"is_allowed": int(chat is not None and chat.started and not chat.blocked)}


METHODS: dict[str, Handler] = {
    "messages.send": send,
    "messages.edit": edit,
    "messages.delete": delete,
    "messages.sendMessageEventAnswer": send_message_event_answer,
    "messages.isMessagesFromGroupAllowed": is_messages_from_group_allowed,
}
