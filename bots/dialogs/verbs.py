"""What the lasting buttons do: those of receipts, reminders and offers for clients, of cards for masters.

A button proves nothing but that we once made it: who presses is looked up anew, and the services authorise
again. What has been done before answers with who did it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from bots.dialogs import cards
from bots.dialogs import verb_names as names
from bots.dialogs.access import as_client, as_member
from bots.dialogs.context import Context
from bots.dialogs.failures import failure_words
from bots.dialogs.flow import Done, VerbHandler
from bots.dialogs.flows.again import start_again
from bots.dialogs.flows.desk import already_words, next_request, start_decline
from bots.dialogs.flows.keepsakes import calendar_message, route_message
from bots.dialogs.flows.mine import FLOW as MINE
from bots.dialogs.flows.mine import start_cancel, start_cancel_series
from bots.dialogs.flows.move import start_move, start_near
from bots.dialogs.flows.offer import start_offer
from bots.dialogs.notices import DAY, card_screen
from bots.dialogs.screen import Row, Screen, Tone, Verb, Words, bold, line, t
from bots.dialogs.told import Told
from bots.dialogs.transition import Start
from bots.dialogs.words import booking_lines, dotted, phone_words, raw
from core.domain.actor import Actor
from core.domain.booking import Booking, BookingStatus
from core.domain.errors import (
    NotFound,
    PolicyRefused,
    SlotConflict,
    SlotNotOffered,
    TransitionRefused,
    VersionMismatch,
)
from core.domain.visit import from_minutes
from core.services.booking import Outcome
from core.services.series_life import SeriesOutcome

_DAY_VISITS: Final = 20

# --- the client's


async def _will_come(ctx: Context, booking_id: UUID, whole: str) -> Done:
    """For one visit, or for all that its reminder told of."""
    actor, booking = await as_client(ctx, booking_id)
    visits = [booking]
    if whole == DAY:
        day = booking.local_start.date()
        coming = await ctx.app.bookings.coming(actor, limit=_DAY_VISITS)
        later = [each for each in coming if each.local_start.date() == day and each.start > booking.start]
        visits += [each for each in later if each.status is BookingStatus.CONFIRMED]
    try:
        for visit in visits:
            await ctx.app.bookings.will_come(actor, visit.id)
    except TransitionRefused as error:
        return Done(toast=failure_words(error), alert=True)
    if whole == DAY:
        return Done(toast=t("will_come.toast"), start=Start(MINE))
    return Done(toast=t("will_come.toast"), edit=await _promised(ctx, booking))


async def _promised(ctx: Context, booking: Booking) -> Screen:
    """The reminder once it has been answered."""
    target = str(booking.id)
    change: Row = (
        Verb(t("button.move"), names.MOVE, target),
        Verb(t("reminder.wont_come"), names.CANCEL, target, tone=Tone.DANGER),
    )
    return Screen(
        lines=(line(bold(t("will_come.title"))), *booking_lines(booking, await ctx.catalogue(), ctx.now)),
        rows=(change, (Verb(t("button.route"), names.ROUTE, target),)),
        keep=True,
    )


async def _move(ctx: Context, booking_id: UUID, __: str) -> Done:
    _, booking = await as_client(ctx, booking_id)
    try:
        return Done(start=await start_move(ctx, booking))
    except (TransitionRefused, PolicyRefused) as error:
        return Done(toast=failure_words(error), alert=True)


async def _cancel(ctx: Context, booking_id: UUID, __: str) -> Done:
    _, booking = await as_client(ctx, booking_id)
    return Done(start=await start_cancel(ctx, booking))


async def _calendar(ctx: Context, booking_id: UUID, __: str) -> Done:
    actor, booking = await as_client(ctx, booking_id)
    return Done(screen=await calendar_message(ctx, actor, booking))


async def _route(ctx: Context, booking_id: UUID, __: str) -> Done:
    _, booking = await as_client(ctx, booking_id)
    return Done(screen=await route_message(ctx, booking))


async def _accept(ctx: Context, booking_id: UUID, start: str) -> Done:
    """The offer's message becomes the receipt: the outbox edits it."""
    actor, booking = await as_client(ctx, booking_id)
    moment = from_minutes(int(start)) if start.isdecimal() else booking.start
    try:
        outcome = await ctx.app.bookings.accept_offer(
            actor, booking.id, moment, hold_owner=ctx.owner, shown_in=ctx.shown
        )
    except (SlotConflict, SlotNotOffered, NotFound):
        return Done(toast=t("accept.gone"), start=start_near(booking, moment))
    except (TransitionRefused, PolicyRefused) as error:
        return Done(toast=failure_words(error), alert=True)
    return Done(toast=t("move.same") if outcome.already is not None else t("accept.toast"))


