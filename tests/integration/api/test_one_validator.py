"""One validator: the same forbidden start is refused for the same reason, whichever way somebody comes.

Every case is walked through every entry on one database: the list, a hold, a booking, a move, an offer of
other times, a series, one that a booking becomes the first of, all of them over HTTP, and the presses of a
chat, its summary's too. What was agreed on before, an offer that is taken and a request that is confirmed, is
refused where there is no such time any more, and only there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from bots.dialogs.assembly import build_dialogs
from bots.dialogs.context import Context
from bots.dialogs.event import Pressed
from bots.dialogs.flows import book_path, move, picking
from bots.dialogs.flows.draft import BookData, write_items
from bots.dialogs.screen import Action
from bots.dialogs.transition import Go, Leave
from core.domain.actor import Actor
from core.domain.booking import Booking, TimelineEntry
from core.domain.catalog import BookingRules, GapMode
from core.domain.client import Identity
from core.domain.errors import (
    DomainError,
    NotFound,
    PolicyRefused,
    SeriesConflict,
    SlotConflict,
    SlotNotOffered,
)
from core.domain.moving import OFFER
from core.domain.recurrence import SeriesPlan
from core.domain.visit import Refusal, SlotQuery, VisitItem, to_minutes
from deploy.clock import new_id
from locales import texts
from tests.integration.api.conftest import serve
from tests.support.dialog import CAPS, app_of
from tests.support.site import Site
from tests.support.world import MONDAY, Core, Hands, World, book, make_business
from webapp.access import VISITOR
from webapp.visit_key import Visit
from webapp.wiring import VISIT_KEYS

DIALOGS = build_dialogs()
TUESDAY = MONDAY + timedelta(days=1)
FRIDAY = MONDAY + timedelta(days=4)
CONFLICT = "conflict"
UNKNOWN = "unknown"
FINE = "fine"


@dataclass
class Stage:
    """A business, and somebody whose visit on Friday could be moved."""

    site: Site
    world: World
    items: tuple[VisitItem, ...]
    client: Actor
    identity: Identity
    booking: Booking

    @property
    def core(self) -> Core:
        """The services."""
        return self.site.core

    @property
    def query(self) -> SlotQuery:
        """The visit that is wanted."""
        return SlotQuery(self.items)

    def context(self) -> Context:
        """The client's chat."""
        return Context(
            app=app_of(self.core),
            caps=CAPS["telegram"],
            texts=texts("ru"),
            now=self.core.clock.now(),
            identity=self.identity,
            business_id=self.world.id,
        )


@dataclass(frozen=True)
class Case:
    """A start that can't be had. ``arrange`` puts in its way what stands there."""

    reason: Refusal
    start: Callable[[World], datetime]
    items: Callable[[World], tuple[VisitItem, ...]] = lambda world: (VisitItem(world.manicure, world.anna),)
    arrange: Callable[[Core, World], Awaitable[Any]] | None = None
    rules: BookingRules = field(default_factory=BookingRules)

    @property
    def expected(self) -> str:
        """What every entry has to answer."""
        return word(self.reason)


def word(refusal: Refusal) -> str:
    """How entries tell a refusal: somebody has it, there is no such thing, or the reason."""
    if refusal.is_conflict:
        return CONFLICT
    return UNKNOWN if refusal.value.startswith("unknown_") else refusal.value


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> Callable[[World], datetime]:
    """A wall clock, of Tuesday unless told otherwise."""
    return lambda world: world.at(hour, minute, day=day)


async def _busy(core: Core, world: World) -> None:
    await core.bookings.create(world.visitor(), world.wish(world.at(12, day=TUESDAY)))


async def _busy_room(core: Core, world: World) -> None:
    items = (VisitItem(world.massage, world.maria),)
    await core.bookings.create(world.visitor(), world.wish(world.at(12, day=TUESDAY), items=items))


async def _full_group(core: Core, world: World) -> None:
    wish = world.wish(world.at(12, day=TUESDAY), items=(VisitItem(world.yoga),), seats=4)
    await core.bookings.create(world.visitor(), wish)


async def _closed(core: Core, world: World) -> None:
    await core.admin.create_exception(world.owner(), world.id, {"date": str(TUESDAY), "type": "closed"})


async def _on_holiday(core: Core, world: World) -> None:
    hours = {"date": str(TUESDAY), "type": "closed", "start_time": "12:30", "end_time": "15:00"}
    await core.admin.create_exception(world.owner(), world.id, {**hours, "staff_id": str(world.anna)})


