"""Bookings over HTTP: made, read, decided, moved, listed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.domain.actor import Role
from core.domain.catalog import BookingRules
from tests.support.site import Site
from tests.support.world import MONDAY

LONG_AGO = "2020-01-01T10:00:00+03:00"


async def test_somebody_without_an_account_books_and_looks_after_it(site: Site) -> None:
    start = site.world.at(15)
    reply = await site.post(f"{site.business}/bookings", site.wish(start, comment="Нюд"))

    assert reply.status == 201
    assert set(reply.body) == {"booking", "visit_key"}
    booking = reply.body["booking"]
    assert reply.headers["Location"] == f"/api/v1/bookings/{booking['id']}"
    assert booking["status"] == "confirmed"
    assert booking["start_ts"] == "2026-11-23T15:00:00+03:00"
    assert booking["end_ts"] == "2026-11-23T16:00:00+03:00"
    assert booking["service_id"] == str(site.world.manicure)
    assert booking["staff_id"] == str(site.world.anna)
    assert (booking["price"], booking["currency"]) == (150_000, "RUB")
    assert booking["source"] == "web"
    assert booking["comment"] == "Нюд"
    assert "client" not in booking

    key = reply.body["visit_key"]
    path = f"/api/v1/bookings/{booking['id']}"
    assert (await site.get(path, token=key)).body == {"booking": booking}
    assert (await site.get(path)).status == 401
    cancelled = await site.post(f"{path}/status", {"status": "cancelled", "reason": "заболела"}, token=key)
    assert cancelled.status == 200
    assert cancelled.body["booking"]["status"] == "cancelled"
    assert cancelled.body["booking"]["cancel_reason"] == "заболела"


async def test_a_visit_key_opens_its_booking_only_though_the_phone_be_the_same(site: Site) -> None:
    first = await site.book(site.world.at(11))
    second = await site.book(site.world.at(13))
    assert first["booking"]["client_id"] == second["booking"]["client_id"]

    other = await site.get(f"/api/v1/bookings/{second['booking']['id']}", token=first["visit_key"])
    assert (other.status, other.code) == (404, "NOT_FOUND")
    listed = await site.get(f"{site.business}/bookings", token=first["visit_key"])
    assert listed.status == 401


async def test_the_business_books_for_a_client_and_sees_the_card(site: Site) -> None:
    made = await site.book(site.world.at(12), await site.token())
    assert set(made) == {"booking"}
    assert made["booking"]["source"] == "api"
    client = made["booking"]["client"]
    assert (client["name"], client["phone"], client["phone_verified"]) == ("Ольга", "+79001234567", False)


async def test_any_master_will_do(site: Site) -> None:
    start = site.world.at(12)
    staff = {(await site.book(start, staff_id=None))["booking"]["staff_id"] for _ in range(2)}
    assert staff == {str(site.world.anna), str(site.world.maria)}
    third = await site.post(f"{site.business}/bookings", site.wish(start, staff_id=None))
    assert (third.status, third.code) == (409, "SLOT_CONFLICT")


async def test_a_taken_start_tells_who_has_it_only_to_whom_it_may(site: Site) -> None:
    token = await site.token()
    taken = (await site.book(site.world.at(15), token))["booking"]
    overlapping = site.wish(site.world.at(15, 30))

    stranger = await site.post(f"{site.business}/bookings", overlapping)
    assert (stranger.status, stranger.code) == (409, "SLOT_CONFLICT")
    assert stranger.body["error"]["conflicting_booking"] is None
    assert taken["id"] not in stranger.text

    owner = await site.post(f"{site.business}/bookings", overlapping, token=token)
    assert owner.status == 409
    assert owner.body["error"]["conflicting_booking"]["id"] == taken["id"]


async def test_a_ninety_minute_visit_closes_the_half_hours_within_it(site: Site) -> None:
    """A lock on the exact start alone would leave 10:30 free (peers.md, races)."""
    await site.book(site.world.at(12), service_id=str(site.world.pedicure))
    for hour, minute in ((11, 15), (12, 30), (13, 15)):
        reply = await site.post(f"{site.business}/bookings", site.wish(site.world.at(hour, minute)))
        assert (reply.status, reply.code) == (409, "SLOT_CONFLICT")
    await site.book(site.world.at(13, 30))


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("2026-11-23T15:07:00+03:00", "off_grid"),
        ("2026-11-23T08:00:00+03:00", "in_the_past"),
        ("2026-11-23T09:30:00+03:00", "too_soon"),
        ("2026-11-23T21:00:00+03:00", "outside_hours"),
        ("2026-11-23T19:15:00+03:00", "outside_hours"),
        ("2026-11-29T12:00:00+03:00", "outside_hours"),
        ("2027-06-07T12:00:00+03:00", "too_far"),
        (LONG_AGO, "in_the_past"),
    ],
)
async def test_a_start_that_is_not_offered_says_why(site: Site, start: str, reason: str) -> None:
    reply = await site.post(f"{site.business}/bookings", site.wish(site.world.at(15), start_ts=start))
    assert (reply.status, reply.code) == (422, "SLOT_NOT_OFFERED")
    assert reply.body["error"]["reason"] == reason
    assert reply.details == [("start_ts", reason)]


BAD: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
    ({"consent": False}, [("consent", "required")]),
    ({"consent": None}, [("consent", "required")]),
    ({"consent": "yes"}, [("consent", "not_a_boolean")]),
    ({"client": {"name": "Ольга", "phone": "12345"}}, [("client.phone", "not_a_phone")]),
    ({"client": {"name": "Ольга", "phone": 89001234567}}, [("client.phone", "not_a_string")]),
    ({"client": {"name": "Ольга"}}, [("client.phone", "required")]),
    ({"client": {"phone": "+79001234567"}}, [("client.name", "required")]),
    ({"client": {"name": "Я" * 300, "phone": "+79001234567"}}, [("client.name", "too_long")]),
    ({"client": {"name": "💅", "phone": "+79001234567"}}, [("client.name", "no_letters")]),
    ({"client": {"name": " ", "phone": "+79001234567"}}, [("client.name", "empty")]),
    ({"client": {"name": "А\0", "phone": "+79001234567"}}, [("client.name", "zero_character")]),
    (
        {"client": {"name": "Ольга", "phone": "+79001234567", "email": "nobody"}},
        [("client.email", "not_an_email")],
    ),
    ({"client": []}, [("client", "not_an_object")]),
    ({"client": None}, [("client", "required")]),
    ({"service_id": "manicure"}, [("service_id", "not_an_id")]),
    ({"service_id": None, "start_ts": None}, [("service_id", "required"), ("start_ts", "required")]),
    ({"staff_id": 7}, [("staff_id", "not_an_id")]),
    ({"start_ts": "2026-11-23T15:00:00"}, [("start_ts", "no_offset")]),
    ({"start_ts": "2026-11-23T15:00:30+03:00"}, [("start_ts", "not_a_minute")]),
    ({"start_ts": 1764158400}, [("start_ts", "not_a_time")]),
    ({"comment": "о" * 501}, [("comment", "too_long")]),
    ({"comment": "о" * 5000}, [("comment", "too_long")]),
    ({"comment": "\0"}, [("comment", "zero_character")]),
    ({"staf_id": "x"}, [("staf_id", "unknown")]),
]


@pytest.mark.parametrize(("changes", "details"), BAD)
async def test_bad_input_names_its_field_and_books_nothing(
    site: Site, changes: dict[str, object], details: list[tuple[str, str]]
) -> None:
    reply = await site.post(f"{site.business}/bookings", site.wish(site.world.at(15), **changes))
    assert reply.status == 422
    assert reply.details == details
    assert (await site.get(f"{site.business}/bookings", token=await site.token())).body["items"] == []


async def test_consent_is_wanted_from_the_business_too(site: Site) -> None:
    """Personal data is not taken without it, whoever types it in (152-FZ)."""
    wish = site.wish(site.world.at(15), consent=False)
    reply = await site.post(f"{site.business}/bookings", wish, token=await site.token())
    assert (reply.status, reply.details) == (422, [("consent", "required")])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "MALFORMED_JSON"),
        (b"", 400, "MALFORMED_JSON"),
        (b"\xff\xfe", 400, "MALFORMED_JSON"),
        (b'{"price": NaN}', 400, "MALFORMED_JSON"),
        (b"[" * 5000, 400, "MALFORMED_JSON"),
        (b"[]", 422, "INVALID_INPUT"),
        (b'"text"', 422, "INVALID_INPUT"),
        (b" " * 70_000, 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_bodies_that_are_none(site: Site, body: bytes, status: int, code: str) -> None:
    reply = await site.call(
        "POST", f"{site.business}/bookings", data=body, headers={"Content-Type": "application/json"}
    )
    assert (reply.status, reply.code) == (status, code)


async def test_a_body_without_a_length_is_measured_as_it_comes(site: Site) -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b" " * 1024

    reply = await site.call("POST", f"{site.business}/bookings", data=endless())
    assert (reply.status, reply.code) == (413, "PAYLOAD_TOO_LARGE")


async def test_unknown_things_are_not_found(site: Site) -> None:
    nobody = "0197a3a0-0000-7000-8000-000000000001"
    for path, wish in (
        (f"{site.business}/bookings", site.wish(site.world.at(15), service_id=nobody)),
        (f"{site.business}/bookings", site.wish(site.world.at(15), staff_id=nobody)),
        ("/api/v1/businesses/nowhere/bookings", site.wish(site.world.at(15))),
        (f"/api/v1/businesses/{nobody}/bookings", site.wish(site.world.at(15))),
    ):
        reply = await site.post(path, wish)
        assert (reply.status, reply.code) == (404, "NOT_FOUND")


async def test_the_same_request_twice_is_one_booking(site: Site) -> None:
    headers = {"Idempotency-Key": "form-1"}
    wish = site.wish(site.world.at(15))
    first = await site.post(f"{site.business}/bookings", wish, headers=headers)
    again = await site.post(f"{site.business}/bookings", wish, headers=headers)

    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    token = await site.token()
    assert len((await site.get(f"{site.business}/bookings", token=token)).body["items"]) == 1

    other = await site.post(f"{site.business}/bookings", site.wish(site.world.at(17)), headers=headers)
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len((await site.get(f"{site.business}/bookings", token=token)).body["items"]) == 1


async def test_a_key_is_its_callers_own(site: Site) -> None:
    headers = {"Idempotency-Key": "1"}
    first = await site.post(f"{site.business}/bookings", site.wish(site.world.at(15)), headers=headers)
    somebody = site.wish(site.world.at(17), client={"name": "Инна", "phone": "+79007654321"})
    second = await site.post(f"{site.business}/bookings", somebody, headers=headers)
    assert second.status == 201
    assert second.body["booking"]["id"] != first.body["booking"]["id"]


@pytest.mark.parametrize("key", [" ", "ключ".encode().decode("latin-1"), "x" * 256])
async def test_a_key_that_is_none(site: Site, key: str) -> None:
    reply = await site.post(
        f"{site.business}/bookings", site.wish(site.world.at(15)), headers={"Idempotency-Key": key}
    )
    assert (reply.status, reply.details) == (422, [("Idempotency-Key", "not_a_key")])


async def asked_for(site: Site) -> dict[str, Any]:
    """A booking that waits for the owner's word."""
    await site.call(
        "PATCH", site.business, json={"booking_rules": {"auto_confirm": False}}, token=await site.token()
    )
    return dict((await site.book(site.world.at(15)))["booking"])


