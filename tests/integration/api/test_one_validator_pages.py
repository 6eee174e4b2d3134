"""One validator, the other ways in: the Mini App's presses, a chat's «again» and series, the operator's
override, all that tells of free time beside the list; and what can't be asked for at all.

A page says no in words of its own, so it is looked for what it has made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from aiohttp import web

from bots.dialogs.event import Pressed
from bots.dialogs.flows import book_path, picking, series
from bots.dialogs.flows.again import start_again
from bots.dialogs.screen import Action
from bots.dialogs.transition import Leave
from core.domain.booking import OPEN
from core.domain.catalog import BookingRules
from core.domain.recurrence import SeriesPlan
from core.domain.visit import Refusal, SlotQuery, VisitItem, to_minutes
from core.services.holding import HeldStart
from deploy.clock import new_id
from tests.integration.api.conftest import serve
from tests.integration.api.test_one_validator import (
    CASES,
    CONFLICT,
    DIALOGS,
    FINE,
    KIND,
    TELLING,
    TUESDAY,
    UNKNOWN,
    WAIVED,
    Stage,
    outcome,
    stage_of,
)
from tests.support.site import Site
from tests.support.world import Core, Hands, World, make_business
from webapp.access import VISITOR
from webapp.miniapp.flow import Flow
from webapp.miniapp.owner import HEADER
from webapp.visit_key import Visit
from webapp.wiring import VISIT_KEYS

#: In the comment of what a page books.
MARK = "это я"
HTMX = {"HX-Request": "true", "Accept": "text/html", VISITOR: "a-page-of-this-test"}


async def made_at(stage: Stage, start: datetime) -> str:
    """Whether there is a booking that somebody has made, or moved, for this start; it is taken away."""
    page = await stage.core.bookings.list(stage.world.owner(), stage.world.id)
    made = [each for each in page.items if each.start == start and each.status in OPEN]
    for each in made:
        if each.id == stage.booking.id:
            await stage.core.bookings.reschedule(stage.world.owner(), each.id, stage.booking.start)
        elif each.comment == MARK:
            await stage.core.bookings.cancel(stage.world.owner(), each.id)
    return FINE if any(each.id == stage.booking.id or each.comment == MARK for each in made) else ""


async def posted(stage: Stage, path: str, flow: Flow, **more: str) -> int:
    """What the Mini App sends."""
    app: web.Application = stage.site.http.app
    key = app[VISIT_KEYS].make(Visit(stage.booking.id, stage.booking.client_id, stage.world.id))
    form = urlencode([*flow.pairs(), *more.items()])
    kind = {"Content-Type": "application/x-www-form-urlencoded", HEADER: key}
    reply = await stage.site.call("POST", f"/b/strict/{path}", data=form, headers={**HTMX, **kind})
    assert reply.status < 500
    return reply.status


async def by_page(stage: Stage, start: datetime) -> str:
    """The form's last press, without a hold."""
    flow = Flow(items=stage.items, start=to_minutes(start), key=f"form-{new_id()}")
    said = {"name": "Ольга", "phone": "+79001234567", "consent": "1", "comment": MARK}
    await posted(stage, "book", flow, **said)
    return await made_at(stage, start)


async def by_page_hold(stage: Stage, start: datetime) -> str:
    """A time is pressed."""
    await posted(stage, "hold", Flow(items=stage.items, start=to_minutes(start)))
    owner = f"web:{HTMX[VISITOR]}"
    held: HeldStart | None = await stage.core.holding.mine(stage.world.id, owner)
    await stage.core.holding.release(stage.world.id, owner)
    return "" if held is None else FINE


async def by_page_move(stage: Stage, start: datetime) -> str:
    """The visit is moved."""
    await posted(stage, "move", Flow(moves=stage.booking.id, start=to_minutes(start)))
    return await made_at(stage, start)


async def by_next(stage: Stage, start: datetime) -> str:
    """Among all that is free from now on."""
    starts = await stage.core.availability.next(stage.world.id, stage.query, limit=5000)
    return FINE if to_minutes(start) in {each.start for each in starts} else ""


async def by_nearest(stage: Stage, start: datetime) -> str:
    """Nearest to itself."""
    starts = await stage.core.availability.nearest(stage.world.id, stage.query, start, limit=1)
    return FINE if starts and starts[0].start == to_minutes(start) else ""


