"""New messages without files: sendMessage, sendLocation, sendVenue, sendContact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bots.sandbox.model import Attachment, AttachmentKind, Author, Chat, Span
from bots.sandbox.telegram.call import ApiCall, Handler
from bots.sandbox.telegram.errors import bad
from bots.sandbox.telegram.markup import read_markup
from bots.sandbox.telegram.texts import formatted


async def send_message(call: ApiCall) -> Any:
    chat = call.open_chat()
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
    return deliver(call, chat, text, spans, None)


async def send_location(call: ApiCall) -> Any:
    chat = call.open_chat()
    latitude, longitude = _place(call)
    place = Attachment(AttachmentKind.LOCATION, latitude=latitude, longitude=longitude)
    return deliver(call, chat, "", (), place)


async def send_venue(call: ApiCall) -> Any:
    chat = call.open_chat()
    latitude, longitude = _place(call)
    title, address = call.params.text("title").strip(), call.params.text("address").strip()
    if not title:
        raise bad("venue title must be non-empty")
    if not address:
        raise bad("venue address must be non-empty")
    venue = Attachment(
        AttachmentKind.VENUE, latitude=latitude, longitude=longitude, title=title, address=address
    )
    return deliver(call, chat, "", (), venue)


async def send_contact(call: ApiCall) -> Any:
    chat = call.open_chat()
    phone, name = call.params.text("phone_number").strip(), call.params.text("first_name").strip()
    if not phone:
        raise bad("phone_number is empty")
    if not name:
        raise bad("first_name is empty")
    contact = Attachment(
        AttachmentKind.CONTACT, phone=phone, first_name=name, last_name=call.params.text("last_name")
    )
    return deliver(call, chat, "", (), contact)


def _place(call: ApiCall) -> tuple[float, float]:
    latitude, longitude = call.params.number("latitude"), call.params.number("longitude")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad("wrong latitude or longitude specified")
    return latitude, longitude


def deliver(
    call: ApiCall, chat: Chat, text: str, spans: Sequence[Span], attachment: Attachment | None
) -> Any:
    """Checks what every new message shares, counts it against the rates, posts it. Raises ``ApiError``."""
    markup = read_markup(call.params, call.rules)
    reply_to = call.reply_target(chat)
    call.rates.spend(call.bot.id, chat.key)
    message = call.world.post(
        chat,
        Author.BOT,
        text,
        spans=spans,
        rows=markup.rows,
        attachment=attachment,
        reply_to=reply_to,
        had_panel=markup.locks,
    )
    if markup.panel is not None or markup.remove:
        call.world.set_panel(chat, markup.panel)
    return call.shown(chat, message)


METHODS: dict[str, Handler] = {
    "sendMessage": send_message,
    "sendLocation": send_location,
    "sendVenue": send_venue,
    "sendContact": send_contact,
}
