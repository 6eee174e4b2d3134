"""Business, services, staff and hours over HTTP: their shapes, and what owners change."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.actor import Role
from tests.support.site import Site
from tests.support.world import make_business

BUSINESS = {"id", "slug", "name", "timezone", "currency", "locale", "booking_rules"}
SERVICE = {
    "id",
    "title",
    "duration_minutes",
    "price",
    "currency",
    "buffer_before",
    "buffer_after",
    "capacity",
}
RULES: dict[str, object] = {
    "slot_step_minutes": 15,
    "grid_start": "00:00",
    "min_notice_minutes": 60,
    "horizon_days": 60,
    "horizon_until": None,
    "same_day_cutoff": None,
    "auto_confirm": True,
    "pending_minutes": 1440,
    "buffers_within_hours": False,
    "max_visits_per_day": None,
    "max_minutes_per_day": None,
    "max_active_per_client": 10,
    "cancel_until_minutes": 120,
    "reschedule_until_minutes": 120,
    "max_reschedules": 5,
    "any_staff": "least_loaded",
    "gap_mode": "off",
    "web_confirmation": "none",
}


async def patched(site: Site, path: str, **changes: object) -> Any:
    """What a thing is after a change."""
    reply = await site.call("PATCH", path, json=changes, token=await site.token())
    assert reply.status == 200, reply.text
    return reply.body


async def refused(site: Site, method: str, path: str, body: object) -> list[tuple[str, str]]:
    """What is wrong with the fields."""
    reply = await site.call(method, path, json=body, token=await site.token())
    assert (reply.status, reply.code) == (422, "INVALID_INPUT"), reply.text
    return reply.details


async def test_a_business_by_id_and_by_slug(site: Site) -> None:
    by_id = await site.get(site.business)
    assert by_id.status == 200
    assert set(by_id.body) >= BUSINESS
    assert by_id.body["id"] == str(site.world.id)
    assert (by_id.body["timezone"], by_id.body["currency"], by_id.body["locale"]) == (
        "Europe/Moscow",
        "RUB",
        "ru",
    )
    assert by_id.body["booking_rules"] == RULES
    assert by_id.body["locations"][0]["weekly"][0] == {"weekday": 0, "start": "10:00", "end": "20:00"}
    assert "messages" not in by_id.body
    assert (await site.get("/api/v1/businesses/okoshko")).body == by_id.body
    for unknown in ("nowhere", "0197a3a0-0000-7000-8000-000000000001", "%F0%9F%92%85", "a" * 300):
        reply = await site.get(f"/api/v1/businesses/{unknown}")
        assert (reply.status, reply.code) == (404, "NOT_FOUND")


async def test_every_rule_can_be_changed_and_read_again(site: Site) -> None:
    changes: dict[str, object] = {
        "slot_step_minutes": 20,
        "grid_start": "00:10",
        "min_notice_minutes": 0,
        "horizon_days": 14,
        "horizon_until": "2026-12-31",
        "same_day_cutoff": "18:00",
        "auto_confirm": False,
        "pending_minutes": 30,
        "buffers_within_hours": True,
        "max_visits_per_day": 8,
        "max_minutes_per_day": 480,
        "max_active_per_client": None,
        "cancel_until_minutes": 60,
        "reschedule_until_minutes": 30,
        "max_reschedules": None,
        "any_staff": "priority",
        "gap_mode": "limit",
        "web_confirmation": "messenger",
    }
    assert set(changes) == set(RULES)
    for name, value in changes.items():
        body = await patched(site, site.business, booking_rules={name: value})
        assert body["booking_rules"][name] == value
    assert (await site.get(site.business)).body["booking_rules"] == changes


async def test_a_service_has_values_of_its_own_for_most_rules(site: Site) -> None:
    path = f"/api/v1/services/{site.world.manicure}"
    changes: dict[str, object] = {
        "slot_step_minutes": 20,
        "grid_start": "00:10",
        "min_notice_minutes": 0,
        "horizon_days": 14,
        "horizon_until": "2026-12-31",
        "same_day_cutoff": "18:00",
        "auto_confirm": False,
        "pending_minutes": 30,
        "buffers_within_hours": True,
        "max_visits_per_day": 8,
        "max_minutes_per_day": 480,
        "max_active_per_client": 2,
        "cancel_until_minutes": 60,
        "reschedule_until_minutes": 30,
        "max_reschedules": 0,
        "gap_mode": "limit",
    }
    assert set(changes) == set(RULES) - {"any_staff", "web_confirmation"}
    assert (await site.get(path)).body["booking_rules"] == dict.fromkeys(changes)
    for name, value in changes.items():
        assert (await patched(site, path, booking_rules={name: value}))["booking_rules"][name] == value
    told = (await site.get(path)).body
    assert told["booking_rules"] == changes
    assert await patched(site, path, **told) == told
    for name in changes:
        assert (await patched(site, path, booking_rules={name: None}))["booking_rules"][name] is None
    assert await refused(site, "PATCH", path, {"booking_rules": {"any_staff": "priority"}}) == [
        ("booking_rules.any_staff", "unknown")
    ]


async def test_offers_are_sent_as_they_are_told(site: Site) -> None:
    path, manicure = f"/api/v1/staff/{site.world.anna}", str(site.world.manicure)
    own = {"service_id": manicure, "duration_minutes": 90, "price": 250_000}
    body = await patched(site, path, offers=[own])
    assert (body["offers"], body["service_ids"]) == ([own], [manicure])
    assert (await site.get(path)).body["offers"] == [own]
    assert (await site.get(f"/api/v1/services/{manicure}")).body["price"] == 150_000
    body = await patched(site, path, offers=[{**own, "price": None}])
    assert body["offers"] == [{**own, "price": 150_000}]
    both = {"offers": [own], "service_ids": []}
    assert await refused(site, "PATCH", path, both) == [("offers", "contradicts_service_ids")]
    # Who sends back what was read, with another list of services, means the list.
    assert (await patched(site, path, offers=body["offers"], service_ids=[]))["offers"] == []


async def test_what_was_read_can_be_sent_back(site: Site) -> None:
    token = await site.token()
    for path in (
        site.business,
        f"/api/v1/services/{site.world.yoga}",
        f"/api/v1/staff/{site.world.anna}",
    ):
        body = (await site.get(path, token=token)).body
        assert await patched(site, path, **body) == body


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"booking_rules": {"slot_step_minutes": 0}}, ("booking_rules.slot_step_minutes", "out_of_range")),
        ({"booking_rules": {"grid_start": "25:00"}}, ("booking_rules.grid_start", "not_a_time")),
        ({"booking_rules": {"auto_confirm": "yes"}}, ("booking_rules.auto_confirm", "not_a_boolean")),
        ({"booking_rules": {"gap_mode": "wild"}}, ("booking_rules.gap_mode", "unknown")),
        ({"booking_rules": {"slot_step": 5}}, ("booking_rules.slot_step", "unknown")),
        ({"booking_rules": []}, ("booking_rules", "not_an_object")),
        ({"timezone": "Mars/Olympus"}, ("timezone", "unknown")),
        ({"timezone": "../etc/passwd"}, ("timezone", "unknown")),
        ({"locale": "fr"}, ("locale", "unknown")),
        ({"currency": "rub"}, ("currency", "not_a_currency")),
        ({"name": ""}, ("name", "empty")),
        ({"phone": "12345"}, ("phone", "not_a_phone")),
        ({"slug": "other"}, ("slug", "read_only")),
        ({"locations": []}, ("locations", "read_only")),
        ({"colour": "red"}, ("colour", "unknown")),
    ],
)
async def test_bad_changes_of_a_business(site: Site, changes: object, fault: tuple[str, str]) -> None:
    before = (await site.get(site.business)).body
    details = await refused(site, "PATCH", site.business, changes)
    assert details[0][1] == fault[1]
    assert details[0][0].endswith(fault[0].rpartition(".")[2])
    assert (await site.get(site.business)).body == before


async def test_services_are_listed_made_changed_and_put_away(site: Site) -> None:
    listed = (await site.get(f"{site.business}/services")).body
    assert set(listed) == {"items", "next_cursor"}
    assert listed["next_cursor"] is None
    assert [item["title"] for item in listed["items"]] == ["Маникюр", "Педикюр", "Массаж", "Йога"]
    assert all(set(item) >= SERVICE for item in listed["items"])
    assert listed["items"][3]["capacity"] == 4

    token = await site.token()
    made = await site.post(
        f"{site.business}/services",
        {"title": "Брови", "duration_minutes": 45, "price": 110_000, "staff_ids": [str(site.world.anna)]},
        token=token,
    )
    assert made.status == 201
    service = made.body
    assert {name: service[name] for name in SERVICE - {"id"}} == {
        "title": "Брови",
        "duration_minutes": 45,
        "price": 110_000,
        "currency": "RUB",
        "buffer_before": 0,
        "buffer_after": 0,
        "capacity": 1,
    }
    path = f"/api/v1/services/{service['id']}"
    assert (await site.get(path)).body == service
    assert service["id"] in (await site.get(f"/api/v1/staff/{site.world.anna}")).body["service_ids"]

    changed = await patched(site, path, price=120_000, buffer_after=10)
    assert (changed["price"], changed["buffer_after"], changed["title"]) == (120_000, 10, "Брови")

    assert (await site.call("DELETE", path, token=token)).status == 204
    titles = [item["title"] for item in (await site.get(f"{site.business}/services")).body["items"]]
    assert "Брови" not in titles
    reply = await site.post(
        f"{site.business}/bookings", site.wish(site.world.at(15), service_id=service["id"])
    )
    assert reply.status in {404, 422}


async def test_a_service_needs_a_title_and_no_more(site: Site) -> None:
    made = await site.post(f"{site.business}/services", {"title": "Брови"}, token=await site.token())
    assert made.status == 201
    assert made.body["duration_minutes"] > 0
    assert made.body["price"] >= 0
    assert made.body["capacity"] == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("title", "required")),
        ({"title": "", "duration_minutes": 45, "price": 1}, ("title", "empty")),
        ({"title": "Б", "duration_minutes": 0, "price": 1}, ("duration_minutes", "out_of_range")),
        ({"title": "Б", "duration_minutes": 45.5, "price": 1}, ("duration_minutes", "not_a_number")),
        ({"title": "Б", "duration_minutes": "45", "price": 1}, ("duration_minutes", "not_a_number")),
        ({"title": "Б", "duration_minutes": 45, "price": -1}, ("price", "out_of_range")),
        ({"title": "Б", "duration_minutes": 45, "price": True}, ("price", "not_a_number")),
        ({"title": "Б", "duration_minutes": 45, "price": 1, "capacity": 0}, ("capacity", "out_of_range")),
        ({"title": "Б", "duration_minutes": 45, "price": 1, "staff_ids": "x"}, ("staff_ids", "not_a_list")),
        ({"title": "Б", "duration_minutes": 45, "price": 1, "currency": "GBP"}, ("currency", "read_only")),
        ({"title": "Б", "duration_minutes": 45, "price": 1, "cost": 2}, ("cost", "unknown")),
    ],
)
async def test_bad_services(site: Site, body: object, fault: tuple[str, str]) -> None:
    assert await refused(site, "POST", f"{site.business}/services", body) == [fault]
    assert len((await site.get(f"{site.business}/services")).body["items"]) == 4


async def test_staff_are_listed_made_changed_and_put_away(site: Site) -> None:
    listed = (await site.get(f"{site.business}/staff")).body
    assert [item["name"] for item in listed["items"]] == ["Анна", "Мария"]
    assert all({"id", "name", "service_ids"} <= set(item) for item in listed["items"])
    assert all("phone" not in item for item in listed["items"])
    assert str(site.world.yoga) in listed["items"][1]["service_ids"]

    token = await site.token()
    made = await site.post(
        f"{site.business}/staff",
        {"name": "Ирина", "phone": "8 (900) 765-43-21", "service_ids": [str(site.world.manicure)]},
        token=token,
    )
    assert made.status == 201
    person = made.body
    assert (person["name"], person["phone"]) == ("Ирина", "+79007654321")
    assert person["service_ids"] == [str(site.world.manicure)]
    path = f"/api/v1/staff/{person['id']}"

    booked = await site.book(site.world.at(15), staff_id=person["id"])
    assert booked["booking"]["staff_id"] == person["id"]
    changed = await patched(site, path, service_ids=[str(site.world.pedicure)], profession="мастер")
    assert (changed["service_ids"], changed["profession"]) == ([str(site.world.pedicure)], "мастер")
    reply = await site.post(f"{site.business}/bookings", site.wish(site.world.at(17), staff_id=person["id"]))
    assert (reply.status, reply.body["error"]["reason"]) == (422, "staff_does_not_do_it")

    assert (await site.call("DELETE", path, token=token)).status == 204
    assert len((await site.get(f"{site.business}/staff")).body["items"]) == 2


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("name", "required")),
        ({"name": "💅"}, ("name", "no_letters")),
        ({"name": "Я" * 81}, ("name", "too_long")),
        ({"name": "Ирина", "phone": "12345"}, ("phone", "not_a_phone")),
        ({"name": "Ирина", "service_ids": ["x"]}, ("service_ids", "not_an_id")),
        (
            {"name": "Ирина", "service_ids": ["0197a3a0-0000-7000-8000-000000000001"]},
            ("service_ids", "not_found"),
        ),
        ({"name": "Ирина", "salary": 1}, ("salary", "unknown")),
    ],
)
async def test_bad_staff(site: Site, body: object, fault: tuple[str, str]) -> None:
    assert await refused(site, "POST", f"{site.business}/staff", body) == [fault]


async def test_a_schedule_is_read_and_replaced(site: Site) -> None:
    path, token = f"/api/v1/staff/{site.world.anna}/schedule", await site.token()
    before = await site.get(path, token=token)
    assert before.body == {"weekly": [], "breaks": [], "follows_location": True}

    weekly = [
        {"weekday": 0, "start": "10:00", "end": "13:00"},
        {"weekday": 0, "start": "15:00", "end": "18:00"},
        {"weekday": 2, "start": "12:00", "end": "20:00"},
    ]
    reply = await site.call("PUT", path, json={"weekly": weekly}, token=token)
    assert (reply.status, reply.body["weekly"]) == (200, weekly)
    assert (await site.get(path, token=token)).body["weekly"] == weekly

    query = {
        "service_id": str(site.world.manicure),
        "staff_id": str(site.world.anna),
        "from": "2026-11-23",
        "to": "2026-11-25",
    }
    days = (await site.get(f"{site.business}/availability", params=query)).body["days"]
    starts = [[slot["start_ts"][11:16] for slot in day["slots"]] for day in days]
    assert starts[0][0] == "10:00"
    assert "12:15" not in starts[0]
    assert starts[0][-1] == "17:00"
    assert starts[1] == []
    assert (starts[2][0], starts[2][-1]) == ("12:00", "19:00")


@pytest.mark.parametrize(
    ("entry", "field", "issue"),
    [
        ({"start": "10:00", "end": "14:00"}, "weekday", "required"),
        ({"weekday": 7, "start": "10:00", "end": "14:00"}, "weekday", "out_of_range"),
        ({"weekday": 0, "end": "14:00"}, "start", "required"),
        ({"weekday": 0, "start": "10", "end": "14:00"}, "start", "not_a_time"),
        ({"weekday": 0, "start": "14:00", "end": "10:00"}, "end", "before_start"),
        ({"weekday": 0, "start": "10:00", "end": "14:00", "lunch": 1}, "lunch", "unknown"),
    ],
)
async def test_bad_schedules(site: Site, entry: object, field: str, issue: str) -> None:
    path = f"/api/v1/staff/{site.world.anna}/schedule"
    details = await refused(site, "PUT", path, {"weekly": [entry]})
    assert details == [(f"weekly[0].{field}", issue)]


async def test_exceptions_close_and_open_dates(site: Site) -> None:
    path, token = f"{site.business}/exceptions", await site.token()
    closed = await site.post(path, {"date": "2026-11-24", "type": "closed"}, token=token)
    assert closed.status == 201
    assert closed.body["date"] == "2026-11-24"
    custom = await site.post(
        path,
        {
            "date": "2026-11-29",
            "type": "open_custom",
            "start_time": "12:00",
            "end_time": "15:00",
            "staff_id": str(site.world.anna),
        },
        token=token,
    )
    assert (custom.body["start_time"], custom.body["end_time"]) == ("12:00", "15:00")
    assert [item["id"] for item in (await site.get(path, token=token)).body["items"]] == [
        closed.body["id"],
        custom.body["id"],
    ]

    query = {"service_id": str(site.world.manicure), "from": "2026-11-24", "to": "2026-11-29"}
    days = (await site.get(f"{site.business}/availability", params=query)).body["days"]
    assert days[0]["slots"] == []
    assert [slot["start_ts"][11:16] for slot in days[-1]["slots"]][::4] == ["12:00", "13:00", "14:00"]
    assert all(slot["staff_ids"] == [str(site.world.anna)] for slot in days[-1]["slots"])

    changed = await patched(site, f"/api/v1/exceptions/{closed.body['id']}", date="2026-11-25")
    assert (changed["date"], changed["type"]) == ("2026-11-25", "closed")
    assert (await site.call("DELETE", f"/api/v1/exceptions/{closed.body['id']}", token=token)).status == 204
    again = await site.call("DELETE", f"/api/v1/exceptions/{closed.body['id']}", token=token)
    assert (again.status, again.code) == (404, "NOT_FOUND")


async def test_a_leave_is_one_exception_for_each_date(site: Site) -> None:
    path, token = f"{site.business}/exceptions", await site.token()
    leave = {"date": "2026-11-24", "date_until": "2026-11-26", "type": "closed"}
    made = await site.post(path, leave, token=token, headers={"Idempotency-Key": "leave"})
    assert made.status == 201
    assert set(made.body) == {"items", "next_cursor"}
    assert [each["date"] for each in made.body["items"]] == ["2026-11-24", "2026-11-25", "2026-11-26"]
    assert (await site.get(path, token=token)).body["items"] == made.body["items"]
    single = await site.post(path, {**leave, "date": "2026-12-01", "date_until": None}, token=token)
    assert (single.status, single.body["date"]) == (201, "2026-12-01")
    too_long = {**leave, "date_until": "2027-11-26"}
    assert await refused(site, "POST", path, too_long) == [("date_until", "too_long")]


async def test_the_business_s_people_see_and_hold_what_they_may_book(site: Site) -> None:
    await patched(site, site.business, booking_rules={"min_notice_minutes": 300, "horizon_days": 2})
    asked = {"service_id": str(site.world.manicure), "staff_id": str(site.world.anna)}
    dates = {**asked, "from": "2026-11-23", "to": "2026-11-23"}
    client = await site.get(f"{site.business}/availability", params=dates)
    assert client.body["days"][0]["slots"][0]["start_ts"] == "2026-11-23T14:00:00+03:00"
    soon = "2026-11-23T10:00:00+03:00"
    path = f"{site.business}/availability"
    refused = await site.get(path, params={**dates, "by_business": "true"})
    assert (refused.status, refused.code) == (403, "FORBIDDEN")
    asked, dates = {**asked, "by_business": "true"}, {**dates, "by_business": "true"}
    for role in (Role.OWNER, Role.OPERATOR):
        token = await site.token(role)
        seen = await site.get(f"{site.business}/availability", params=dates, token=token)
        assert seen.body["days"][0]["slots"][0]["start_ts"] == soon
        following = await site.get(f"{site.business}/availability/next", params=asked, token=token)
        assert following.body["slots"][0]["start_ts"] == soon
        month = await site.get(
            f"{site.business}/availability/days", params={**asked, "month": "2026-12"}, token=token
        )
        assert month.body["dates"][0] == "2026-12-01"
        near = {**asked, "around": "2026-11-23T10:00:00+03:00"}
        nearest = await site.get(f"{site.business}/availability/nearest", params=near, token=token)
        assert nearest.body["slots"][0]["start_ts"] == soon
        held = await site.post(
            f"{site.business}/holds",
            {**asked, "by_business": True, "start_ts": soon},
            token=token,
            headers={"Okoshko-Visitor": "the-front-desk-of-anna"},
        )
        assert held.status == 201
        await site.call(
            "DELETE",
            f"{site.business}/holds",
            token=token,
            headers={"Okoshko-Visitor": "the-front-desk-of-anna"},
        )
    reader = await site.token(Role.READ_ONLY)
    assert (await site.get(path, params=dates, token=reader)).code == "FORBIDDEN", "they book nothing"
    operator, wish = await site.token(Role.OPERATOR), site.wish(site.world.at(10))
    refusal = await site.post(f"{site.business}/bookings", wish, token=operator)
    assert (refusal.status, refusal.body["error"]["reason"]) == (422, "too_soon"), "they haven't said so"
    booked = await site.post(f"{site.business}/bookings", {**wish, "by_business": True}, token=operator)
    assert booked.status == 201
    refusal = await site.post(f"{site.business}/bookings", site.wish(site.world.at(11)))
    assert (refusal.status, refusal.body["error"]["reason"]) == (422, "too_soon")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"type": "closed"}, ("date", "required")),
        ({"date": "2026-02-30", "type": "closed"}, ("date", "not_a_date")),
        ({"date": "2026-11-24"}, ("type", "required")),
        ({"date": "2026-11-24", "type": "lazy"}, ("type", "unknown")),
        ({"date": "2026-11-24", "type": "open_custom"}, ("start_time", "required")),
        ({"date": "2026-11-24", "type": "closed", "start_time": "10:00"}, ("end_time", "required")),
        (
            {"date": "2026-11-24", "type": "closed", "start_time": "10:00", "end_time": "09:00"},
            ("end_time", "before_start"),
        ),
        (
            {"date": "2026-11-24", "type": "closed", "staff_id": "0197a3a0-0000-7000-8000-000000000001"},
            ("staff_id", "not_found"),
        ),
    ],
)
async def test_bad_exceptions(site: Site, body: object, fault: tuple[str, str]) -> None:
    assert await refused(site, "POST", f"{site.business}/exceptions", body) == [fault]


async def test_things_are_found_under_their_business_too_and_under_no_other(site: Site) -> None:
    other = await make_business(site.core.uow, slug="other")
    token = await site.token()
    for path in (
        f"services/{site.world.manicure}",
        f"staff/{site.world.anna}",
        f"staff/{site.world.anna}/schedule",
    ):
        assert (await site.get(f"{site.business}/{path}", token=token)).status == 200
        assert (await site.get(f"/api/v1/businesses/{other.id}/{path}", token=token)).status == 404