async def _by_request(core: Core, world: World) -> None:
    await core.admin.update_service(world.owner(), world.manicure, {"online": False})


async def _archived(core: Core, world: World) -> None:
    await core.admin.archive_service(world.owner(), world.manicure)


async def _left(core: Core, world: World) -> None:
    await core.admin.archive_staff(world.owner(), world.anna)


async def _does_it_no_more(core: Core, world: World) -> None:
    await core.admin.update_staff(world.owner(), world.anna, {"service_ids": [str(world.massage)]})


def massage(world: World) -> tuple[VisitItem, ...]:
    """By Anna, in the one room."""
    return (VisitItem(world.massage, world.anna),)


def two(world: World) -> tuple[VisitItem, ...]:
    """Manicure and pedicure with Anna: two hours and a half."""
    return VisitItem(world.manicure, world.anna), VisitItem(world.pedicure, world.anna)


CASES = {
    "past": Case(Refusal.IN_THE_PAST, at(8, day=MONDAY)),
    "yesterday": Case(Refusal.IN_THE_PAST, at(12, day=MONDAY - timedelta(days=2))),
    "notice": Case(Refusal.TOO_SOON, at(10, day=MONDAY), rules=BookingRules(min_notice_minutes=120)),
    "cut-off": Case(Refusal.TOO_SOON, at(18, day=MONDAY), rules=BookingRules(same_day_cutoff=8 * 60)),
    "horizon": Case(Refusal.TOO_FAR, at(12, day=MONDAY + timedelta(days=61))),
    "grid": Case(Refusal.OFF_GRID, at(12, 7)),
    "before opening": Case(Refusal.OUTSIDE_HOURS, at(9)),
    "past closing": Case(Refusal.OUTSIDE_HOURS, at(19, 15)),
    "sunday": Case(Refusal.OUTSIDE_HOURS, at(12, day=MONDAY + timedelta(days=6))),
    "closed day": Case(Refusal.OUTSIDE_HOURS, at(12), arrange=_closed),
    "master's own hours": Case(Refusal.OUTSIDE_HOURS, at(12), arrange=_on_holiday),
    "two services past closing": Case(Refusal.OUTSIDE_HOURS, at(18), two),
    "taken": Case(Refusal.TAKEN, at(12, 30), arrange=_busy),
    "taken later in the visit": Case(Refusal.TAKEN, at(11), two, _busy),
    "no room": Case(Refusal.NO_ROOM, at(12), massage, _busy_room),
    "full group": Case(Refusal.TAKEN, at(12), lambda world: (VisitItem(world.yoga),), _full_group),
    "by request only": Case(Refusal.NOT_ONLINE, at(12), arrange=_by_request),
    "archived service": Case(Refusal.UNKNOWN_SERVICE, at(12), arrange=_archived),
    "master gone": Case(Refusal.UNKNOWN_STAFF, at(12), arrange=_left),
    "not done any more": Case(Refusal.STAFF_DOES_NOT_DO_IT, at(12), arrange=_does_it_no_more),
    "daily limit": Case(Refusal.DAILY_LIMIT, at(16), arrange=_busy, rules=BookingRules(max_visits_per_day=1)),
    "gap": Case(Refusal.LEAVES_GAP, at(10, 30), rules=BookingRules(gap_mode=GapMode.LIMIT)),
}


# --- the entries


async def by_list(stage: Stage, start: datetime) -> str:
    """Not among the free starts of its day."""
    day = start.astimezone(stage.world.zone).date()
    days = await stage.core.availability.days(stage.world.id, stage.query, day, day)
    return FINE if to_minutes(start) in {each.start for each in days[0].starts} else ""


async def by_hold(stage: Stage, start: datetime) -> str:
    """A hold."""
    await stage.core.holding.hold(stage.world.id, stage.query, start, "somebody")
    await stage.core.holding.release(stage.world.id, "somebody")
    return FINE


async def by_booking(stage: Stage, start: datetime) -> str:
    """A booking."""
    made = await stage.core.bookings.create(stage.world.visitor(), stage.world.wish(start, items=stage.items))
    await stage.core.bookings.cancel(stage.world.owner(), made.id)
    return FINE