async def by_month(stage: Stage, start: datetime) -> str:
    """A day is marked when it has a start, and only then."""
    day = start.astimezone(stage.world.zone).date()
    marked = await stage.core.availability.month(stage.world.id, stage.query, day, day)
    (listed,) = await stage.core.availability.days(stage.world.id, stage.query, day, day)
    assert bool(marked) == bool(listed.starts)
    return FINE if to_minutes(start) in {each.start for each in listed.starts} else ""


async def by_again(stage: Stage, start: datetime) -> str:
    """«Again», and a time that was shown a while ago."""
    ctx = stage.context()
    begun = await start_again(ctx, stage.booking)
    pressed = Pressed(Action(picking.PICK, (to_minutes(start),)))
    to: Any = await DIALOGS.flows[book_path.FLOW].steps[picking.TIMES].on(ctx, begun.data, pressed)
    await stage.core.holding.release(stage.world.id, ctx.owner)
    return "" if to.step in {book_path.GONE, book_path.MISSED} else FINE


async def by_chat_series(stage: Stage, start: datetime) -> str:
    """The last press of «repeat», with another start for the second visit."""
    data = series.SeriesData(
        str(stage.booking.id), 1, 2, replaced=([1, to_minutes(start)],), form=str(new_id())
    )
    step = DIALOGS.flows[series.FLOW].steps[series.REVIEW]
    if not isinstance(await step.on(stage.context(), data, Pressed(Action("book"))), Leave):
        return ""
    coming = await stage.core.bookings.coming(stage.client)
    [made] = [each for each in coming if each.start == start]
    await stage.core.bookings.cancel(stage.world.owner(), made.id)
    return FINE


PAGES = (
    by_page,
    by_page_hold,
    by_page_move,
    by_next,
    by_nearest,
    by_month,
    by_again,
    by_chat_series,
)


#: What goes on with another master when the one asked for is gone, for there is a summary to come.
LENIENT = (by_page_hold, by_again)
GONE = {Refusal.UNKNOWN_STAFF, Refusal.STAFF_DOES_NOT_DO_IT}


async def by_override(stage: Stage, start: datetime) -> str:
    """The operator books against the rules."""
    wish = stage.world.wish(start, items=stage.items, override=True)
    made = await stage.core.bookings.create(stage.world.owner(), wish)
    await stage.core.bookings.cancel(stage.world.owner(), made.id)
    return FINE


async def arranged(site: Site, world: World, name: str) -> Stage:
    """Everything as the case has it."""
    case = CASES[name]
    stage = await stage_of(site, world, case.items(world))
    if case.arrange is not None:
        await case.arrange(site.core, world)
    return stage


@pytest.mark.parametrize("name", CASES)
async def test_no_page_and_no_press_has_what_the_others_refuse(core: Core, name: str) -> None:
    case = CASES[name]
    assert isinstance(core.clock, Hands)
    rules = replace(case.rules, max_active_per_client=None, max_reschedules=None)
    world = await make_business(core.uow, slug="strict", rules=rules)
    async with serve(core, world, core.clock) as site:
        stage = await arranged(site, world, name)
        start = case.start(world)
        # Without the master who is gone there may be others: the summary will show whom.
        entries = PAGES if case.reason not in GONE else [each for each in PAGES if each not in LENIENT]
        answers = {entry.__name__: await outcome(entry, stage, start) for entry in entries}
        assert FINE not in answers.values(), answers
        by_operator = FINE if case.reason in WAIVED | {Refusal.OUTSIDE_HOURS} else case.expected
        assert await outcome(by_override, stage, start) == by_operator


async def test_they_all_have_what_is_free(core: Core) -> None:
    assert isinstance(core.clock, Hands)
    rules = BookingRules(max_active_per_client=None, max_reschedules=None)
    world = await make_business(core.uow, slug="strict", rules=rules)
    async with serve(core, world, core.clock) as site:
        stage = await stage_of(site, world, (VisitItem(world.manicure, world.anna),))
        start = world.at(12, day=TUESDAY)
        answers = {entry.__name__: await outcome(entry, stage, start) for entry in (*PAGES, by_override)}
        assert answers == dict.fromkeys(answers, FINE)


