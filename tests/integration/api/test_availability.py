"""Free starts over HTTP."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.site import Reply, Site
from tests.support.world import make_business

NOBODY = "0197a3a0-0000-7000-8000-000000000001"


async def ask(site: Site, **query: object) -> Reply:
    """The free starts of a manicure on Monday, unless told otherwise; None leaves a word out."""
    asked: dict[str, object] = {
        "service_id": site.world.manicure,
        "from": "2026-11-23",
        "to": "2026-11-23",
        **query,
    }
    sent = {name: str(value) for name, value in asked.items() if value is not None}
    return await site.get(f"{site.business}/availability", params=sent)


def starts(reply: Reply, day: int = 0) -> list[str]:
    """Times of day of one of the days."""
    return [slot["start_ts"][11:16] for slot in reply.body["days"][day]["slots"]]


async def test_the_shape_and_the_offer_of_a_day(site: Site) -> None:
    reply = await ask(site, staff_id=site.world.anna)
    assert reply.status == 200
    assert set(reply.body) == {"timezone", "days"}
    assert reply.body["timezone"] == "Europe/Moscow"
    (day,) = reply.body["days"]
    assert set(day) == {"date", "slots"}
    assert day["date"] == "2026-11-23"
    assert day["slots"][0] == {
        "start_ts": "2026-11-23T10:00:00+03:00",
        "end_ts": "2026-11-23T11:00:00+03:00",
        "staff_ids": [str(site.world.anna)],
    }
    assert starts(reply) == [f"{minute // 60}:{minute % 60:02}" for minute in range(600, 1141, 15)]


async def test_without_a_master_everybody_free_is_named(site: Site) -> None:
    await site.book(site.world.at(15))
    reply = await ask(site)
    by_time = {slot["start_ts"][11:16]: slot["staff_ids"] for slot in reply.body["days"][0]["slots"]}
    assert set(by_time["12:00"]) == {str(site.world.anna), str(site.world.maria)}
    assert by_time["15:00"] == [str(site.world.maria)]


async def test_days_are_inclusive_and_all_there(site: Site) -> None:
    reply = await ask(site, **{"from": "2026-11-28", "to": "2026-11-30"})
    assert [day["date"] for day in reply.body["days"]] == ["2026-11-28", "2026-11-29", "2026-11-30"]
    assert starts(reply, 1) == []
    assert starts(reply, 2) != []


async def test_sixty_two_days_and_not_one_more(site: Site) -> None:
    assert len((await ask(site, **{"from": "2026-11-23", "to": "2027-01-23"})).body["days"]) == 62
    reply = await ask(site, **{"from": "2026-11-23", "to": "2027-01-24"})
    assert (reply.status, reply.code, reply.details) == (422, "INVALID_INPUT", [("to", "too_long")])


async def test_a_group_tells_the_seats_left(site: Site) -> None:
    await site.book(site.world.at(12), service_id=str(site.world.yoga), staff_id=None)
    reply = await ask(site, service_id=site.world.yoga)
    seats = {slot["start_ts"][11:16]: slot["seats_left"] for slot in reply.body["days"][0]["slots"]}
    assert (seats["12:00"], seats["14:00"]) == (3, 4)
    assert "12:30" not in seats


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ({"service_id": None}, [("service_id", "required")]),
        ({"service_id": "manicure"}, [("service_id", "not_an_id")]),
        ({"staff_id": "anna"}, [("staff_id", "not_an_id")]),
        ({"from": None, "to": None}, [("from", "required"), ("to", "required")]),
        ({"from": "23.11.2026"}, [("from", "not_a_date")]),
        ({"to": "2026-11-31"}, [("to", "not_a_date")]),
        ({"to": "2026-11-22"}, [("to", "before_from")]),
        ({"from": "0001-01-01", "to": "0001-01-02"}, [("from", "out_of_range")]),
        ({"date": "2026-11-23"}, [("date", "unknown")]),
    ],
)
async def test_bad_questions(site: Site, query: dict[str, Any], details: list[tuple[str, str]]) -> None:
    reply = await ask(site, **query)
    assert (reply.status, reply.code, reply.details) == (422, "INVALID_INPUT", details)


async def test_what_is_not_there_is_not_found(site: Site) -> None:
    other = await make_business(site.core.uow, slug="other")
    for query in (
        {"service_id": NOBODY},
        {"staff_id": NOBODY},
        {"service_id": other.manicure},
        {"staff_id": other.anna},
    ):
        reply = await ask(site, **query)
        assert (reply.status, reply.code) == (404, "NOT_FOUND")
    nowhere = "/api/v1/businesses/nowhere/availability"
    words = {"service_id": str(site.world.manicure), "from": "2026-11-23", "to": "2026-11-23"}
    assert (await site.get(nowhere, params=words)).status == 404


async def test_everything_that_is_offered_can_be_booked(site: Site) -> None:
    """And what is left after each booking is what is offered then."""
    booked = []
    while slots := (await ask(site, staff_id=site.world.anna)).body["days"][0]["slots"]:
        slot = slots[len(slots) // 2]
        await site.book(site.world.at(10), await site.token(), start_ts=slot["start_ts"])
        booked.append((slot["start_ts"], slot["end_ts"]))
    booked.sort()
    assert len(booked) >= 5
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(booked))


async def test_times_carry_the_offset_of_their_day(site: Site) -> None:
    london = await make_business(site.core.uow, slug="london", zone="Europe/London")
    site.clock.to(london.at(9, day=site.world.at(9).date().replace(month=10, day=23)))
    words = {"service_id": str(london.manicure), "from": "2026-10-24", "to": "2026-10-26"}
    days = (await site.get("/api/v1/businesses/london/availability", params=words)).body["days"]
    assert days[0]["slots"][0]["start_ts"] == "2026-10-24T10:00:00+01:00"
    assert days[2]["slots"][0]["start_ts"] == "2026-10-26T10:00:00+00:00"


async def test_a_booking_that_moves_is_not_in_its_own_way(site: Site) -> None:
    booked = await site.book(site.world.at(15))
    owner = await site.token()
    query = {
        "service_id": str(site.world.manicure),
        "staff_id": str(site.world.anna),
        "from": "2026-11-23",
        "to": "2026-11-23",
    }
    path = f"{site.business}/availability"
    assert "15:15" not in starts(await site.get(path, params=query, token=owner))
    moving = {**query, "booking_id": booked["booking"]["id"]}
    assert "15:15" in starts(await site.get(path, params=moving, token=owner))
    assert (await site.get(path, params=moving)).status == 401
    elsewhere = {**query, "booking_id": NOBODY}
    assert (await site.get(path, params=elsewhere, token=owner)).status == 404
    near = {**moving, "around": "2026-11-23T15:15:00+03:00", "limit": "1"}
    del near["from"], near["to"]
    (slot,) = (await site.get(f"{path}/nearest", params=near, token=owner)).body["slots"]
    assert slot["start_ts"] == "2026-11-23T15:15:00+03:00"


async def test_a_start_that_leaves_a_remainder_says_so(site: Site) -> None:
    rules = {"booking_rules": {"gap_mode": "rank"}}
    assert (await site.call("PATCH", site.business, json=rules, token=await site.token())).status == 200
    slots = (await ask(site, staff_id=site.world.anna)).body["days"][0]["slots"]
    assert "rank" not in slots[0]
    assert slots[1]["rank"] == 1


async def test_the_next_ones_are_spread_over_dates_when_asked(site: Site) -> None:
    query = {"service_id": str(site.world.manicure), "per_day": "1"}
    path = f"{site.business}/availability/next"
    slots = (await site.get(path, params=query)).body["slots"]
    assert len({slot["start_ts"][:10] for slot in slots}) == 3
    reply = await site.get(path, params={**query, "per_day": "0"})
    assert reply.details == [("per_day", "out_of_range")]


async def test_the_nearest_are_looked_for_beyond_a_long_closure(site: Site) -> None:
    owner = await site.token()
    for number in range(22):
        closed = {"date": f"{date(2026, 11, 23) + timedelta(days=number)}", "type": "closed"}
        assert (await site.post(f"{site.business}/exceptions", closed, token=owner)).status == 201
    query = {"service_id": str(site.world.manicure), "around": "2026-11-24T12:00:00+03:00"}
    slots = (await site.get(f"{site.business}/availability/nearest", params=query)).body["slots"]
    assert slots
    assert slots[0]["start_ts"][:10] >= "2026-12-15"
