"""Visits of all sorts over HTTP: seats, add-ons, several services; against the rules by a manager."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from core.domain.actor import Role
from tests.support.site import Site
from tests.support.world import MONDAY

TUESDAY = MONDAY + timedelta(days=1)
BOTH_DAYS = {"from": "2026-11-23", "to": "2026-11-24"}


async def slots(site: Site, **query: Any) -> list[dict[str, Any]]:
    """Free starts of Tuesday."""
    asked = {"from": str(TUESDAY), "to": str(TUESDAY), **query}
    reply = await site.get(
        f"{site.business}/availability", params={name: str(value) for name, value in asked.items()}
    )
    assert reply.status == 200, reply.text
    return list(reply.body["days"][0]["slots"])


# --- groups


async def test_seats_are_taken_and_shown(site: Site) -> None:
    noon = site.world.at(12, day=TUESDAY)
    yoga = {"service_id": str(site.world.yoga), "staff_id": None}
    made = await site.book(noon, seats=3, **yoga)
    assert (made["booking"]["seats"], made["booking"]["price"]) == (3, 180_000)
    of_noon = [slot for slot in await slots(site, service_id=site.world.yoga) if "T12:00" in slot["start_ts"]]
    assert [slot["seats_left"] for slot in of_noon] == [1]
    two = await slots(site, service_id=site.world.yoga, seats=2)
    assert not [slot for slot in two if "T12:00" in slot["start_ts"]]

    full = await site.post(f"{site.business}/bookings", site.wish(noon, seats=2, **yoga))
    assert (full.status, full.code) == (409, "SLOT_CONFLICT")
    last = await site.book(noon, **yoga, client={"name": "Вера", "phone": "+79001110022"})
    assert last["booking"]["segments"][0]["session_id"] == made["booking"]["segments"][0]["session_id"]
    assert (await site.post(f"{site.business}/bookings", site.wish(noon, **yoga))).status == 409


async def test_who_comes_to_a_session(site: Site) -> None:
    noon = site.world.at(12, day=TUESDAY)
    yoga = {"service_id": str(site.world.yoga), "staff_id": None}
    three = await site.book(noon, seats=3, comment="С ковриком", **yoga)
    one = await site.book(noon, **yoga, client={"name": "Вера", "phone": "+79001110022"})
    gone = await site.book(site.world.at(15, day=TUESDAY), **yoga)
    path = f"/api/v1/bookings/{gone['booking']['id']}/status"
    await site.post(path, {"status": "cancelled"}, token=gone["visit_key"])

    owner = await site.token()
    listed = await site.get(f"{site.business}/sessions", params=BOTH_DAYS, token=owner)
    assert listed.status == 200
    (session,) = listed.body["items"]
    assert session["start_ts"] == "2026-11-24T12:00:00+03:00"
    assert (session["capacity"], session["seats_taken"], session["seats_left"]) == (4, 4, 0)
    assert session["staff_id"] == str(site.world.maria)
    assert [(each["id"], each["seats"], each["client"]["name"]) for each in session["bookings"]] == [
        (three["booking"]["id"], 3, "Ольга"),
        (one["booking"]["id"], 1, "Вера"),
    ]
    assert session["bookings"][0]["comment"] == "С ковриком"
    annas = await site.get(
        f"{site.business}/sessions", params={**BOTH_DAYS, "staff_id": str(site.world.anna)}, token=owner
    )
    assert annas.body["items"] == []

    assert (await site.get(f"{site.business}/sessions", params=BOTH_DAYS)).status == 401
    master = await site.get(
        f"{site.business}/sessions", params=BOTH_DAYS, token=await site.token(Role.MASTER)
    )
    assert master.status == 403, "a token is nobody's chair"
    for wrong in ({}, {"from": "2026-11-24", "to": "2026-11-23"}, {"from": "2026-01-01", "to": "2026-11-23"}):
        reply = await site.get(f"{site.business}/sessions", params=wrong, token=owner)
        assert reply.status == 422


# --- composition


async def test_two_services_with_an_addon(site: Site) -> None:
    world, noon = site.world, site.world.at(12, day=TUESDAY)
    items: list[dict[str, object]] = [
        {"service_id": str(world.manicure), "staff_id": str(world.anna), "addon_ids": [str(world.design)]},
        {"service_id": str(world.pedicure)},
    ]
    asked = {"items": json.dumps(items)}
    offered = await slots(site, **asked)
    assert {"T12:00" in slot["start_ts"] for slot in offered} == {True, False}
    assert offered[0]["end_ts"] == "2026-11-24T12:45:00+03:00"

    made = await site.book(noon, service_id=None, staff_id=None, items=items)
    booking = made["booking"]
    assert booking["end_ts"] == "2026-11-24T14:45:00+03:00"
    assert booking["price"] == 150_000 + 30_000 + 220_000
    assert [segment["service_title"] for segment in booking["segments"]] == ["Маникюр", "Педикюр"]
    assert {segment["staff_id"] for segment in booking["segments"]} == {str(world.anna)}, "one for all"
    assert booking["segments"][0]["addons"][0]["title"] == "Дизайн"
    left = await slots(site, **asked)
    assert not [slot for slot in left if "T12:00" in slot["start_ts"]]

    key = {"Idempotency-Key": "k"}
    later = site.wish(site.world.at(16, day=TUESDAY), service_id=None, staff_id=None, items=items)
    one = await site.post(f"{site.business}/bookings", later, headers=key)
    two = await site.post(f"{site.business}/bookings", later, headers=key)
    assert one.body["booking"]["id"] == two.body["booking"]["id"]
    other = await site.post(f"{site.business}/bookings", {**later, "items": items[:1]}, headers=key)
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_an_addon_of_one_service(site: Site) -> None:
    offered = await slots(site, service_id=site.world.manicure, addon_ids=site.world.design)
    assert offered[0]["end_ts"] == "2026-11-24T11:15:00+03:00"
    made = await site.book(site.world.at(12, day=TUESDAY), addon_ids=[str(site.world.design)])
    assert made["booking"]["price"] == 180_000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"items": "маникюр"}, "items"),
        ({"items": [{"staff_id": None}]}, "items[0].service_id"),
        ({"items": [{"service_id": "x"}]}, "items[0].service_id"),
        ({"items": [7]}, "items[0]"),
        ({"items": [{"service_id": "0197a3a0-0000-7000-8000-000000000001", "colour": 1}]}, "items[0].colour"),
        ({"seats": "two"}, "seats"),
        ({"seats": True}, "seats"),
        ({"seats": 0}, "seats"),
        ({"addon_ids": ["x"]}, "addon_ids"),
        ({"addon_ids": 5}, "addon_ids"),
        ({"location_id": "x"}, "location_id"),
        ({"override": "yes"}, "override"),
    ],
)
async def test_what_is_no_visit(site: Site, changes: dict[str, object], field: str) -> None:
    service = {"service_id": None, "staff_id": None} if "items" in changes else {}
    reply = await site.post(f"{site.business}/bookings", site.wish(site.world.at(12), **service, **changes))
    assert reply.status == 422
    assert field in {name for name, _ in reply.details}


async def test_items_and_one_service_are_not_said_together(site: Site) -> None:
    wish = site.wish(site.world.at(12), items=[{"service_id": str(site.world.manicure)}])
    reply = await site.post(f"{site.business}/bookings", wish)
    assert ("service_id", "not_with_items") in reply.details
    unknown = site.wish(site.world.at(12), addon_ids=["0197a3a0-0000-7000-8000-000000000001"])
    missing = await site.post(f"{site.business}/bookings", unknown)
    assert (missing.status, missing.code) == (404, "NOT_FOUND")


# --- override


async def test_a_manager_books_and_moves_against_the_rules_and_it_is_logged(site: Site) -> None:
    owner, night = await site.token(), site.world.at(21, 7, day=TUESDAY)
    path = f"{site.business}/bookings"
    plain = await site.post(path, site.wish(night), token=owner)
    assert (plain.status, plain.code) == (422, "SLOT_NOT_OFFERED")
    made = await site.post(path, site.wish(night, override=True), token=owner)
    assert made.status == 201
    booking = f"/api/v1/bookings/{made.body['booking']['id']}"

    later = (night + timedelta(minutes=31)).isoformat()
    refused = await site.post(f"{booking}/reschedule", {"start_ts": later}, token=owner)
    assert (refused.status, refused.code) == (422, "SLOT_NOT_OFFERED")
    moved = await site.post(f"{booking}/reschedule", {"start_ts": later, "override": True}, token=owner)
    assert moved.status == 200
    history = (await site.get(f"{booking}/timeline", token=owner)).body["items"]
    assert [(entry["event"], entry["after"].get("override")) for entry in history] == [
        ("create", True),
        ("reschedule", True),
    ]
    assert history[0]["actor"] == {"kind": "token", "name": "owner"}

    ordinary = await site.book(site.world.at(12, day=TUESDAY), owner)
    entries = await site.get(f"/api/v1/bookings/{ordinary['booking']['id']}/timeline", token=owner)
    assert "override" not in entries.body["items"][0]["after"]


async def test_busy_stays_busy_and_the_past_past(site: Site) -> None:
    owner, path = await site.token(), f"{site.business}/bookings"
    await site.book(site.world.at(12, day=TUESDAY))
    over = await site.post(path, site.wish(site.world.at(12, 30, day=TUESDAY), override=True), token=owner)
    assert (over.status, over.code) == (409, "SLOT_CONFLICT")
    past = await site.post(path, site.wish(site.world.at(8), override=True), token=owner)
    assert (past.status, past.body["error"]["reason"]) == (422, "in_the_past")


async def test_nobody_else_overrides(site: Site) -> None:
    wish = site.wish(site.world.at(12, day=TUESDAY), override=True)
    path = f"{site.business}/bookings"
    assert (await site.post(path, wish)).code == "FORBIDDEN"
    for role in (Role.OPERATOR, Role.MASTER, Role.READ_ONLY):
        assert (await site.post(path, wish, token=await site.token(role))).code == "FORBIDDEN"
    made = await site.book(site.world.at(12, day=TUESDAY))
    move = {"start_ts": site.world.at(15, day=TUESDAY).isoformat(), "override": True}
    for token in (made["visit_key"], await site.token(Role.OPERATOR)):
        reply = await site.post(f"/api/v1/bookings/{made['booking']['id']}/reschedule", move, token=token)
        assert (reply.status, reply.code) == (403, "FORBIDDEN")
    manager = await site.post(
        f"/api/v1/bookings/{made['booking']['id']}/reschedule", move, token=await site.token(Role.OPS_MANAGER)
    )
    assert manager.status == 200
