"""Holds, what is asked of the calendar beside all starts, offers, and the list of businesses, over HTTP."""

from __future__ import annotations

from core.domain.actor import Role
from tests.support.site import Site
from tests.support.world import MONDAY, book, make_business

ONE, OTHER = {"Okoshko-Visitor": "a-visitor-of-pages-1"}, {"Okoshko-Visitor": "a-visitor-of-pages-2"}


def visit(site: Site, hour: int) -> dict[str, str]:
    """A manicure with Anna."""
    return {
        "service_id": str(site.world.manicure),
        "staff_id": str(site.world.anna),
        "start_ts": site.world.at(hour).isoformat(),
    }


async def test_a_held_start_is_nobody_elses(site: Site) -> None:
    path = f"{site.business}/holds"
    made = await site.post(path, visit(site, 15), headers=ONE)
    assert made.status == 201, made.text
    assert made.body == {
        "start_ts": "2026-11-23T15:00:00+03:00",
        "end_ts": "2026-11-23T16:00:00+03:00",
        "staff_ids": [str(site.world.anna)],
        "segments": [
            {
                "service_id": str(site.world.manicure),
                "service_title": "Маникюр",
                "staff_id": str(site.world.anna),
                "staff_name": "Анна",
                "assistants": [],
                "location_id": str(site.world.location),
                "start_ts": "2026-11-23T15:00:00+03:00",
                "end_ts": "2026-11-23T16:00:00+03:00",
                "price": 150_000,
                "addons": [],
            }
        ],
        "price": 150_000,
        "currency": "RUB",
        "expires_at": "2026-11-23T09:03:00+03:00",
    }
    assert (await site.get(path, headers=ONE)).body == made.body
    taken = await site.post(path, visit(site, 15), headers=OTHER)
    assert (taken.status, taken.code) == (409, "SLOT_CONFLICT")
    assert (await site.get(path, headers=OTHER)).status == 404
    around = {**visit(site, 15), "around": site.world.at(15).isoformat(), "limit": "1"}
    del around["start_ts"]
    starts = {}
    day = {"service_id": around["service_id"], "from": "2026-11-23", "to": "2026-11-23"}
    for name, headers in (("one", ONE), ("other", OTHER)):
        reply = await site.get(f"{site.business}/availability", params=day, headers=headers)
        told = [
            slot["start_ts"]
            for slot in reply.body["days"][0]["slots"]
            if made.body["staff_ids"][0] in slot["staff_ids"]
        ]
        assert (made.body["start_ts"] in told) == (name == "one")
        reply = await site.get(f"{site.business}/availability/nearest", params=around, headers=headers)
        starts[name] = reply.body["slots"][0]["start_ts"]
    assert starts["one"] == "2026-11-23T15:00:00+03:00"
    assert starts["other"] != starts["one"]
    assert (await site.call("DELETE", path, headers=ONE)).status == 204
    assert (await site.call("DELETE", path, headers=ONE)).status == 204
    assert (await site.post(path, visit(site, 15), headers=OTHER)).status == 201


async def test_a_hold_is_somebodys_and_of_what_is_offered(site: Site) -> None:
    path = f"{site.business}/holds"
    for headers in ({}, {"Okoshko-Visitor": "short"}):
        reply = await site.post(path, visit(site, 15), headers=headers)
        assert (reply.status, reply.details) == (422, [("Okoshko-Visitor", "required")])
    night = await site.post(path, visit(site, 3), headers=ONE)
    assert night.code == "SLOT_NOT_OFFERED"
    assert (await site.post("/api/v1/businesses/nowhere/holds", visit(site, 15), headers=ONE)).status == 404


async def test_seats_of_a_group_are_held(site: Site) -> None:
    path = f"{site.business}/holds"
    wanted = {"service_id": str(site.world.yoga), "start_ts": site.world.at(15).isoformat()}
    made = await site.post(path, {**wanted, "seats": 3}, headers=ONE)
    assert made.status == 201, made.text
    assert (await site.get(path, headers=ONE)).body == made.body
    assert made.body["price"] == 180_000
    day = {"service_id": wanted["service_id"], "from": "2026-11-23", "to": "2026-11-23"}
    seats = {}
    for name, headers in (("one", ONE), ("other", OTHER)):
        reply = await site.get(f"{site.business}/availability", params=day, headers=headers)
        slots = {slot["start_ts"][11:16]: slot["seats_left"] for slot in reply.body["days"][0]["slots"]}
        seats[name] = slots["15:00"]
    assert seats == {"one": 4, "other": 1}
    assert (await site.post(path, {**wanted, "seats": 2}, headers=OTHER)).code == "SLOT_CONFLICT"
    assert (await site.post(path, wanted, headers=OTHER)).status == 201


