"""``Idempotency-Key``: a POST sent again has one effect and one answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.domain.actor import Role
from core.services.requests import LEASE, Requests
from storage.database import Database
from tests.support.launches import telegram
from tests.support.site import Reply, Site
from tests.support.world import make_business
from webapp.wiring import SERVICES

REPLAYED = "Idempotency-Replayed"


class Lost(Exception):
    """The process is gone."""


async def post(
    site: Site, path: str, json: Any, key: str = "k", token: str | None = None, **how: Any
) -> Reply:
    """POST with a key."""
    return await site.post(path, json, token=token, headers={"Idempotency-Key": key, **how})


def service(title: str = "Педикюр") -> dict[str, object]:
    """A new service."""
    return {"title": title, "duration_minutes": 30, "price": 100_000}


async def rows(site: Site, sql: str) -> list[Any]:
    """What stands in the database."""
    async with site.core.uow.read() as tx:
        return list(await tx.connection.fetch(sql))  # type: ignore[attr-defined]


def identical(first: Reply, again: Reply) -> None:
    """The second is the first one's copy, and says so."""
    assert (again.status, again.text) == (first.status, first.text)
    for name in ("Content-Type", "Location"):
        assert again.headers.get(name) == first.headers.get(name)
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]


async def test_the_same_again_is_the_first_answer_byte_for_byte(site: Site) -> None:
    path, wish = f"{site.business}/bookings", site.wish(site.world.at(15))
    first = await post(site, path, wish)
    assert first.status == 201
    cancelled = {"status": "cancelled"}
    await site.post(f"{first.headers['Location']}/status", cancelled, token=first.body["visit_key"])
    for _ in range(2):
        identical(first, await post(site, path, wish))
    assert len(await rows(site, "SELECT FROM bookings")) == 1


async def test_another_body_is_refused_and_so_is_a_bad_key(site: Site) -> None:
    token = await site.token()
    path = f"{site.business}/services"
    assert (await post(site, path, service(), token=token)).status == 201
    for other in (service("Другое"), {**service(), "price": 1}):
        reply = await post(site, path, other, token=token)
        assert (reply.status, reply.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    reply = await post(site, f"{path}?x=1", service(), token=token)
    assert reply.code == "IDEMPOTENCY_KEY_REUSED"
    for bad in ("", "two words", "k" * 256):
        reply = await post(site, path, service(), key=bad, token=token)
        assert (reply.status, reply.details) == (422, [("Idempotency-Key", "not_a_key")])


@pytest.mark.parametrize("known", [False, True])
async def test_twenty_at_once_book_once(site: Site, known: bool) -> None:
    token = await site.token() if known else None
    wish = site.wish(site.world.at(15))
    replies = await asyncio.gather(
        *(post(site, f"{site.business}/bookings", wish, token=token) for _ in range(20))
    )
    made = [reply for reply in replies if reply.status == 201]
    waiting = [reply for reply in replies if reply.status == 409]
    assert made
    assert len(made) + len(waiting) == 20
    assert len({reply.text for reply in made}) == 1
    assert sum(REPLAYED not in reply.headers for reply in made) == 1
    assert {reply.code for reply in waiting} <= {"REQUEST_IN_PROGRESS"}
    assert all(int(reply.headers["Retry-After"]) >= 1 for reply in waiting)
    assert len(await rows(site, "SELECT FROM bookings")) == 1


PARTS: list[tuple[str, dict[str, object], str]] = [
    ("services", service(), "services"),
    ("staff", {"name": "Вера"}, "staff"),
    ("exceptions", {"date": "2026-11-25", "type": "closed"}, "schedule_exceptions"),
    ("categories", {"title": "Руки"}, "categories"),
    ("addons", {"title": "Дизайн", "price": 100}, "addons"),
    ("rooms", {"title": "Кабинет 2"}, "rooms"),
    ("locations", {"name": "Вторая"}, "locations"),
]


@pytest.mark.parametrize(("name", "content", "table"), PARTS, ids=[part[0] for part in PARTS])
async def test_lost_between_the_effect_and_the_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str, content: dict[str, object], table: str
) -> None:
    """The answer never was kept: after the lease the request is worked on again and finds its effect."""
    token, path = await site.token(), f"{site.business}/{name}"
    before = len(await rows(site, f"SELECT FROM {table}"))
    with monkeypatch.context() as patch:
        patch.setattr(Requests, "finish", lose)
        lost = await post(site, path, content, token=token)
    assert lost.status == 201, lost.text
    reply = await post(site, path, content, token=token)
    assert (reply.status, reply.code) == (409, "REQUEST_IN_PROGRESS")
    site.clock.on(seconds=LEASE.total_seconds())
    again = await post(site, path, content, token=token)
    assert (again.status, again.body) == (201, lost.body)
    assert REPLAYED not in again.headers
    identical(again, await post(site, path, content, token=token))
    assert len(await rows(site, f"SELECT FROM {table}")) == before + 1