async def _accept_one(ctx: Context, booking_id: UUID, start: str) -> Done:
    """One of several visits of a message, which stays for the others: the receipt comes below it."""
    ctx.shown = None
    return await _accept(ctx, booking_id, start)


async def _list(ctx: Context, booking_id: UUID, __: str) -> Done:
    await as_client(ctx, booking_id)
    return Done(start=Start(MINE))


async def _cancel_series(ctx: Context, booking_id: UUID, __: str) -> Done:
    actor, booking = await as_client(ctx, booking_id)
    return Done(start=await start_cancel_series(ctx, actor, booking))


async def _again(ctx: Context, booking_id: UUID, __: str) -> Done:
    _, booking = await as_client(ctx, booking_id)
    return Done(start=await start_again(ctx, booking))


# --- the master's


async def _confirm(ctx: Context, booking_id: UUID, version: str) -> Done:
    actor, booking = await as_member(ctx, booking_id)
    try:
        outcome = await ctx.app.bookings.confirm(actor, booking.id, version=_seen(version))
    except VersionMismatch:
        return Done(toast=t("card.changed"), alert=True, edit=await _fresh_card(ctx, actor, booking))
    except (SlotNotOffered, NotFound):
        return Done(toast=t("decided.stands_no_more"), alert=True)
    except (TransitionRefused, PolicyRefused) as error:
        return Done(toast=failure_words(error), alert=True)
    if outcome.already is not None:
        return Done(toast=already_words(outcome), alert=True)
    return Done(toast=t("decided.confirmed"), start=await next_request(ctx))


async def _confirm_series(ctx: Context, booking_id: UUID, __: str) -> Done:
    return await _decide_series(ctx, booking_id, ctx.app.bookings.confirm_series, t("decided.confirmed"))


async def _decline_series(ctx: Context, booking_id: UUID, __: str) -> Done:
    return await _decide_series(ctx, booking_id, ctx.app.bookings.decline_series, t("decided.declined"))


async def _decide_series(
    ctx: Context,
    booking_id: UUID,
    decide: Callable[[Actor, UUID], Awaitable[SeriesOutcome]],
    toast: Words,
) -> Done:
    """All requests of a series at one press; its card is drawn again by the outbox."""
    actor, _ = await as_member(ctx, booking_id)
    try:
        outcome = await decide(actor, booking_id)
    except (SlotNotOffered, NotFound):
        return Done(toast=t("decided.stands_no_more"), alert=True)
    except (TransitionRefused, PolicyRefused) as error:
        return Done(toast=failure_words(error), alert=True)
    if not outcome.changed:
        now = await ctx.app.bookings.get(actor, booking_id)
        return Done(toast=already_words(Outcome(now, outcome.already)), alert=True)
    return Done(toast=toast, start=await next_request(ctx))


async def _decline(ctx: Context, booking_id: UUID, version: str) -> Done:
    actor, booking = await as_member(ctx, booking_id)
    try:
        start = start_decline(booking)
        if _seen(version) in {None, booking.version}:
            return Done(start=start)
        return Done(toast=t("card.changed"), alert=True, edit=await _fresh_card(ctx, actor, booking))
    except TransitionRefused as error:
        return Done(toast=failure_words(error), alert=True)


