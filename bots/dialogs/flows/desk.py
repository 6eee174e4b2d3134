"""The master's home: today and tomorrow, requests that wait for a word, declining with a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from bots.dialogs.access import as_member, member_of
from bots.dialogs.cards import card_lines
from bots.dialogs.context import Context
from bots.dialogs.event import Event, Typed
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows.close_day import may_close, start_close
from bots.dialogs.flows.common import back_button, general, pressed
from bots.dialogs.flows.offer import start_offer
from bots.dialogs.screen import BLANK, Act, Choices, Line, Screen, Tone, Words, act, bold, line, n, t
from bots.dialogs.transition import Go, NotMine, Start, Transition
from bots.dialogs.values import Clock
from bots.dialogs.words import booking_masters, booking_title, day_words, dotted, raw
from core.domain.actor import Actor, Role
from core.domain.booking import Booking, BookingStatus
from core.domain.errors import NotFound, SlotNotOffered, TransitionRefused, VersionMismatch
from core.ports.repositories import BookingFilter
from core.services.booking import Outcome
from locales import texts

FLOW: Final = "desk"
DESK: Final = "desk"
REQUEST: Final = "request"
DECLINE: Final = "decline"

REASONS: Final = ("busy", "ill", "master_off", "other_service")

_REQUESTS: Final = "requests"
_CLOSE: Final = "close"
_AS_CLIENT: Final = "as_client"
_LANGUAGE: Final = "language"
_HELP: Final = "help"
_CONFIRM: Final = "confirm"
_OFFER: Final = "offer"
_LATER: Final = "later"
_REASON: Final = "reason"
_SHOWN_VISITS: Final = 15
_COUNTED: Final = 20


@dataclass(frozen=True, slots=True)
class DeskData:
    """The request that is looked at, and which version of it was shown (0: not known)."""

    booking: str = ""
    version: int = 0


# --- the day


async def _desk_view(ctx: Context, _: DeskData) -> Screen:
    actor = await member_of(ctx)
    catalogue = await ctx.catalogue()
    today = await ctx.today()
    waiting = await _waiting(ctx, actor)
    lines: list[Line] = [dotted(bold(raw(catalogue.business.name)), raw(actor.name))]
    for day in (today, today + timedelta(days=1)):
        lines += [BLANK, *await _day_lines(ctx, actor, day)]
    label = n("desk.requests", waiting) if waiting else None
    requests = ((act(label, _REQUESTS, tone=Tone.MAIN),),) if label else ()
    close = ((act(t("desk.close_day"), _CLOSE),),) if may_close(actor) else ()
    return Screen(
        lines=tuple(lines),
        rows=(
            *requests,
            *close,
            (act(t("desk.as_client"), _AS_CLIENT),),
            (act(t("button.help"), _HELP), act(t("button.language"), _LANGUAGE)),
        ),
    )


async def _day_lines(ctx: Context, actor: Actor, day: date) -> list[Line]:
    catalogue = await ctx.catalogue()
    business = catalogue.business
    _, visits = await ctx.app.team.day(actor, business.id, day)
    title = day_words(day, ctx.now, business.zone)
    if not visits:
        return [line(t("desk.day_free", day=title))]
    lines = [line(bold(n("desk.day", len(visits), day=title)))]
    lines += [await _visit_line(ctx, actor, booking) for booking in visits[:_SHOWN_VISITS]]
    if len(visits) > _SHOWN_VISITS:
        lines.append(line(n("desk.more", len(visits) - _SHOWN_VISITS)))
    return lines


async def _visit_line(ctx: Context, actor: Actor, booking: Booking) -> Line:
    client = await ctx.app.clients.get(actor, booking.client_id)
    waits = booking.status is BookingStatus.PENDING
    return dotted(
        t("desk.time", start=Clock(booking.local_start), end=Clock(booking.local_end)),
        raw(client.name, 40),
        booking_title(booking),
        None if actor.role is Role.MASTER else booking_masters(booking),
        t("desk.waits") if waits else None,
    )


async def _waiting(ctx: Context, actor: Actor) -> int:
    assert actor.business_id is not None
    where = BookingFilter(start_from=ctx.now, statuses=frozenset({BookingStatus.PENDING}))
    page = await ctx.app.bookings.list(actor, actor.business_id, where, limit=_COUNTED)
    return len(page.items)


async def _on_desk(ctx: Context, data: DeskData, event: Event) -> Transition:
    if pressed(event, _REQUESTS) is not None:
        return await next_request(ctx) or Go(data, note=t("desk.no_requests"))
    if pressed(event, _CLOSE) is not None:
        return await start_close(ctx)
    if pressed(event, _AS_CLIENT) is not None:
        return Start("home", keep_trail=True)
    if pressed(event, _HELP) is not None:
        return Start("help", keep_trail=True)
    if pressed(event, _LANGUAGE) is not None:
        return Start("language", keep_trail=True)
    return general(event)


# --- a request


async def next_request(ctx: Context, after: Booking | None = None) -> Start | None:
    """The next request that waits for this person's word."""
    actor = await member_of(ctx)
    assert actor.business_id is not None
    booking = await ctx.app.bookings.next_pending(
        actor, actor.business_id, after.start if after is not None else None
    )
    if booking is None or (after is not None and booking.id == after.id):
        return None
    return Start(FLOW, REQUEST, DeskData(str(booking.id), booking.version))