async def by_series(stage: Stage, start: datetime) -> str:
    """The first visit of a series."""
    wish = stage.world.wish(start, items=stage.items)
    plan = SeriesPlan(1, 2, left_out=frozenset({1}))
    seen = await stage.core.bookings.preview_series(stage.world.visitor(), wish, plan)
    if seen[0].refusal is not None:
        with pytest.raises(SeriesConflict) as refused:
            await stage.core.bookings.create_series(stage.world.visitor(), wish, plan)
        assert refused.value.occurrences == seen
        return word(seen[0].refusal)
    series = await stage.core.bookings.create_series(stage.world.visitor(), wish, plan)
    await stage.core.bookings.cancel(stage.world.owner(), series.bookings[0].id)
    return FINE


async def by_repeat(stage: Stage, start: datetime) -> str:
    """The second visit of a series that a booking becomes the first of."""
    plan = SeriesPlan(1, 2, replaced={1: start})
    seen = await stage.core.bookings.preview_repeat(stage.client, stage.booking.id, plan)
    if seen[1].refusal is not None:
        with pytest.raises(SeriesConflict):
            await stage.core.bookings.repeat(stage.client, stage.booking.id, plan)
        return word(seen[1].refusal)
    series = await stage.core.bookings.repeat(stage.client, stage.booking.id, plan)
    [made] = [each for each in series.bookings if each.start == start]
    await stage.core.bookings.cancel(stage.world.owner(), made.id)
    return FINE


async def by_offer(stage: Stage, start: datetime) -> str:
    """The business offers that time."""
    await stage.core.bookings.offer_times(stage.world.owner(), stage.booking.id, [start])
    return FINE


async def by_move(stage: Stage, start: datetime) -> str:
    """The client moves their visit."""
    await stage.core.bookings.reschedule(stage.client, stage.booking.id, start)
    await stage.core.bookings.reschedule(stage.world.owner(), stage.booking.id, stage.booking.start)
    return FINE


async def by_http(stage: Stage, start: datetime) -> str:
    """POST …/bookings."""
    wish = stage.site.wish(start, service_id=None, staff_id=None, items=_http_items(stage))
    reply = await stage.site.post(f"{stage.site.business}/bookings", wish)
    if reply.status == 201:
        await stage.core.bookings.cancel(stage.world.owner(), UUID(reply.body["booking"]["id"]))
    return _of_reply(reply.status, reply.body)


async def by_http_move(stage: Stage, start: datetime) -> str:
    """POST …/reschedule, by the client."""
    app: web.Application = stage.site.http.app
    visit = Visit(stage.booking.id, stage.booking.client_id, stage.world.id)
    reply = await stage.site.post(
        f"/api/v1/bookings/{stage.booking.id}/reschedule",
        {"start_ts": start.isoformat()},
        token=app[VISIT_KEYS].make(visit),
    )
    if reply.status == 200:
        await stage.core.bookings.reschedule(stage.world.owner(), stage.booking.id, stage.booking.start)
    return _of_reply(reply.status, reply.body)


async def by_http_hold(stage: Stage, start: datetime) -> str:
    """POST …/holds."""
    headers = {VISITOR: "a-visitor-of-this-test"}
    wish = {"items": _http_items(stage), "start_ts": start.isoformat()}
    reply = await stage.site.post(f"{stage.site.business}/holds", wish, headers=headers)
    await stage.site.call("DELETE", f"{stage.site.business}/holds", headers=headers)
    return _of_reply(reply.status, reply.body)


async def by_http_series(stage: Stage, start: datetime) -> str:
    """POST …/bookings/series."""
    wish = stage.site.wish(start, service_id=None, staff_id=None, items=_http_items(stage))
    plan = {"every_weeks": 1, "times": 2, "left_out": [1]}
    reply = await stage.site.post(f"{stage.site.business}/bookings/series", {**wish, **plan})
    if reply.status == 201:
        for made in reply.body["bookings"]:
            await stage.core.bookings.cancel(stage.world.owner(), UUID(made["id"]))
        return FINE
    if reply.code != "SERIES_CONFLICT":
        return _of_reply(reply.status, reply.body)
    return word(Refusal(reply.body["error"]["occurrences"][0]["reason"]))


def _http_items(stage: Stage) -> list[dict[str, str | None]]:
    return [
        {"service_id": str(item.service_id), "staff_id": str(item.staff_id) if item.staff_id else None}
        for item in stage.items
    ]


def _of_reply(status: int, body: Any) -> str:
    if status < 300:
        return FINE
    told = {"SLOT_CONFLICT": CONFLICT, "NOT_FOUND": UNKNOWN}
    return told.get(body["error"]["code"]) or str(body["error"]["reason"])


