"""Booking: who comes – phone, name, consent, a word to the master."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bots.dialogs.context import Context
from bots.dialogs.event import Contact, Event, Typed
from bots.dialogs.failures import failure_words
from bots.dialogs.flow import Step
from bots.dialogs.flows.book_path import (
    COMMENT,
    CONSENT,
    CONTACT,
    NAME,
    SUMMARY,
    go_on,
    otherwise,
    usable_name,
)
from bots.dialogs.flows.common import back_button, plain_words, pressed
from bots.dialogs.flows.draft import BookData
from bots.dialogs.screen import BLANK, AskContact, Screen, act, bold, line, quote, t
from bots.dialogs.transition import Go, Transition
from bots.dialogs.vocabulary import BACK, STOP
from bots.dialogs.words import raw
from core.domain.client import clean_comment, clean_name
from core.domain.errors import InvalidInput
from core.services.catalog_editing import region_of

_KEEP: Final = "keep"
_NO_COMMENT: Final = "no_comment"
_SOME_DIGITS: Final = 4


# --- phone


async def _contact_view(ctx: Context, _: BookData) -> Screen:
    words = t("contact.question") if ctx.caps.contact else t("contact.question_typed")
    return Screen(lines=(line(words),), rows=((AskContact(t("contact.share")),), (back_button(),)))


async def _on_contact(ctx: Context, data: BookData, event: Event) -> Transition:
    if isinstance(event, Contact):
        if not event.own:
            return Go(data, note=t("contact.foreign"))
        name = data.name or usable_name(ctx.identity.name) or usable_name(event.name)
        return await _with_phone(ctx, replace(data, name=name), event.phone, verified=True)
    if isinstance(event, Typed) and sum(map(str.isdigit, event.text)) >= _SOME_DIGITS:
        return await _with_phone(ctx, data, event.text, verified=False)
    return await otherwise(ctx, data, event, note=t("failure.invalid.phone.not_a_phone"))


async def _with_phone(ctx: Context, data: BookData, typed: str, *, verified: bool) -> Go:
    region = region_of(await ctx.catalogue())
    digits = typed if typed.startswith("+") or not verified else f"+{typed}"
    try:
        phone = ctx.app.phones.parse(digits, region)
    except InvalidInput as error:
        return Go(data, note=failure_words(error))
    if verified:
        await ctx.app.clients.set_phone(ctx.identity.id, phone)
    return await go_on(ctx, replace(data, phone=phone, verified=verified), push=False)


# --- name


async def _name_view(ctx: Context, data: BookData) -> Screen:
    keep = ((act(raw(data.name, 36), _KEEP),),) if data.name else ()
    return Screen(lines=(line(t("name.question")),), rows=(*keep, (back_button(),)))


async def _on_name(ctx: Context, data: BookData, event: Event) -> Transition:
    if pressed(event, _KEEP) is not None:
        return await go_on(ctx, data, push=False)
    if isinstance(event, Typed) and not _is_way_out(event):
        try:
            name = clean_name(event.text)
        except InvalidInput as error:
            return Go(data, note=failure_words(error))
        return await go_on(ctx, replace(data, name=name), push=False)
    return await otherwise(ctx, data, event)


# --- comment


async def _comment_view(ctx: Context, data: BookData) -> Screen:
    present = (BLANK, line(quote(raw(data.comment, 500)))) if data.comment else ()
    drop = ((act(t("comment.drop"), _NO_COMMENT),),) if data.comment else ()
    return Screen(lines=(line(t("comment.question")), *present), rows=(*drop, (back_button(),)))


async def _on_comment(ctx: Context, data: BookData, event: Event) -> Transition:
    if pressed(event, _NO_COMMENT) is not None:
        return Go(replace(data, comment=""), SUMMARY, push=False)
    if isinstance(event, Typed) and not _is_way_out(event):
        try:
            comment = clean_comment(event.text)
        except InvalidInput as error:
            return Go(data, note=failure_words(error))
        return Go(replace(data, comment=comment), SUMMARY, push=False)
    return await otherwise(ctx, data, event)


def _is_way_out(event: Typed) -> bool:
    """«назад» and «отмена» are no names and no comments."""
    return plain_words(event.text) in BACK | STOP


# --- consent


async def _consent_view(ctx: Context, _: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    return Screen(
        lines=(
            line(bold(t("consent.title"))),
            BLANK,
            line(t("consent.text", business=raw(catalogue.business.name))),
        ),
        rows=((back_button(),),),
    )


STEPS: Final = {
    CONTACT: Step(_contact_view, _on_contact),
    NAME: Step(_name_view, _on_name),
    COMMENT: Step(_comment_view, _on_comment),
    CONSENT: Step(_consent_view, otherwise),
}