async def _offer(ctx: Context, booking_id: UUID, __: str) -> Done:
    actor, booking = await as_member(ctx, booking_id)
    if (card := await _begun_card(ctx, actor, booking)) is not None:
        return Done(toast=t("failure.transition.in_progress"), alert=True, edit=card)
    try:
        return Done(start=await start_offer(ctx, actor, booking))
    except TransitionRefused as error:
        return Done(toast=failure_words(error), alert=True)


async def _phone(ctx: Context, booking_id: UUID, __: str) -> Done:
    """Cards and lists show phones masked; the whole one is asked for."""
    actor, booking = await as_member(ctx, booking_id)
    client = await ctx.app.clients.get(actor, booking.client_id)
    card = await _begun_card(ctx, actor, booking)
    if client.phone is None:
        return Done(toast=t("card.no_phone"), alert=True, edit=card)
    phone = Screen(lines=(dotted(bold(raw(client.name)), phone_words(client.phone)),), keep=True)
    return Done(edit=card, screen=phone)


async def _start(ctx: Context, booking_id: UUID, __: str) -> Done:
    return await _mark(ctx, booking_id, ctx.app.bookings.start, t("marked.start"))


async def _complete(ctx: Context, booking_id: UUID, __: str) -> Done:
    return await _mark(ctx, booking_id, ctx.app.bookings.complete, t("marked.complete"))


async def _no_show(ctx: Context, booking_id: UUID, __: str) -> Done:
    return await _mark(ctx, booking_id, ctx.app.bookings.no_show, t("marked.no_show"))


async def _mark(
    ctx: Context,
    booking_id: UUID,
    mark: Callable[[Actor, UUID], Awaitable[Outcome]],
    toast: Words,
) -> Done:
    """How the visit went; the card is drawn again by the outbox."""
    actor, booking = await as_member(ctx, booking_id)
    try:
        outcome = await mark(actor, booking.id)
    except (TransitionRefused, PolicyRefused) as error:
        return Done(toast=failure_words(error), alert=True)
    if outcome.already is not None:
        return Done(toast=already_words(outcome), alert=True)
    return Done(toast=toast)


def _seen(version: str) -> int | None:
    """The version that a card's button was drawn for; older cards don't tell."""
    return int(version) if version.isdecimal() else None


async def _begun_card(ctx: Context, actor: Actor, booking: Booking) -> Screen | None:
    """The card of a visit that has begun since it was drawn, with the buttons of one."""
    if booking.status is not BookingStatus.CONFIRMED or booking.start > ctx.now:
        return None
    return await _fresh_card(ctx, actor, booking)


async def _fresh_card(ctx: Context, actor: Actor, booking: Booking) -> Screen:
    """The card as it would be drawn now."""
    last = (await ctx.app.bookings.timeline(actor, booking.id))[-1]
    return card_screen(
        Told(
            booking=await ctx.app.bookings.get(actor, booking.id),
            catalogue=await ctx.catalogue(),
            client=await ctx.app.clients.get(actor, booking.client_id),
            now=ctx.now,
            decision=cards.Decision(last.event, last.actor_kind, last.actor_name, last.reason),
            reader=actor.staff_id,
            params={},
        )
    )


VERBS: Final[Mapping[str, VerbHandler]] = {
    names.WILL_COME: _will_come,
    names.MOVE: _move,
    names.CANCEL: _cancel,
    names.CALENDAR: _calendar,
    names.ROUTE: _route,
    names.ACCEPT: _accept,
    names.AGAIN: _again,
    names.LIST: _list,
    names.ACCEPT_ONE: _accept_one,
    names.CANCEL_SERIES: _cancel_series,
    names.CONFIRM_SERIES: _confirm_series,
    names.DECLINE_SERIES: _decline_series,
    cards.CONFIRM: _confirm,
    cards.DECLINE: _decline,
    cards.OFFER: _offer,
    cards.PHONE: _phone,
    cards.START: _start,
    cards.COMPLETE: _complete,
    cards.NO_SHOW: _no_show,
}