async def test_the_parts_of_a_held_visit_are_told(site: Site) -> None:
    manicure = {
        "service_id": str(site.world.manicure),
        "staff_id": str(site.world.anna),
        "addon_ids": [str(site.world.design)],
    }
    items = [manicure, {"service_id": str(site.world.yoga)}]
    body = {"items": items, "start_ts": site.world.at(15).isoformat()}
    made = await site.post(f"{site.business}/holds", body, headers=ONE)
    assert made.status == 201, made.text
    first, second = made.body["segments"]
    assert (first["end_ts"], second["end_ts"]) == (second["start_ts"], made.body["end_ts"])
    assert first["end_ts"] == "2026-11-23T16:15:00+03:00"
    assert first["addons"] == [
        {"id": str(site.world.design), "title": "Дизайн", "duration_minutes": 15, "price": 30_000}
    ]
    assert (first["price"], second["price"], made.body["price"]) == (180_000, 60_000, 240_000)
    assert (first["staff_name"], second["staff_name"]) == ("Анна", "Мария")


async def test_which_days_have_any(site: Site) -> None:
    path = f"{site.business}/availability/days"
    query = {"service_id": str(site.world.manicure)}
    body = (await site.get(path, params={**query, "month": "2026-11"})).body
    assert body["timezone"] == "Europe/Moscow"
    # Sundays are closed, and what was is past.
    assert body["dates"] == [f"2026-11-{day}" for day in (23, 24, 25, 26, 27, 28, 30)]
    for month, issue in (("2026-13", "not_a_month"), ("2026-1", "not_a_month"), ("0001-01", "out_of_range")):
        assert (await site.get(path, params={**query, "month": month})).details == [("month", issue)]
    assert (await site.get(path, params=query)).details == [("month", "required")]


async def test_the_next_ones(site: Site) -> None:
    path = f"{site.business}/availability/next"
    query = {"service_id": str(site.world.manicure)}
    slots = (await site.get(path, params=query)).body["slots"]
    assert [slot["start_ts"][11:16] for slot in slots] == ["10:00", "10:15", "10:30"]
    assert {str(site.world.anna), str(site.world.maria)} == set(slots[0]["staff_ids"])
    assert len((await site.get(path, params={**query, "limit": "7"})).body["slots"]) == 7
    for limit in ("0", "21"):
        assert (await site.get(path, params={**query, "limit": limit})).details == [("limit", "out_of_range")]
    group = (await site.get(path, params={"service_id": str(site.world.yoga)})).body["slots"]
    assert group[0]["seats_left"] == 4


async def test_businesses_are_listed_by_pages(site: Site) -> None:
    await make_business(site.core.uow, slug="another")
    body = (await site.get("/api/v1/businesses", params={"limit": "1"})).body
    assert ([each["slug"] for each in body["items"]], body["next_cursor"]) == (["another"], "another")
    body = (await site.get("/api/v1/businesses", params={"cursor": "another"})).body
    assert body == {
        "items": [{"id": str(site.world.id), "slug": "okoshko", "name": site.world.catalogue.business.name}],
        "next_cursor": None,
    }


async def test_other_times_are_offered_and_one_is_taken(site: Site) -> None:
    owner = await site.token()
    made = await site.book(site.world.at(15))
    path, key = f"/api/v1/bookings/{made['booking']['id']}", made["visit_key"]
    offered = [site.world.at(hour).isoformat() for hour in (11, 17)]
    assert (await site.post(f"{path}/offer", {"starts": offered}, token=key)).status == 403
    assert (await site.post(f"{path}/offer", {"starts": offered})).status == 401
    reply = await site.post(f"{path}/offer", {"starts": offered}, token=owner)
    assert reply.status == 200, reply.text
    assert reply.body["booking"]["start_ts"] == "2026-11-23T15:00:00+03:00"
    for starts, wrong in (
        ([], ("starts", "count")),
        (None, ("starts", "required")),
        (["noon"], ("starts[0]", "not_a_time")),
    ):
        refused = await site.post(f"{path}/offer", {"starts": starts}, token=owner)
        assert refused.details == [wrong]
    gone = await site.post(f"{path}/accept", {"start_ts": site.world.at(13).isoformat()}, token=key)
    assert (gone.code, gone.details) == ("POLICY_REFUSED", [("booking", "offer_gone")])
    taken = await site.post(f"{path}/accept", {"start_ts": offered[1]}, token=key)
    assert taken.status == 200, taken.text
    assert taken.body["booking"]["start_ts"] == "2026-11-23T17:00:00+03:00"


async def test_a_client_says_that_they_come(site: Site) -> None:
    made = await site.book(site.world.at(15))
    path, key = f"/api/v1/bookings/{made['booking']['id']}/will-come", made["visit_key"]
    for _ in range(2):
        assert (await site.call("POST", path, token=key)).status == 200
    events = (await site.get(f"/api/v1/bookings/{made['booking']['id']}/timeline", token=key)).body["items"]
    assert [each["event"] for each in events].count("will_come") == 1
    assert (await site.call("POST", path, token=await site.token(Role.READ_ONLY))).status == 403


async def test_a_messenger_user_holds_by_their_session(site: Site) -> None:
    _, identity, _ = await book(site.core, site.world, site.world.at(11, day=MONDAY))
    token = (await site.core.sign_in._enter(identity, "test", None)).access_token
    assert (await site.post(f"{site.business}/holds", visit(site, 15), token=token)).status == 201
    assert (await site.get(f"{site.business}/holds", token=token)).status == 200
    assert (await site.get(f"{site.business}/holds", headers=ONE)).status == 404