async def by_chat(stage: Stage, start: datetime) -> str:
    """A button that was shown a while ago is pressed."""
    data = BookData(items=write_items(stage.items), name="Ольга", phone="+79001234567")
    pressed = Pressed(Action(picking.PICK, (to_minutes(start),)))
    ctx = stage.context()
    to = await DIALOGS.flows[book_path.FLOW].steps[picking.TIMES].on(ctx, data, pressed)
    await stage.core.holding.release(stage.world.id, ctx.owner)
    return _of_step(to, book_path.GONE, book_path.MISSED)


async def by_chat_move(stage: Stage, start: datetime) -> str:
    """The same when moving."""
    data = move.MoveData(booking=str(stage.booking.id))
    pressed = Pressed(Action(picking.PICK, (to_minutes(start),)))
    ctx = stage.context()
    to = await DIALOGS.flows[move.FLOW].steps[picking.TIMES].on(ctx, data, pressed)
    await stage.core.holding.release(stage.world.id, ctx.owner)
    return _of_step(to, move.GONE, move.MISSED)


async def by_summary(stage: Stage, start: datetime) -> str:
    """The last press of a chat, on a summary that was shown a while ago."""
    data = BookData(
        items=write_items(stage.items),
        start=to_minutes(start),
        name="Ольга",
        phone="+79001234567",
        form=str(new_id()),
    )
    pressed = Pressed(Action("book"))
    to = await DIALOGS.flows[book_path.FLOW].steps[book_path.SUMMARY].on(stage.context(), data, pressed)
    if not isinstance(to, Leave):
        return _of_step(to, book_path.GONE, book_path.MISSED)
    coming = await stage.core.bookings.coming(stage.client)
    [made] = [each for each in coming if each.start == start]
    await stage.core.bookings.cancel(stage.world.owner(), made.id)
    return FINE


def _of_step(to: Any, gone: str, missed: str) -> str:
    assert isinstance(to, Go)
    return {gone: CONFLICT, missed: ""}.get(to.step or "", FINE)


#: What tells the reason, and what only says no (the list, and the chat's kinder words).
TELLING = (
    by_hold,
    by_booking,
    by_series,
    by_repeat,
    by_offer,
    by_move,
    by_http,
    by_http_move,
    by_http_hold,
    by_http_series,
)
KIND = (by_list, by_chat, by_chat_move, by_summary)

#: What binds the asking only, and not what was agreed on.
WAIVED = {
    Refusal.TOO_SOON,
    Refusal.TOO_FAR,
    Refusal.OFF_GRID,
    Refusal.NOT_ONLINE,
    Refusal.DAILY_LIMIT,
    Refusal.LEAVES_GAP,
}


async def outcome(entry: Callable[[Stage, datetime], Awaitable[str]], stage: Stage, start: datetime) -> str:
    """What an entry answers to a start."""
    try:
        return await entry(stage, start)
    except SlotConflict:
        return CONFLICT
    except NotFound:
        return UNKNOWN
    except SlotNotOffered as error:
        return error.reason


async def stage_of(site: Site, world: World, items: tuple[VisitItem, ...]) -> Stage:
    """A client whose visit of the same kind is on Friday."""
    client, identity, booking = await book(site.core, world, world.at(12, day=FRIDAY), items=items)
    return Stage(site, world, items, client, identity, booking)


@pytest.mark.parametrize("name", CASES)
async def test_every_entry_refuses_alike(core: Core, name: str) -> None:
    case = CASES[name]
    assert isinstance(core.clock, Hands)
    rules = replace(case.rules, max_active_per_client=None, max_reschedules=None)
    world = await make_business(core.uow, slug="strict", rules=rules)
    async with serve(core, world, core.clock) as site:
        stage = await stage_of(site, world, case.items(world))
        if case.arrange is not None:
            await case.arrange(core, world)
        start = case.start(world)
        answers = {entry.__name__: await outcome(entry, stage, start) for entry in TELLING}
        assert answers == dict.fromkeys(answers, case.expected)
        kind = {entry.__name__: await outcome(entry, stage, start) for entry in KIND}
        assert FINE not in kind.values()
        talked = {answer for entry, answer in kind.items() if entry != "by_list"}
        assert talked == {case.expected if case.expected in {CONFLICT, UNKNOWN} else ""}
        stored = await core.bookings.get(stage.client, stage.booking.id)
        assert stored.start == stage.booking.start, "nothing was half done"