async def lose(*_: object) -> None:
    """Instead of keeping an answer."""
    raise Lost


async def test_a_booking_lost_between_its_commit_and_the_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service has committed and the process goes: the same request finds the booking that it made."""
    assert site.http.app is not None
    bookings, path = site.http.app[SERVICES].bookings, f"{site.business}/bookings"
    create = bookings.create

    async def commit_and_go(*args: Any) -> None:
        await create(*args)
        raise Lost

    wish = site.wish(site.world.at(15))
    with monkeypatch.context() as patch:
        patch.setattr(bookings, "create", commit_and_go)
        assert (await post(site, path, wish)).status == 500
    again = await post(site, path, wish)
    assert again.status == 201, "what went wrong with 500 is worked on again at once"
    [booking] = await rows(site, "SELECT id FROM bookings")
    assert again.body["booking"]["id"] == str(booking["id"])
    identical(again, await post(site, path, wish))


async def test_transitions_sent_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moved, confirmed, cancelled: a repeat finds it done, with the key's row lost as well."""
    token = await site.token()
    booking = (await site.book(site.world.at(15), token))["booking"]
    path = f"/api/v1/bookings/{booking['id']}"
    steps: list[tuple[str, dict[str, object]]] = [
        ("reschedule", {"start_ts": site.world.at(17).isoformat()}),
        ("status", {"status": "cancelled", "reason": "болезнь"}),
    ]
    for number, (act, content) in enumerate(steps):
        with monkeypatch.context() as patch:
            patch.setattr(Requests, "finish", lose)
            lost = await post(site, f"{path}/{act}", content, str(number), token)
        assert lost.status == 200
        site.clock.on(seconds=LEASE.total_seconds())
        again = await post(site, f"{path}/{act}", content, str(number), token)
        assert (again.status, again.body) == (200, lost.body)
    events = [entry["event"] for entry in (await site.get(f"{path}/timeline", token=token)).body["items"]]
    assert events == ["create", "reschedule", "cancel"]


async def test_refusals_of_the_trade_are_kept(site: Site) -> None:
    """As Stripe has it: the work had begun."""
    token, path = await site.token(), f"{site.business}/bookings"
    wish = site.wish(site.world.at(15))
    taken = await site.book(site.world.at(15), token)
    refused = await post(site, path, wish)
    assert (refused.status, refused.code) == (409, "SLOT_CONFLICT")
    await site.post(f"/api/v1/bookings/{taken['booking']['id']}/status", {"status": "cancelled"}, token=token)
    identical(refused, await post(site, path, wish))
    assert (await post(site, path, wish, key="another")).status == 201
    closed = site.wish(site.world.at(21))
    refused = await post(site, path, closed, key="late")
    assert (refused.status, refused.code) == (422, "SLOT_NOT_OFFERED")
    identical(refused, await post(site, path, closed, key="late"))


async def test_what_is_turned_away_at_the_door_leaves_the_key_usable(site: Site) -> None:
    token, path = await site.token(), f"{site.business}/services"
    bad = {**service(), "duration_minutes": 0}
    assert (await post(site, path, bad, token=token)).code == "INVALID_INPUT"
    broken = await site.call(
        "POST",
        path,
        data=b"{",
        token=token,
        headers={"Idempotency-Key": "k", "Content-Type": "application/json"},
    )
    assert broken.code == "MALFORMED_JSON"
    assert (await post(site, path, service(), token="oko_" + "x" * 43)).status == 401
    operator = await site.token(Role.OPERATOR)
    assert (await post(site, path, service(), token=operator)).status == 403
    assert await rows(site, "SELECT FROM http_requests") == []
    made = await post(site, path, service(), token=token)
    assert made.status == 201
    identical(made, await post(site, path, service(), token=token))

    wish = site.wish(site.world.at(15), consent=False)
    assert (await post(site, f"{site.business}/bookings", wish, key="b")).status == 422
    assert (await post(site, f"{site.business}/bookings", {**wish, "consent": True}, key="b")).status == 201