async def test_a_request_waits_and_is_confirmed(site: Site) -> None:
    booking = await asked_for(site)
    assert booking["status"] == "pending"
    assert booking["expires_at"] is not None
    path, token = f"/api/v1/bookings/{booking['id']}", await site.token()

    for _ in range(2):  # a second press is no fault
        reply = await site.post(f"{path}/status", {"status": "confirmed"}, token=token)
        assert (reply.status, reply.body["booking"]["status"]) == (200, "confirmed")
    events = [entry["event"] for entry in (await site.get(f"{path}/timeline", token=token)).body["items"]]
    assert events == ["create", "confirm"]


async def test_a_request_that_is_turned_down_was_declined_and_a_visit_is_cancelled(site: Site) -> None:
    token = await site.token()
    asked = await asked_for(site)
    for booking, event in (
        (asked, "decline"),
        ((await site.book(site.world.at(17), token))["booking"], "cancel"),
    ):
        path = f"/api/v1/bookings/{booking['id']}"
        reply = await site.post(f"{path}/status", {"status": "cancelled", "reason": "отпуск"}, token=token)
        assert reply.body["booking"]["status"] == "cancelled"
        last = (await site.get(f"{path}/timeline", token=token)).body["items"][-1]
        assert (last["event"], last["reason"]) == (event, "отпуск")
        assert last["before"]["status"] != last["after"]["status"]