async def by_accept(stage: Stage, start: datetime) -> str:
    """A time that was offered is taken."""
    offer = TimelineEntry(
        id=new_id(),
        booking_id=stage.booking.id,
        at=stage.core.clock.now(),
        event=OFFER,
        actor_kind="member",
        actor_id=None,
        actor_name="Елена",
        after={"starts": [start.isoformat()]},
    )
    async with stage.core.uow.begin() as tx:
        await tx.bookings.add_timeline(offer)
    await stage.core.bookings.accept_offer(stage.client, stage.booking.id, start)
    return FINE


@pytest.mark.parametrize("name", CASES)
async def test_an_offer_is_refused_where_there_is_no_such_time(core: Core, name: str) -> None:
    case = CASES[name]
    assert isinstance(core.clock, Hands)
    world = await make_business(core.uow, slug="strict", rules=case.rules)
    async with serve(core, world, core.clock) as site:
        stage = await stage_of(site, world, case.items(world))
        if case.arrange is not None:
            await case.arrange(core, world)
        answer = await outcome(by_accept, stage, case.start(world))
        assert answer == (FINE if case.reason in WAIVED else case.expected)


@pytest.mark.parametrize(
    "name", ["closed day", "master's own hours", "by request only", "archived service", "master gone"]
)
async def test_a_request_is_refused_where_there_is_no_such_time(core: Core, name: str) -> None:
    case = CASES[name]
    assert isinstance(core.clock, Hands)
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    async with serve(core, world, core.clock) as site:
        stage = await stage_of(site, world, case.items(world))
        wish = world.wish(case.start(world), items=case.items(world))
        asked = await core.bookings.create(world.visitor(), wish)
        assert case.arrange is not None
        await case.arrange(core, world)
        expected = FINE if case.reason in WAIVED else case.expected

        async def by_confirm(stage: Stage, _: datetime) -> str:
            await stage.core.bookings.confirm(stage.world.owner(), asked.id)
            return FINE

        async def by_confirm_series(stage: Stage, _: datetime) -> str:
            await stage.core.bookings.confirm_series(stage.world.owner(), asked.id)
            return FINE

        async def by_http_confirm(stage: Stage, _: datetime) -> str:
            path = f"/api/v1/bookings/{asked.id}/status"
            reply = await stage.site.post(path, {"status": "confirmed"}, token=await stage.site.token())
            return _of_reply(reply.status, reply.body)

        entries = [by_http_confirm] if expected == FINE else [by_confirm, by_confirm_series, by_http_confirm]
        for entry in entries:
            assert await outcome(entry, stage, wish.start) == expected
        if expected != FINE:
            reply = await site.post(
                f"/api/v1/bookings/{asked.id}/status",
                {"status": "confirmed", "override": True},
                token=await site.token(),
            )
            assert (reply.status, reply.body["booking"]["status"]) == (200, "confirmed")


@pytest.mark.parametrize("items", [massage, two, lambda world: (VisitItem(world.yoga),)])
async def test_every_entry_takes_what_the_list_offers(
    core: Core, items: Callable[[World], tuple[VisitItem, ...]]
) -> None:
    assert isinstance(core.clock, Hands)
    world = await make_business(
        core.uow, rules=BookingRules(max_active_per_client=None, max_reschedules=None)
    )
    async with serve(core, world, core.clock) as site:
        stage = await stage_of(site, world, items(world))
        days = await core.availability.days(world.id, stage.query, MONDAY, TUESDAY)
        for day in days:
            for free in (day.starts[0], day.starts[-1]):
                start = datetime.fromtimestamp(free.start * 60, world.zone)
                answers = {entry.__name__: await outcome(entry, stage, start) for entry in (*TELLING, *KIND)}
                assert answers == dict.fromkeys(answers, FINE)


async def test_a_request_is_not_confirmed_once_its_time_is_over(core: Core) -> None:
    assert isinstance(core.clock, Hands)
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    async with serve(core, world, core.clock) as site:
        stage = await stage_of(site, world, (VisitItem(world.manicure, world.anna),))
        core.clock.to(stage.booking.end)
        with pytest.raises(PolicyRefused) as refused:
            await core.bookings.confirm(world.owner(), stage.booking.id)
        assert refused.value.rule == "already_over"
        reply = await site.post(
            f"/api/v1/bookings/{stage.booking.id}/status", {"status": "confirmed"}, token=await site.token()
        )
        assert (reply.status, reply.details) == (422, [("booking", "already_over")])
        with pytest.raises(DomainError):
            await core.bookings.confirm_series(world.owner(), stage.booking.id)
