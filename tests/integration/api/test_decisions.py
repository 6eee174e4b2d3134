"""Deciding on what was looked at, and one's own hold: not in one's way."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from core.domain.booking import BookingStatus
from core.domain.catalog import BookingRules
from tests.integration.api.conftest import serve
from tests.support.site import Site
from tests.support.world import MONDAY, Core, Hands, book, make_business
from webapp.access import VISITOR
from webapp.visit_key import Visit
from webapp.wiring import VISIT_KEYS

TUESDAY = MONDAY + timedelta(days=1)
ME = {VISITOR: "a-browser-of-this-test"}


async def test_what_has_changed_since_is_not_decided(core: Core) -> None:
    assert isinstance(core.clock, Hands)
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    async with serve(core, world, core.clock) as site:
        client, _, booking = await book(core, world, world.at(12))
        moved = (await core.bookings.reschedule(client, booking.id, world.at(16))).booking
        path, token = f"/api/v1/bookings/{booking.id}/status", await site.token()
        for status in ("confirmed", "cancelled"):
            reply = await site.post(path, {"status": status, "version": 1}, token=token)
            assert (reply.status, reply.code) == (409, "VERSION_MISMATCH")
            assert reply.details == [("version", "outdated")]
            assert reply.body["error"]["version"] == moved.version
        assert await core.bookings.get(client, booking.id) == moved
        faulty = await site.post(path, {"status": "confirmed", "version": 0}, token=token)
        assert (faulty.status, faulty.details) == (422, [("version", "out_of_range")])
        reply = await site.post(path, {"status": "confirmed", "version": moved.version}, token=token)
        assert (reply.status, reply.body["booking"]["status"]) == (200, BookingStatus.CONFIRMED)


async def test_ones_own_hold_is_not_in_ones_way(site: Site, core: Core) -> None:
    world = site.world
    app: web.Application = site.http.app
    wish = {"items": [{"service_id": str(world.manicure), "staff_id": str(world.anna)}]}
    _, _, booking = await book(core, world, world.at(12))
    token = app[VISIT_KEYS].make(Visit(booking.id, booking.client_id, world.id))
    moves = f"/api/v1/bookings/{booking.id}/reschedule"
    start = world.at(15).isoformat()
    held = await site.post(f"{site.business}/holds", {**wish, "start_ts": start}, headers=ME)
    assert held.status == 201
    assert (await site.post(moves, {"start_ts": start}, token=token)).code == "SLOT_CONFLICT"
    assert (await site.post(moves, {"start_ts": start}, token=token, headers=ME)).status == 200

    offered = world.at(16, day=TUESDAY)
    await core.bookings.offer_times(world.owner(), booking.id, [offered])
    later = {"start_ts": offered.isoformat()}
    assert (await site.post(f"{site.business}/holds", {**wish, **later}, headers=ME)).status == 201
    accepts = f"/api/v1/bookings/{booking.id}/accept"
    assert (await site.post(accepts, later, token=token)).code == "SLOT_CONFLICT"
    assert (await site.post(accepts, later, token=token, headers=ME)).status == 200

    third = world.at(18).isoformat()
    assert (await site.post(f"{site.business}/holds", {**wish, "start_ts": third}, headers=ME)).status == 201
    for_them = site.wish(world.at(18))
    owner = await site.token()
    assert (await site.post(f"{site.business}/bookings", for_them, token=owner)).code == "SLOT_CONFLICT"
    made = await site.post(f"{site.business}/bookings", for_them, token=owner, headers=ME)
    assert made.status == 201


async def test_a_key_that_made_a_booking_makes_no_series(site: Site) -> None:
    world, key = site.world, {"Idempotency-Key": "one-form"}
    wish = site.wish(world.at(12))
    assert (await site.post(f"{site.business}/bookings", wish, headers=key)).status == 201
    series = {**site.wish(world.at(15, day=TUESDAY)), "every_weeks": 1, "times": 2}
    reply = await site.post(f"{site.business}/bookings/series", series, headers=key)
    assert (reply.status, reply.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert reply.details == [("Idempotency-Key", "reused")]