async def test_odd_addresses_and_headers_are_no_trouble(site: Site) -> None:
    for path in ("x" * 5000, "%D1%82", "%FF%FE", "a" * 250):
        reply = await post(site, f"/api/v1/businesses/{path}/bookings", site.wish(site.world.at(15)))
        assert (reply.status, reply.code) == (404, "NOT_FOUND")
    raw = b"POST /api/v1/bookings/x/status HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\n"
    raw += b"Okoshko-Visitor: \xff\xfe\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    reader, writer = await asyncio.open_connection(site.http.host, site.http.port)
    writer.write(raw)
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 404")
    writer.close()
    await writer.wait_closed()


async def test_one_callers_key_is_not_anothers(site: Site) -> None:
    """Not of another business, nor of another token of the same one, nor of a stranger with another phone."""
    other = await make_business(site.core.uow, slug="other")
    wish, path = site.wish(site.world.at(15)), f"{site.business}/bookings"
    first = await post(site, path, wish)
    assert first.status == 201

    stranger = {**wish, "client": {"name": "Вера", "phone": "+7 900 765-43-21"}}
    guessed = await post(site, path, stranger)
    assert (guessed.status, guessed.code) == (409, "SLOT_CONFLICT")
    assert first.body["visit_key"] not in guessed.text

    mine, theirs = await site.token(), await site.token(world=other)
    made = await post(site, f"{site.business}/services", service(), token=mine)
    assert (await post(site, f"{site.business}/services", service(), token=theirs)).status == 404
    away = await post(site, f"/api/v1/businesses/{other.id}/services", service(), token=theirs)
    manager = await post(
        site, f"{site.business}/services", service(), token=await site.token(Role.OPS_MANAGER)
    )
    assert {made.status, away.status, manager.status} == {201}
    assert len({made.body["id"], away.body["id"], manager.body["id"]}) == 3


async def test_a_key_is_a_persons_in_every_session_of_theirs(site: Site) -> None:
    """A lost answer is had after signing in anew; somebody else's session is somebody else."""

    async def session(user: int) -> str:
        signed = telegram(site.clock.now(), {"id": user})
        reply = await site.post("/api/v1/auth/telegram", {"init_data": signed})
        return str(reply.body["access_token"])

    wish, path = site.wish(site.world.at(15)), f"{site.business}/bookings"
    first = await post(site, path, wish, token=await session(1001))
    assert first.status == 201
    site.clock.on(seconds=1)
    identical(first, await post(site, path, wish, token=await session(1001)))
    other = await post(site, path, wish, token=await session(1002))
    assert (other.status, other.code) == (409, "SLOT_CONFLICT")


async def test_signing_in_is_left_out(site: Site) -> None:
    """A session is for whoever has asked now."""
    signed = {"init_data": telegram(site.clock.now())}
    made = [await post(site, "/api/v1/auth/telegram", signed) for _ in range(2)]
    assert made[0].body["refresh_token"] != made[1].body["refresh_token"]
    assert await rows(site, "SELECT FROM http_requests") == []


async def test_what_is_kept_can_not_be_read(site: Site, database: str) -> None:
    """Neither the key, nor who sent it, nor the answer, which opens the visit."""
    made = await post(site, f"{site.business}/bookings", site.wish(site.world.at(15)), key="my-own-key")
    assert made.status == 201
    db = await Database.connect(database)
    try:
        [row] = await db.pool.fetch("SELECT * FROM http_requests")
    finally:
        await db.close()
    told = repr(dict(row))
    assert (row["state"], row["status"]) == ("done", 201)
    assert len(row["body"]) > len(made.text.encode())
    for secret in (
        "my-own-key",
        made.body["visit_key"],
        "79001234567",
        "900 123",
        made.body["booking"]["id"],
    ):
        assert secret.encode() not in row["body"]
        assert secret not in told.replace(str(row["headers"]), "")