async def test_a_visit_goes_on_to_its_end(site: Site) -> None:
    token = await site.token()
    booking = (await site.book(site.world.at(15), token))["booking"]
    path = f"/api/v1/bookings/{booking['id']}/status"

    early = await site.post(path, {"status": "completed"}, token=token)
    assert (early.status, early.code) == (422, "POLICY_REFUSED")
    assert early.details == [("booking", "not_started_yet")]

    site.clock.to(site.world.at(15, 5))
    for status in ("in_progress", "completed", "no_show"):
        reply = await site.post(path, {"status": status}, token=token)
        assert (reply.status, reply.body["booking"]["status"]) == (200, status)
    back = await site.post(path, {"status": "confirmed"}, token=token)
    assert (back.status, back.code) == (409, "TRANSITION_REFUSED")
    assert back.details == [("status", "no_show")]


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, [("status", "required")]),
        ({"status": "done"}, [("status", "unknown")]),
        ({"status": "pending"}, [("status", "not_settable")]),
        ({"status": "expired"}, [("status", "not_settable")]),
        ({"status": 1}, [("status", "not_a_string")]),
        ({"status": "cancelled", "reason": 1}, [("reason", "not_a_string")]),
        ({"status": "cancelled", "why": "x"}, [("why", "unknown")]),
    ],
)
async def test_a_status_that_can_not_be_asked_for(
    site: Site, body: dict[str, object], details: list[tuple[str, str]]
) -> None:
    token = await site.token()
    booking = (await site.book(site.world.at(15), token))["booking"]
    reply = await site.post(f"/api/v1/bookings/{booking['id']}/status", body, token=token)
    assert (reply.status, reply.details) == (422, details)


