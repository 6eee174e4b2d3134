"""Booking: service → master → time → phone → summary → done.

Steps whose answer is known are skipped, so that a newcomer needs at most six taps after /start and somebody
who was here before two. What a step asks is in ``book_what``, ``book_whom``, ``book_when``,
``book_who`` and ``book_extras``; what comes next is decided in ``book_path``; the end of it is here, what it
says of the visit in ``book_summary``. The receipt is the outbox's: it edits the summary, so that a crash
after the commit loses nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bots.dialogs.context import Context
from bots.dialogs.event import Event, Typed
from bots.dialogs.failures import failure_words
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows import book_extras, book_what, book_when, book_who, book_whom
from bots.dialogs.flows.book_path import (
    COMMENT,
    CONSENT,
    CONTACT,
    EDIT,
    EXTRAS,
    FLOW,
    GONE,
    MASTER,
    MISSED,
    NAME,
    SERVICE,
    SUMMARY,
    go_on,
    heading,
    hold_minutes,
    otherwise,
    person,
    with_master,
)
from bots.dialogs.flows.book_summary import visit_lines
from bots.dialogs.flows.common import back_button, plain_words, pressed
from bots.dialogs.flows.draft import BookData, changed, has_choice_of_master, placed_in, query_of, start_of
from bots.dialogs.screen import (
    BLANK,
    Act,
    Choices,
    Line,
    Screen,
    Span,
    Style,
    Tone,
    act,
    bold,
    line,
    n,
    quote,
    t,
)
from bots.dialogs.transition import Go, Leave, Transition
from bots.dialogs.vocabulary import YES
from bots.dialogs.words import dotted, phone_words, raw
from core.domain.booking import Booking, BookingSource
from core.domain.errors import InvalidInput, SlotConflict, SlotNotOffered
from core.domain.visit_parts import placed_items
from core.services.booking import ClientData, CreateBooking

_BOOK: Final = "book"
_TIME: Final = "time"
_PHONE: Final = "phone"


# --- summary


async def _summary_view(ctx: Context, data: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    name, phone = person(data, await ctx.client())
    lines: list[Line] = [
        line(bold(t("summary.title"))),
        BLANK,
        *visit_lines(catalogue, data, ctx.now),
        dotted(raw(name), phone_words(phone)),
    ]
    if data.comment:
        lines.append(line(quote(raw(data.comment, 500))))
    if (held := hold_minutes(data, ctx.now)) > 0:
        lines += [BLANK, line(Span(n("summary.held", held), Style.ITALIC))]
    new = await _needs_consent(ctx)
    if new:
        lines += [BLANK, line(t("summary.consent"))]
    consent = (act(t("summary.consent_text"), CONSENT),) if new else ()
    return Screen(
        lines=tuple(lines),
        rows=(
            (act(t("summary.agree") if new else t("summary.book"), _BOOK, tone=Tone.MAIN),),
            (act(t("button.change"), EDIT), act(t("summary.comment"), COMMENT)),
            (back_button(), *consent),
        ),
    )


async def _needs_consent(ctx: Context) -> bool:
    client = await ctx.client()
    return client is None or not await ctx.app.clients.has_consent(client.id)


async def _on_summary(ctx: Context, data: BookData, event: Event) -> Transition:
    if pressed(event, _BOOK) is not None:
        return await _book(ctx, data)
    for step in (EDIT, COMMENT, CONSENT):
        if pressed(event, step) is not None:
            return Go(data, step)
    if isinstance(event, Typed) and plain_words(event.text) in YES:
        if await _needs_consent(ctx):
            return Go(data, note=t("summary.press"))
        return await _book(ctx, data)
    return await otherwise(ctx, data, event)


async def _book(ctx: Context, data: BookData) -> Transition:
    """Submit. What can be mended leads back to where it is mended; nothing typed is lost."""
    try:
        await _create(ctx, data)
    except SlotConflict:
        return Go(data, GONE)
    except SlotNotOffered:
        return Go(data, MISSED)
    except InvalidInput as error:
        step = {"phone": CONTACT, "name": NAME, "comment": COMMENT}.get(error.field or "")
        if step is None:
            raise
        return Go(data, step, note=failure_words(error))
    ctx.forget_client()
    return Leave(toast=t("summary.toast"))


async def _create(ctx: Context, data: BookData) -> Booking:
    """With those masters and at the place that the summary showed; should they have been taken, or have
    enough for the day, with whoever is free then, where any master was asked for.
    """
    actor = await ctx.actor()
    command = await _command(ctx, data)
    try:
        return await ctx.app.bookings.create(actor, command)
    except (SlotConflict, SlotNotOffered):
        asked = query_of(data)
        if (asked.items, asked.location_id) == (command.items, command.location_id):
            raise
        anybody = replace(command, items=asked.items, location_id=asked.location_id)
        return await ctx.app.bookings.create(actor, anybody)


async def _command(ctx: Context, data: BookData) -> CreateBooking:
    client = await ctx.client()
    asked, placed = query_of(data), placed_in(data)
    name, phone = person(data, client)
    said = None
    if client is None or data.phone or data.name:
        said = ClientData(
            name=name,
            phone=phone or None,
            phone_verified=data.verified,
            locale=ctx.texts.locale,
        )
    return CreateBooking(
        business=(await ctx.catalogue()).business.id,
        items=placed_items(asked.items, placed),
        start=start_of(data),
        source=BookingSource(ctx.identity.channel.value),
        client=said,
        identity_id=ctx.identity.id,
        comment=data.comment,
        consent=await _needs_consent(ctx),
        seats=data.seats,
        location_id=placed[0].location_id if placed else asked.location_id,
        hold_owner=ctx.owner,
        request_key=data.form,
        shown_in=ctx.shown,
    )


# --- change something


async def _edit_view(ctx: Context, data: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    buttons: list[Act] = [act(t("edit.time"), _TIME), act(t("edit.service"), SERVICE)]
    if has_choice_of_master(catalogue, data):
        buttons.append(act(t("edit.master"), MASTER))
    buttons.append(act(t("button.extras"), EXTRAS))
    client = await ctx.client()
    if client is None or client.phone is None:
        buttons.append(act(t("edit.phone"), _PHONE))
    if client is None:
        buttons.append(act(t("edit.name"), NAME))
    return Screen(
        lines=(*heading(catalogue, data), BLANK, line(t("edit.question"))),
        choices=Choices(tuple(buttons), columns=2),
        rows=((back_button(),),),
    )


async def _on_edit(ctx: Context, data: BookData, event: Event) -> Transition:
    if pressed(event, _TIME) is not None:
        return await book_when.another_time(ctx, data)
    if pressed(event, SERVICE) is not None:
        fresh = changed(data, items=(), any_staff=False, category="", location=None, start=None)
        return await go_on(ctx, fresh, push=False)
    if pressed(event, MASTER) is not None:
        free = with_master(await ctx.catalogue(), replace(data, start=None), None)
        return Go(replace(free, any_staff=False), MASTER, push=False)
    if pressed(event, _PHONE) is not None:
        return Go(data, CONTACT, push=False)
    for step in (EXTRAS, NAME):
        if pressed(event, step) is not None:
            return Go(data, step, push=False)
    return await otherwise(ctx, data, event)


book = Flow(
    name=FLOW,
    first=SERVICE,
    data=BookData,
    steps={
        **book_what.STEPS,
        **book_whom.STEPS,
        **book_extras.STEPS,
        **book_when.STEPS,
        **book_who.STEPS,
        SUMMARY: Step(_summary_view, _on_summary),
        EDIT: Step(_edit_view, _on_edit),
    },
)