async def test_what_somebody_else_holds_is_had_by_nobody(core: Core) -> None:
    assert isinstance(core.clock, Hands)
    rules = BookingRules(max_active_per_client=None, max_reschedules=None)
    world = await make_business(core.uow, slug="strict", rules=rules)
    async with serve(core, world, core.clock) as site:
        stage = await stage_of(site, world, (VisitItem(world.manicure, world.anna),))
        start = world.at(12, day=TUESDAY)
        await core.holding.hold(world.id, stage.query, start, "somebody-else")
        answers = {entry.__name__: await outcome(entry, stage, start) for entry in TELLING}
        assert answers == dict.fromkeys(answers, CONFLICT)
        kind = {entry.__name__: await outcome(entry, stage, start) for entry in (*KIND, *PAGES)}
        assert FINE not in kind.values(), kind
        assert await outcome(by_override, stage, start) == FINE, "who may go against the rules may here too"


# --- what can't be asked for

#: What is asked for instead, and what every way in answers.
STRANGE: Mapping[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a place of somebody else's": ({"location_id": UUID(int=1)}, {}, UNKNOWN),
    "a master of somebody else's": ({}, {"staff_id": UUID(int=1)}, UNKNOWN),
    "a service of somebody else's": ({}, {"service_id": UUID(int=1)}, UNKNOWN),
    "an add-on of somebody else's": ({}, {"addon_ids": (UUID(int=1),)}, UNKNOWN),
    "more seats than there are": ({"seats": 2}, {}, Refusal.TOO_MANY_SEATS.value),
}


@pytest.mark.parametrize("name", STRANGE)
async def test_what_there_is_not_is_refused_alike(core: Core, name: str) -> None:
    of_visit, of_item, expected = STRANGE[name]
    assert isinstance(core.clock, Hands)
    world = await make_business(core.uow, slug="strict")
    start = world.at(12, day=TUESDAY)
    item = replace(VisitItem(world.manicure, world.anna), **of_item)
    query = SlotQuery((item,), **of_visit)
    wish = world.wish(start, items=(item,), **of_visit)
    sent = {
        "start_ts": start.isoformat(),
        "items": [
            {
                "service_id": str(item.service_id),
                "staff_id": str(item.staff_id),
                "addon_ids": [str(addon) for addon in item.addon_ids],
            }
        ],
        **{key: str(value) if isinstance(value, UUID) else value for key, value in of_visit.items()},
    }
    async with serve(core, world, core.clock) as site:
        stage = await stage_of(site, world, (VisitItem(world.manicure, world.anna),))

        async def by_list(stage: Stage, start: datetime) -> str:
            (day,) = await stage.core.availability.days(world.id, query, TUESDAY, TUESDAY)
            return FINE if day.starts else expected

        async def by_hold(stage: Stage, start: datetime) -> str:
            await stage.core.holding.hold(world.id, query, start, "somebody")
            return FINE

        async def by_booking(stage: Stage, start: datetime) -> str:
            await stage.core.bookings.create(world.visitor(), wish)
            return FINE

        async def by_override(stage: Stage, start: datetime) -> str:
            await stage.core.bookings.create(world.owner(), replace(wish, override=True))
            return FINE

        async def by_series(stage: Stage, start: datetime) -> str:
            plan = SeriesPlan(1, 2)
            (first, _) = await stage.core.bookings.preview_series(world.visitor(), wish, plan)
            return FINE if first.refusal is None else first.refusal.value

        entries = (by_list, by_hold, by_booking, by_override, by_series)
        answers = {entry.__name__: await outcome(entry, stage, start) for entry in entries}
        assert answers == dict.fromkeys(answers, expected)
        booking = site.wish(start, service_id=None, staff_id=None) | sent
        headers = {VISITOR: "a-visitor-of-this-test"}
        replies = [
            await site.post(f"{site.business}/bookings", booking),
            await site.post(f"{site.business}/bookings/series", {**booking, "every_weeks": 1, "times": 2}),
            await site.post(f"{site.business}/holds", sent, headers=headers),
        ]
        # A series tells its visits' reasons one by one, as a conflict.
        expected_statuses = [404, 404, 404] if expected == UNKNOWN else [422, 409, 422]
        assert [reply.status for reply in replies] == expected_statuses
