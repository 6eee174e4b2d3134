"""What the lasting buttons do: those of receipts, reminders and offers for clients, of cards for masters.

A button proves nothing but that we once made it: who presses is looked up anew, and the services authorise
again. What has been done before answers with who did it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from bots.dialogs import cards, notices
from bots.dialogs.access import as_client, as_member
from bots.dialogs.context import Context
from bots.dialogs.failures import failure_words
from bots.dialogs.flow import Done, VerbHandler
from bots.dialogs.flows.desk import already_words, next_request, start_decline
from bots.dialogs.flows.keepsakes import calendar_message, route_message
from bots.dialogs.flows.mine import start_again, start_cancel
from bots.dialogs.flows.move import start_move
from bots.dialogs.flows.offer import start_offer
from bots.dialogs.screen import Row, Screen, Tone, Verb, bold, line, t
from bots.dialogs.words import booking_lines, dotted, phone_words, raw
from core.domain.booking import Booking
from core.domain.errors import PolicyRefused, SlotConflict, SlotNotOffered, TransitionRefused
from core.domain.visit import from_minutes

# --- the client's


async def _will_come(ctx: Context, booking_id: UUID, __: str) -> Done:
    actor, booking = await as_client(ctx, booking_id)
    try:
        await ctx.app.bookings.will_come(actor, booking.id)
    except TransitionRefused as error:
        return Done(toast=failure_words(error), alert=True)
    return Done(toast=t("will_come.toast"), edit=await _promised(ctx, booking))


async def _promised(ctx: Context, booking: Booking) -> Screen:
    """The reminder once it has been answered."""
    target = str(booking.id)
    change: Row = (
        Verb(t("button.move"), notices.MOVE, target),
        Verb(t("reminder.wont_come"), notices.CANCEL, target, tone=Tone.DANGER),
    )
    return Screen(
        lines=(line(bold(t("will_come.title"))), *booking_lines(booking, await ctx.catalogue(), ctx.now)),
        rows=(change, (Verb(t("button.route"), notices.ROUTE, target),)),
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
        outcome = await ctx.app.bookings.accept_offer(actor, booking.id, moment, shown_in=ctx.shown)
    except (SlotConflict, SlotNotOffered):
        return Done(toast=t("accept.gone"), alert=True)
    except (TransitionRefused, PolicyRefused) as error:
        return Done(toast=failure_words(error), alert=True)
    return Done(toast=t("move.same") if outcome.already is not None else t("move.toast"))


async def _again(ctx: Context, booking_id: UUID, __: str) -> Done:
    _, booking = await as_client(ctx, booking_id)
    return Done(start=await start_again(ctx, booking))


# --- the master's


async def _confirm(ctx: Context, booking_id: UUID, __: str) -> Done:
    actor, booking = await as_member(ctx, booking_id)
    try:
        outcome = await ctx.app.bookings.confirm(actor, booking.id)
    except (TransitionRefused, PolicyRefused) as error:
        return Done(toast=failure_words(error), alert=True)
    if outcome.already is not None:
        return Done(toast=already_words(outcome), alert=True)
    return Done(toast=t("decided.confirmed"), start=await next_request(ctx))


async def _decline(ctx: Context, booking_id: UUID, __: str) -> Done:
    _, booking = await as_member(ctx, booking_id)
    try:
        return Done(start=start_decline(booking))
    except TransitionRefused as error:
        return Done(toast=failure_words(error), alert=True)


async def _offer(ctx: Context, booking_id: UUID, __: str) -> Done:
    actor, booking = await as_member(ctx, booking_id)
    try:
        return Done(start=await start_offer(ctx, actor, booking))
    except TransitionRefused as error:
        return Done(toast=failure_words(error), alert=True)


async def _phone(ctx: Context, booking_id: UUID, __: str) -> Done:
    """Cards and lists show phones masked; the whole one is asked for."""
    actor, booking = await as_member(ctx, booking_id)
    client = await ctx.app.clients.get(actor, booking.client_id)
    if client.phone is None:
        return Done(toast=t("card.no_phone"), alert=True)
    return Done(screen=Screen(lines=(dotted(bold(raw(client.name)), phone_words(client.phone)),), keep=True))


VERBS: Final[Mapping[str, VerbHandler]] = {
    notices.WILL_COME: _will_come,
    notices.MOVE: _move,
    notices.CANCEL: _cancel,
    notices.CALENDAR: _calendar,
    notices.ROUTE: _route,
    notices.ACCEPT: _accept,
    notices.AGAIN: _again,
    cards.CONFIRM: _confirm,
    cards.DECLINE: _decline,
    cards.OFFER: _offer,
    cards.PHONE: _phone,
}
