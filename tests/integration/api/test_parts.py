"""Locations, rooms, categories and add-ons over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.domain.actor import Role
from tests.support.site import Site
from tests.support.world import MONDAY, make_business

NEW: dict[str, dict[str, Any]] = {
    "locations": {"name": "На Арбате", "address": "Арбат, 1", "latitude": 55.75, "longitude": 37.59},
    "rooms": {"title": "Второй кабинет", "places": 2},
    "categories": {"title": "Ногти"},
    "addons": {"title": "Парафин", "duration_minutes": 20, "price": 50_000},
}


@pytest.mark.parametrize("name", NEW)
async def test_made_seen_changed_and_removed(site: Site, name: str) -> None:
    owner, path = await site.token(), f"{site.business}/{name}"
    before = (await site.get(path)).body["items"]
    made = await site.post(path, NEW[name], token=owner)
    assert made.status == 201, made.text
    assert {key: made.body[key] for key in NEW[name]} == NEW[name]
    listed = (await site.get(path)).body["items"]
    assert [each for each in listed if each not in before] == [made.body]
    assert made.body in (await site.get(site.business)).body[name]

    title = "name" if name == "locations" else "title"
    changed = await site.call("PATCH", f"{path}/{made.body['id']}", json={title: "Иначе"}, token=owner)
    assert changed.body == {**made.body, title: "Иначе"}
    again = await site.call("PATCH", f"/api/v1/{name}/{made.body['id']}", json=changed.body, token=owner)
    assert (again.status, again.body) == (200, changed.body), "what was told may be sent back"
    assert (await site.call("DELETE", f"{path}/{made.body['id']}", token=owner)).status == 204
    assert (await site.get(path)).body["items"] == before
    assert (await site.call("DELETE", f"{path}/{made.body['id']}", token=owner)).status == 404


@pytest.mark.parametrize("name", NEW)
async def test_only_managers_change_them(site: Site, name: str) -> None:
    path = f"{site.business}/{name}"
    elsewhere = await make_business(site.core.uow, slug="elsewhere")
    made = (await site.post(path, NEW[name], token=await site.token())).body
    for token, status in (
        (None, 401),
        (await site.token(Role.OPERATOR), 403),
        (await site.token(Role.OWNER, elsewhere), 404),
    ):
        assert (await site.post(path, NEW[name], token=token)).status == status
        for how in ("PATCH", "DELETE"):
            reply = await site.call(how, f"/api/v1/{name}/{made['id']}", token=token, json={})
            assert reply.status == status
    owner = await site.token(Role.OWNER, elsewhere)
    foreign = f"/api/v1/businesses/{elsewhere.id}/{name}/{made['id']}"
    assert (await site.call("PATCH", foreign, token=owner, json={})).status == 404


@pytest.mark.parametrize(
    ("name", "wrong", "field"),
    [
        ("locations", {"name": ""}, "name"),
        ("locations", {"latitude": 91}, "latitude"),
        ("locations", {"longitude": None}, "longitude"),
        ("locations", {"timezone": "Moon/Sea"}, "timezone"),
        ("locations", {"weekly": [{"weekday": 7, "start": "10:00", "end": "11:00"}]}, "weekly[0].weekday"),
        ("locations", {"weekly": [{"weekday": 1, "start": "12:00", "end": "11:00"}]}, "weekly[0].end"),
        (
            "locations",
            {
                "weekly": [
                    {"weekday": 1, "start": "10:00", "end": "12:00"},
                    {"weekday": 1, "start": "11:00", "end": "13:00"},
                ]
            },
            "weekly[1].start",
        ),
        ("rooms", {"places": 0}, "places"),
        ("rooms", {"location_id": "0197a3a0-0000-7000-8000-000000000001"}, "location_id"),
        ("categories", {"title": None}, "title"),
        ("addons", {"price": -1}, "price"),
        ("addons", {"duration_minutes": "x"}, "duration_minutes"),
        ("addons", {"colour": "red"}, "colour"),
    ],
)
async def test_what_is_none(site: Site, name: str, wrong: dict[str, Any], field: str) -> None:
    reply = await site.post(f"{site.business}/{name}", {**NEW[name], **wrong}, token=await site.token())
    assert (reply.status, reply.details[0][0]) == (422, field), reply.text


async def test_what_is_in_use_stays(site: Site) -> None:
    owner = await site.token()
    for name, thing in (("rooms", site.world.room), ("locations", site.world.location)):
        reply = await site.call("DELETE", f"/api/v1/{name}/{thing}", token=owner)
        assert (reply.status, reply.details) == (422, [("id", "in_use")])
    category = (await site.post(f"{site.business}/categories", NEW["categories"], token=owner)).body["id"]
    service = f"/api/v1/services/{site.world.manicure}"
    await site.call("PATCH", service, json={"category_id": category}, token=owner)
    assert (await site.call("DELETE", f"/api/v1/categories/{category}", token=owner)).status == 204
    assert (await site.get(service)).body["category_id"] is None


async def test_a_new_room_and_new_hours_shape_the_offer(site: Site) -> None:
    owner, noon = await site.token(), site.world.at(12, day=MONDAY + timedelta(days=1))
    massage = {"service_id": str(site.world.massage), "staff_id": None}
    await site.book(noon, **massage)
    path = f"{site.business}/bookings"
    assert (await site.post(path, site.wish(noon, **massage))).code == "SLOT_CONFLICT"
    room = (await site.post(f"{site.business}/rooms", NEW["rooms"], token=owner)).body["id"]
    rooms = {"room_ids": [str(site.world.room), room]}
    await site.call("PATCH", f"/api/v1/services/{site.world.massage}", json=rooms, token=owner)
    second = await site.book(noon, **massage)
    assert second["booking"]["segments"][0]["room_ids"] == [room]

    hours = {"weekly": [{"weekday": 6, "start": "12:00", "end": "14:00"}]}
    changed = await site.call("PATCH", f"/api/v1/locations/{site.world.location}", json=hours, token=owner)
    assert changed.body["weekly"] == hours["weekly"]
    week = {"service_id": str(site.world.manicure), "from": "2026-11-24", "to": "2026-11-30"}
    days = (await site.get(f"{site.business}/availability", params=week)).body["days"]
    assert {day["date"] for day in days if day["slots"]} == {"2026-11-29"}