async def test_a_client_cancels_in_time_or_not_at_all(site: Site) -> None:
    made = await site.book(site.world.at(15))
    site.clock.to(site.world.at(13, 1))
    path = f"/api/v1/bookings/{made['booking']['id']}/status"
    late = await site.post(path, {"status": "cancelled"}, token=made["visit_key"])
    assert (late.status, late.code) == (422, "POLICY_REFUSED")
    assert late.details == [("booking", "cancel_too_late")]
    for status in ("confirmed", "completed", "no_show"):
        reply = await site.post(path, {"status": status}, token=made["visit_key"])
        assert (reply.status, reply.code) == (403, "FORBIDDEN")


async def test_a_move_keeps_the_booking(site: Site) -> None:
    made = await site.book(site.world.at(15))
    path = f"/api/v1/bookings/{made['booking']['id']}"
    target = {"start_ts": site.world.at(16, 30).isoformat(), "staff_id": str(site.world.maria)}

    moved = await site.post(f"{path}/reschedule", target, token=made["visit_key"])
    assert moved.status == 200
    booking = moved.body["booking"]
    assert booking["id"] == made["booking"]["id"]
    assert booking["start_ts"] == "2026-11-23T16:30:00+03:00"
    assert booking["staff_id"] == str(site.world.maria)
    assert booking["reschedules"] == 1
    await site.book(site.world.at(15))  # its old time is free again