async def _request_view(ctx: Context, data: DeskData) -> Screen:
    actor, booking = await as_member(ctx, UUID(data.booking))
    client = await ctx.app.clients.get(actor, booking.client_id)
    return Screen(
        lines=card_lines(booking, client, ctx.now, title=t("card.title_request"), reader=actor.staff_id),
        rows=(
            (
                act(t("card.confirm"), _CONFIRM, tone=Tone.MAIN),
                act(t("card.decline"), DECLINE, tone=Tone.DANGER),
            ),
            (act(t("card.offer"), _OFFER), act(t("desk.later"), _LATER)),
        ),
    )


async def _on_request(ctx: Context, data: DeskData, event: Event) -> Transition:
    if pressed(event, _LATER) is not None:
        return Start(FLOW)
    if pressed(event, _CONFIRM, DECLINE, _OFFER) is None:
        return general(event)
    actor, booking = await as_member(ctx, UUID(data.booking))
    if pressed(event, DECLINE) is not None:
        return Go(data, DECLINE)
    if pressed(event, _OFFER) is not None:
        return await start_offer(ctx, actor, booking)
    try:
        outcome = await ctx.app.bookings.confirm(actor, booking.id, version=data.version or None)
    except VersionMismatch as error:
        return Go(replace(data, version=error.version), note=t("card.changed"))
    except (SlotNotOffered, NotFound):
        return Go(data, note=t("decided.stands_no_more"))
    return await _next(ctx, t("decided.confirmed") if outcome.already is None else already_words(outcome))


async def _next(ctx: Context, toast: Words) -> Start:
    following = await next_request(ctx) or Start(FLOW, note=t("desk.all_decided"))
    return replace(following, toast=toast)


def already_words(outcome: Outcome) -> Words:
    """Somebody decided it before: who, and how."""
    by = outcome.already
    status = outcome.booking.status
    if by is None or not by.actor_name or status not in {BookingStatus.CONFIRMED, BookingStatus.CANCELLED}:
        return t(f"failure.transition.{status.value}")
    return t(f"already.{status.value}", name=raw(by.actor_name))


# --- declining


def start_decline(booking: Booking) -> Start:
    """Ask why. Raises TransitionRefused when there is nothing to decline."""
    if booking.status not in {BookingStatus.PENDING, BookingStatus.CONFIRMED}:
        raise TransitionRefused(status=booking.status.value, event="decline")
    return Start(FLOW, DECLINE, DeskData(str(booking.id), booking.version))


async def _decline_view(ctx: Context, data: DeskData) -> Screen:
    actor, booking = await as_member(ctx, UUID(data.booking))
    client = await ctx.app.clients.get(actor, booking.client_id)
    confirmed = booking.status is BookingStatus.CONFIRMED
    question = t("decline.question_confirmed") if confirmed else t("decline.question")
    reasons: list[Act] = [act(t(f"decline.reason.{reason}"), _REASON, reason) for reason in REASONS]
    return Screen(
        lines=(
            *card_lines(booking, client, ctx.now, title=question, reader=actor.staff_id),
            BLANK,
            line(t("decline.explain")),
        ),
        choices=Choices(tuple(reasons), columns=2),
        rows=((act(t("decline.no_reason"), _REASON, "", tone=Tone.DANGER),), (back_button(),)),
    )


async def _on_decline(ctx: Context, data: DeskData, event: Event) -> Transition:
    reason = None
    if (args := pressed(event, _REASON)) is not None:
        client_texts = texts((await ctx.catalogue()).business.locale)
        reason = client_texts.t(f"decline.reason.{args[0]}") if args[0] else ""
    elif isinstance(event, Typed) and isinstance(general(event), NotMine):
        reason = event.text
    if reason is None:
        return general(event)
    actor, booking = await as_member(ctx, UUID(data.booking))
    try:
        outcome = await ctx.app.bookings.decline(actor, booking.id, reason, version=data.version or None)
    except VersionMismatch as error:
        return Go(replace(data, version=error.version), note=t("card.changed"))
    confirmed = booking.status is BookingStatus.CONFIRMED
    toast = t("decided.cancelled") if confirmed else t("decided.declined")
    return await _next(ctx, toast if outcome.already is None else already_words(outcome))


desk = Flow(
    name=FLOW,
    first=DESK,
    data=DeskData,
    steps={
        DESK: Step(_desk_view, _on_desk),
        REQUEST: Step(_request_view, _on_request),
        DECLINE: Step(_decline_view, _on_decline),
    },
    resting=True,
)
