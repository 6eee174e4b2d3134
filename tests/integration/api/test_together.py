"""Services that several masters do together, over HTTP: made by an owner, booked by a client."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from core.domain.actor import SYSTEM, Role
from core.domain.recurrence import SeriesPlan
from tests.support.site import Site
from tests.support.world import MONDAY


async def four_hands(site: Site, **changes: object) -> dict[str, Any]:
    """A service that Anna and Maria do together."""
    body = {
        "title": "В четыре руки",
        "duration_minutes": 60,
        "price": 290_000,
        "staff_needed": 2,
        "staff_ids": [str(site.world.anna), str(site.world.maria)],
        **changes,
    }
    reply = await site.post(f"{site.business}/services", body, token=await site.token())
    assert reply.status == 201, reply.text
    found: dict[str, Any] = reply.body
    return found


async def offered(site: Site, service: str, **more: str) -> list[dict[str, Any]]:
    """The starts of the first day."""
    wanted = {"service_id": service, "from": str(MONDAY), "to": str(MONDAY), **more}
    question = "&".join(f"{name}={value}" for name, value in wanted.items())
    reply = await site.get(f"{site.business}/availability?{question}")
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = reply.body["days"][0]["slots"]
    return found


def wish(site: Site, service: str, hour: int, **changes: object) -> dict[str, object]:
    """What is posted to book it, of anybody."""
    return site.wish(site.world.at(hour), **{"service_id": service, "staff_id": None, **changes})


async def test_an_owner_says_how_many_it_needs(site: Site) -> None:
    service = await four_hands(site)
    assert service["staff_needed"] == 2
    path = f"/api/v1/services/{service['id']}"
    assert (await site.get(path)).body["staff_needed"] == 2
    token = await site.token()
    changed = await site.call("PATCH", path, json={"staff_needed": 1}, token=token)
    assert changed.body["staff_needed"] == 1
    ordinary = await site.get(f"/api/v1/services/{site.world.manicure}")
    assert ordinary.body["staff_needed"] == 1


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"staff_needed": 5}, "out_of_range"),
        ({"staff_needed": 0}, "out_of_range"),
        ({"capacity": 3}, "group_service"),
    ],
)
async def test_how_many_there_can_be(site: Site, changes: dict[str, object], issue: str) -> None:
    """One to four; and a group is led by one."""
    service = await four_hands(site)
    path = f"/api/v1/services/{service['id']}"
    reply = await site.call("PATCH", path, json=changes, token=await site.token())
    assert (reply.status, reply.details) == (422, [("staff_needed", issue)])


async def test_all_of_them_are_booked(site: Site) -> None:
    service = (await four_hands(site))["id"]
    anna, maria = str(site.world.anna), str(site.world.maria)
    (first, *_) = await offered(site, service)
    assert set(first["staff_ids"]) == {anna, maria}
    assert first["start_ts"] == "2026-11-23T10:00:00+03:00"

    made = await site.post(f"{site.business}/bookings", wish(site, service, 12))
    assert made.status == 201, made.text
    booking = made.body["booking"]
    (segment,) = booking["segments"]
    assert (segment["staff_id"], segment["staff_name"]) == (anna, "Анна")
    assert segment["assistants"] == [{"id": maria, "name": "Мария"}]
    assert booking["price"] == 290_000

    owner = await site.token()
    for staff_id in (anna, maria):
        listed = await site.get(f"{site.business}/bookings?staff_id={staff_id}", token=owner)
        assert [each["id"] for each in listed.body["items"]] == [booking["id"]]
        taken = {**site.wish(site.world.at(12)), "staff_id": staff_id}
        refused = await site.post(f"{site.business}/bookings", taken)
        assert (refused.status, refused.code) == (409, "SLOT_CONFLICT")
    later = [slot["start_ts"][11:16] for slot in await offered(site, service)]
    assert "11:00" in later
    assert not {"11:15", "12:00", "12:45"} & set(later)
    assert "13:00" in later


async def test_who_was_asked_for_leads(site: Site) -> None:
    service = (await four_hands(site))["id"]
    made = await site.post(
        f"{site.business}/bookings", wish(site, service, 12, staff_id=str(site.world.maria))
    )
    (segment,) = made.body["booking"]["segments"]
    assert segment["staff_name"] == "Мария"
    assert [each["name"] for each in segment["assistants"]] == ["Анна"]


async def test_any_of_them_sees_and_decides(site: Site) -> None:
    service = (await four_hands(site, booking_rules={"auto_confirm": False}))["id"]
    made = await site.post(f"{site.business}/bookings", wish(site, service, 12))
    booking = made.body["booking"]
    assert booking["status"] == "pending"
    helper = await site.core.tokens.create(
        SYSTEM, site.world.id, role=Role.MASTER, name="Мария", staff_id=site.world.maria
    )
    listed = await site.get(f"{site.business}/bookings", token=helper)
    assert [each["id"] for each in listed.body["items"]] == [booking["id"]]
    confirmed = await site.post(
        f"/api/v1/bookings/{booking['id']}/status", {"status": "confirmed"}, token=helper
    )
    assert confirmed.body["booking"]["status"] == "confirmed"


async def test_one_who_is_away_leaves_no_pair(site: Site) -> None:
    """A closed hour of either closes it; and the visit that stands is one of those it hits."""
    service = (await four_hands(site))["id"]
    owner = await site.token()
    made = await site.post(f"{site.business}/bookings", wish(site, service, 15))
    closed = {
        "date": str(MONDAY),
        "start_time": "14:00",
        "end_time": "16:00",
        "staff_id": str(site.world.maria),
        "action": "cancel",
        "dry_run": True,
    }
    seen = await site.post(f"{site.business}/closures", closed, token=owner)
    assert (seen.status, seen.body["visits"]) == (200, 1), seen.text
    done = await site.post(f"{site.business}/closures", {**closed, "dry_run": False}, token=owner)
    assert done.body["cancelled"] == 1
    stored = await site.get(f"/api/v1/bookings/{made.body['booking']['id']}", token=owner)
    assert stored.body["booking"]["status"] == "cancelled"
    starts = [slot["start_ts"][11:16] for slot in await offered(site, service)]
    assert "13:00" in starts
    assert not {"13:15", "14:00", "15:00", "15:45"} & set(starts)
    assert "16:00" in starts


async def test_a_series_is_with_both(site: Site) -> None:
    service = (await four_hands(site))["id"]
    made = await site.post(f"{site.business}/bookings", wish(site, service, 12))
    first = UUID(made.body["booking"]["id"])
    series = await site.core.bookings.repeat(site.world.owner(), first, SeriesPlan(1, 3))
    assert len(series.bookings) == 3
    for booking in series.bookings:
        (segment,) = booking.segments
        assert segment.staff_names == ("Анна", "Мария")


async def test_a_move_keeps_both_and_takes_them_along(site: Site) -> None:
    service = (await four_hands(site))["id"]
    made = await site.post(f"{site.business}/bookings", wish(site, service, 12))
    booking, key = made.body["booking"], made.body["visit_key"]
    path = f"/api/v1/bookings/{booking['id']}/reschedule"
    moved = await site.post(path, {"start_ts": site.world.at(12, 30).isoformat()}, token=key)
    assert moved.status == 200, moved.text
    (segment,) = moved.body["booking"]["segments"]
    assert segment["start_ts"][11:16] == "12:30"
    assert {segment["staff_name"], *(each["name"] for each in segment["assistants"])} == {"Анна", "Мария"}
    free = await site.post(
        f"{site.business}/bookings", {**site.wish(site.world.at(11, 30)), "staff_id": str(site.world.maria)}
    )
    assert free.status == 201, free.text