async def test_a_move_is_judged_like_a_booking(site: Site) -> None:
    token = await site.token()
    taken = (await site.book(site.world.at(12), token))["booking"]
    booking = (await site.book(site.world.at(15), token))["booking"]
    path = f"/api/v1/bookings/{booking['id']}/reschedule"

    for body, status, code in (
        ({"start_ts": taken["start_ts"]}, 409, "SLOT_CONFLICT"),
        ({"start_ts": "2026-11-23T21:00:00+03:00"}, 422, "SLOT_NOT_OFFERED"),
        ({"start_ts": LONG_AGO}, 422, "SLOT_NOT_OFFERED"),
        ({"start_ts": taken["start_ts"], "staff_id": taken["id"]}, 404, "NOT_FOUND"),
        ({}, 422, "INVALID_INPUT"),
        ({"start_ts": "later"}, 422, "INVALID_INPUT"),
    ):
        reply = await site.post(path, body, token=token)
        assert (reply.status, reply.code) == (status, code), body
    assert (await site.get(f"/api/v1/bookings/{booking['id']}", token=token)).body["booking"] == booking


async def test_the_list_is_filtered_and_turned_by_pages(site: Site) -> None:
    token = await site.token()
    tuesday = MONDAY + timedelta(days=1)
    made = [
        (await site.book(start, token, staff_id=str(staff)))["booking"]
        for start, staff in (
            (site.world.at(12), site.world.anna),
            (site.world.at(12), site.world.maria),
            (site.world.at(15), site.world.anna),
            (site.world.at(10, day=tuesday), site.world.anna),
        )
    ]
    await site.post(f"/api/v1/bookings/{made[2]['id']}/status", {"status": "cancelled"}, token=token)

    async def ids(**query: object) -> list[str]:
        reply = await site.get(
            f"{site.business}/bookings", params={k: str(v) for k, v in query.items()}, token=token
        )
        assert reply.status == 200, reply.text
        assert reply.body["next_cursor"] is None
        return [item["id"] for item in reply.body["items"]]

    first, second, third, fourth = (booking["id"] for booking in made)
    assert set(await ids()) == {first, second, third, fourth}
    assert await ids(**{"from": tuesday}) == [fourth]
    assert set(await ids(to=MONDAY)) == {first, second, third}
    assert await ids(**{"from": "2026-11-23T14:00:00+03:00", "to": "2026-11-23T15:00:00+03:00"}) == []
    assert await ids(**{"from": "2026-11-23T15:00:00+03:00", "to": "2026-11-23T16:00:00+03:00"}) == [third]
    assert await ids(staff_id=site.world.maria) == [second]
    assert await ids(status="cancelled") == [third]
    assert set(await ids(status="confirmed,cancelled")) == {first, second, third, fourth}

    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        query = {"limit": "1", **({"cursor": cursor} if cursor else {})}
        page = (await site.get(f"{site.business}/bookings", params=query, token=token)).body
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert sorted(seen) == sorted([first, second, third, fourth])


async def test_filters_by_either_name_and_orders(site: Site) -> None:
    token = await site.token()
    late = (await site.book(site.world.at(17), token))["booking"]
    site.clock.on(minutes=1)
    early = (await site.book(site.world.at(11), staff_id=str(site.world.maria)))["booking"]
    site.clock.on(minutes=1)
    client = {"name": "Вера", "phone": "+7 900 765-43-21"}
    last = (await site.book(site.world.at(13), token, client=client))["booking"]

    async def ids(**query: str) -> list[str]:
        reply = await site.get(f"{site.business}/bookings", params=query, token=token)
        assert reply.status == 200, reply.text
        return [item["id"] for item in reply.body["items"]]

    three = [late["id"], early["id"], last["id"]]
    assert await ids() == await ids(sort="start_ts") == [early["id"], last["id"], late["id"]]
    assert await ids(sort="-start_ts") == [late["id"], last["id"], early["id"]]
    assert await ids(sort="created_at") == three
    assert await ids(sort="-created_at") == three[::-1]
    wanted = {
        "source": ("web", [early["id"]]),
        "staff_id": (str(site.world.anna), [late["id"], last["id"]]),
        "client_id": (last["client_id"], [last["id"]]),
        "status": ("confirmed,pending", three),
    }
    for name, (value, found) in wanted.items():
        for way in (name, f"filter[{name}]"):
            assert await ids(sort="created_at", **{way: value}) == found
    assert await ids(**{"filter[source]": "api", "filter[client_id]": last["client_id"]}) == [last["id"]]

    first = await site.get(
        f"{site.business}/bookings", params={"sort": "-created_at", "limit": "1"}, token=token
    )
    cursor = first.body["next_cursor"]
    assert await ids(sort="-created_at", cursor=cursor) == [early["id"], late["id"]]
    other = await site.get(f"{site.business}/bookings", params={"cursor": cursor}, token=token)
    assert (other.status, other.details) == (422, [("cursor", "unknown")])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2026-11-23T15:00:00", "to"),
        ("to=9999-12-31", "to"),
        ("staff_id=anna", "staff_id"),
        ("status=fine", "status"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        ("sort=-price", "sort"),
        ("source=pigeon", "source"),
        ("client_id=olga", "client_id"),
        ("filter[status]=fine", "filter[status]"),
        ("filter[status]=confirmed&status=confirmed", "filter[status]"),
        ("filter[price]=1", "filter[price]"),
    ],
)
async def test_bad_filters(site: Site, query: str, field: str) -> None:
    reply = await site.get(f"{site.business}/bookings?{query}", token=await site.token())
    assert (reply.status, reply.code) == (422, "INVALID_INPUT")
    assert [name for name, _ in reply.details] == [field]


async def test_the_history_hides_the_staff_from_the_client(site: Site) -> None:
    made = await site.book(site.world.at(15))
    path = f"/api/v1/bookings/{made['booking']['id']}"
    await site.post(f"{path}/status", {"status": "cancelled"}, token=await site.token())

    entries = (await site.get(f"{path}/timeline", token=made["visit_key"])).body["items"]
    assert [entry["event"] for entry in entries] == ["create", "cancel"]
    assert entries[1]["actor"] == {"kind": "token", "name": ""}
    assert set(entries[0]) == {"id", "at", "event", "actor", "reason", "before", "after"}
    assert datetime.fromisoformat(entries[0]["at"]).utcoffset() == timedelta(hours=3)


@pytest.mark.parametrize("token", ["oko_nobody", "okov_" + "A" * 86, "okov_", "x" * 600, "жетон"])
async def test_a_token_that_nobody_has(site: Site, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    for path in (site.business, f"{site.business}/bookings", "/api/v1/bookings/x"):
        reply = await site.get(path, headers=headers)
        assert reply.status in {401, 404}
        assert reply.status == 401 or path.endswith("/x")
    reply = await site.post(f"{site.business}/bookings", site.wish(site.world.at(15)), headers=headers)
    assert (reply.status, reply.code) == (401, "UNAUTHORIZED")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


async def test_open_bookings_of_one_client_have_a_limit(site: Site) -> None:
    most = BookingRules().max_active_per_client
    assert most is not None
    path = f"{site.business}/bookings"
    for number in range(most):
        day = MONDAY + timedelta(days=number // 5)
        await site.book(site.world.at(11 + number % 5, day=day))
    reply = await site.post(path, site.wish(site.world.at(18)))
    assert (reply.status, reply.details) == (422, [("booking", "too_many_open")])
    assert (
        await site.post(path, site.wish(site.world.at(18)), token=await site.token(Role.OPERATOR))
    ).status == 201
