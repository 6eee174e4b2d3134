"""The stream of events over HTTP, in two processes' worth of applications on one database and one Redis."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from core.domain.actor import SYSTEM, Role, Scope
from core.domain.schedule import DatedException, ExceptionType
from core.ports.events import SlotsChanged
from core.services.live import DEPTH
from deploy.clock import new_id
from tests.support.launches import telegram
from tests.support.processes import process
from tests.support.site import Site
from tests.support.world import MONDAY, Hands, make_business, meet
from webapp import streams
from webapp.wiring import STREAMS

EVENTS = "/api/v1/events"
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    id: str
    name: str
    data: Any


class Reader:
    """A page that listens."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.last_id = ""
        self._lines = response.content

    async def next(self) -> Event:
        """The next event; comments and times to retry are passed over, ids are kept."""
        name, data = "", ""
        async with asyncio.timeout(SECONDS):
            while line := await self._lines.readline():
                field, _, value = line.decode().rstrip("\n").partition(": ")
                match field:
                    case "id":
                        self.last_id = value
                    case "event":
                        name = value
                    case "data":
                        data = value
                    case "" if name and line == b"\n":
                        return Event(self.last_id, name, json.loads(data))
        raise EOFError

    async def named(self, name: str) -> Event:
        """The next event of this name."""
        while (event := await self.next()).name != name:
            pass
        return event

    async def silent(self) -> None:
        """Nothing comes for a while."""
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await self.next()

    async def ended(self) -> None:
        """Nothing comes, and it is over."""
        with pytest.raises(EOFError):
            await self.next()


@asynccontextmanager
async def listening(
    site: Site, token: str | None = None, *, since: str = "", **query: str
) -> AsyncIterator[Reader]:
    """A stream, once it has begun."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if since:
        headers["Last-Event-ID"] = since
    params = {"business": site.world.catalogue.business.slug, **query}
    async with site.http.get(EVENTS, params=params, headers=headers) as response:
        assert response.status == 200, await response.text()
        yield Reader(response)


@pytest.fixture
async def site(database: str, redis_url: str) -> AsyncIterator[Site]:
    """The process that people look at."""
    async with process(database, redis_url, None, Hands()) as made:
        yield made


@pytest.fixture
async def other(database: str, redis_url: str, site: Site) -> AsyncIterator[Site]:
    """Another one, in which things happen."""
    async with process(database, redis_url, site.world, site.clock) as made:
        yield made


async def test_what_happens_in_one_process_is_heard_in_another(site: Site, other: Site) -> None:
    world = site.world
    async with listening(site) as page, listening(other) as own_page:
        made = (await other.book(world.at(12)))["booking"]
        event = await page.next()
        assert event.name == "slots"
        assert event.data == {
            "business_id": str(world.id),
            "dates": [MONDAY.isoformat()],
            "staff_ids": [str(world.anna)],
        }
        assert await own_page.next() == event
        assert page.response.content_type == "text/event-stream"
        assert page.response.headers["Cache-Control"] == "no-store"
        assert page.response.headers["X-Accel-Buffering"] == "no"
        owner = await site.token()
        await other.post(f"/api/v1/bookings/{made['id']}/status", {"status": "cancelled"}, token=owner)
        assert (await page.next()).data == event.data


async def test_nothing_of_clients_is_told_to_everybody(site: Site) -> None:
    async with listening(site) as page:
        await site.book(site.world.at(12))
        assert (await page.next()).name == "slots"
        await page.silent()
    refused = await site.get(f"{EVENTS}?business={site.world.id}&kinds=slots,bookings")
    assert (refused.status, refused.code) == (401, "UNAUTHORIZED")


async def test_the_business_hears_of_bookings_and_a_master_of_own_ones(site: Site) -> None:
    world = site.world
    owner = await site.token()
    token = await site.core.tokens.create(
        SYSTEM, world.id, role=Role.MASTER, name="Мария", staff_id=world.maria
    )
    async with (
        listening(site, owner, kinds="bookings") as owners,
        listening(site, token, kinds="bookings") as marias,
    ):
        made = (await site.book(world.at(12)))["booking"]
        told = await owners.next()
        assert told.name == "booking"
        assert told.data == {
            "id": made["id"],
            "event": "create",
            "status": made["status"],
            "start_ts": made["start_ts"],
            "staff_ids": [str(world.anna)],
            "version": 1,
        }
        await marias.silent()
        move = {"start_ts": world.at(15).isoformat(), "staff_id": str(world.maria)}
        await site.post(f"/api/v1/bookings/{made['id']}/reschedule", move, token=owner)
        assert (await marias.next()).data["event"] == "reschedule"
        assert (await owners.next()).data["staff_ids"] == [str(world.maria)]
        move = {"start_ts": world.at(17).isoformat(), "staff_id": str(world.anna)}
        await site.post(f"/api/v1/bookings/{made['id']}/reschedule", move, token=owner)
        assert (await marias.next()).data == {"id": made["id"], "event": "left"}


async def test_a_client_hears_of_own_visits_alone(site: Site) -> None:
    world = site.world
    owner = await site.token()
    async with listening(site, owner, kinds="bookings") as witness:
        made = await site.book(world.at(12))
        await witness.next()
    async with listening(site, made["visit_key"], kinds="bookings") as page:
        await site.book(world.at(14), client={"name": "Ирина", "phone": "+7 900 765-43-21"})
        await page.silent()
        path = f"/api/v1/bookings/{made['booking']['id']}/status"
        assert (await site.post(path, {"status": "cancelled"}, token=owner)).status == 200
        event = await page.next()
        assert (event.data["id"], event.data["status"]) == (made["booking"]["id"], "cancelled")


async def test_a_page_hears_that_its_visit_was_taken_over_in_a_messenger(site: Site) -> None:
    """The key that it has was made for another card."""
    world = site.world
    rules = {"booking_rules": {"web_confirmation": "messenger"}}
    owner = await site.token()
    assert (await site.call("PATCH", site.business, json=rules, token=owner)).status == 200
    async with listening(site, owner, kinds="bookings") as witness:
        made = await site.book(world.at(12))
        await witness.next()
    link = await site.post(f"/api/v1/bookings/{made['booking']['id']}/link", None, token=made["visit_key"])
    async with listening(site, made["visit_key"], kinds="bookings") as page:
        opened = await site.core.linking.open(link.body["code"], await meet(site.core))
        event = await page.next()
    assert str(opened.client.id) != made["booking"]["client_id"]
    assert (event.data["id"], event.data["status"]) == (made["booking"]["id"], "confirmed")


async def test_a_session_hears_of_own_visits_from_the_first_one_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is no client yet has nothing to hear; the stream ends when that is over, for a better one."""
    monkeypatch.setattr(streams, "_BELIEVED_SECONDS", 0.0)
    world, path = site.world, "/api/v1/auth/telegram"
    one, two = [
        (await site.post(path, {"init_data": telegram(site.clock.now(), {"id": number})})).body[
            "access_token"
        ]
        for number in (1001, 1002)
    ]
    async with listening(site, one, kinds="slots,bookings") as before:
        await site.book(world.at(12), token=one)
        await before.ended()
    async with listening(site) as witness:
        await site.book(world.at(13), token=two)
        await witness.next()
    async with (
        listening(site, one, kinds="bookings") as ours,
        listening(site, two, kinds="bookings") as theirs,
    ):
        made = (await site.book(world.at(14), token=one))["booking"]
        assert (await ours.next()).data["id"] == made["id"]
        await theirs.silent()


async def test_a_session_that_runs_out_ends_its_stream(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_BELIEVED_SECONDS", 0.0)
    site.http.app[STREAMS]._heartbeat = 0.05
    signed = await site.post("/api/v1/auth/telegram", {"init_data": telegram(site.clock.now())})
    async with listening(site, signed.body["access_token"]) as page:
        await page.silent()
        site.clock.on(minutes=16)
        await page.ended()


async def test_another_business_hears_nothing(site: Site) -> None:
    foreign = await make_business(site.core.uow, slug="elsewhere")
    stranger = await site.token(world=foreign)
    async with (
        listening(site, stranger, business="elsewhere") as theirs,
        listening(site, stranger) as ours,
    ):
        await site.book(site.world.at(12))
        assert (await ours.next()).name == "slots", "what everybody hears"
        await ours.silent()
        await theirs.silent()
    refused = await site.get(f"{EVENTS}?business={site.world.id}&kinds=bookings", token=stranger)
    assert (refused.status, refused.code) == (404, "NOT_FOUND")


async def test_a_token_without_the_scope_hears_what_everybody_does(site: Site) -> None:
    token = await site.core.tokens.create(
        SYSTEM, site.world.id, role=Role.OWNER, name="prices", scopes=frozenset({Scope.CATALOGUE_READ})
    )
    refused = await site.get(f"{EVENTS}?business={site.world.id}&kinds=bookings", token=token)
    assert (refused.status, refused.code) == (403, "FORBIDDEN")
    async with listening(site, token) as page:
        await site.book(site.world.at(12))
        assert (await page.next()).name == "slots"
        await page.silent()


async def test_the_catalogue_and_holds_are_told_of(site: Site, other: Site) -> None:
    world = site.world
    async with listening(site) as page:
        async with other.core.uow.begin() as tx:
            closed = DatedException(new_id(), MONDAY, ExceptionType.CLOSED)
            await tx.catalogue.save_exception(world.id, closed)
        assert await page.next() == Event(page.last_id, "catalogue", {"version": 2})
        async with other.core.uow.begin() as tx:
            await tx.catalogue.delete_exception(world.id, closed.id)
        await page.next()
        other.core.catalogues.forget(world.id)
        await other.core.holding.hold(world.id, world.query(staff=world.anna), world.at(12), "web:1")
        taken = await page.named("slots")
        assert taken.data["dates"] == [MONDAY.isoformat()]
        await other.core.holding.release(world.id, "web:1")
        assert (await page.named("slots")).data == taken.data


async def test_a_stream_goes_on_where_it_broke_in_any_process(site: Site, other: Site) -> None:
    world = site.world
    async with listening(site) as page:
        await site.book(world.at(12))
        last = (await page.next()).id
    await site.book(world.at(14), staff_id=str(world.maria))
    async with listening(site) as witness, listening(other) as second:
        await site.book(world.at(16))
        await witness.next()
        await second.next()
    for where in (site, other):
        async with listening(where, since=last) as page:
            assert [(await page.next()).data["staff_ids"] for _ in range(2)] == [
                [str(world.maria)],
                [str(world.anna)],
            ]
            await page.silent()


@pytest.mark.parametrize("since", ["1", "99999999999999999", "hello", "-5", "9" * 40])
async def test_who_comes_from_nowhere_is_told_to_look_anew(site: Site, since: str) -> None:
    async with listening(site, since=since) as page:
        event = await page.next()
        assert (event.name, event.data) == ("reset", {})
        await page.silent()


async def test_who_came_to_nothing_yet_misses_nothing_either(site: Site) -> None:
    async with listening(site) as page:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await page.next()
        assert page.last_id, "the place is told before there is an event"
    await site.book(site.world.at(12))
    async with listening(site, since=page.last_id) as again:
        assert (await again.next()).name == "slots"


async def test_the_stream_stays_alive_and_ends_with_the_token(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_BELIEVED_SECONDS", 0.0)
    site.http.app[STREAMS]._heartbeat = 0.05
    made, token = await site.core.tokens.create_shown(
        SYSTEM, site.world.id, role=Role.OWNER, name="for a while"
    )
    async with listening(site, token) as page:
        seen = b""
        async with asyncio.timeout(SECONDS):
            while seen.count(b": \n") < 3:
                seen += await page.response.content.readline()
        await site.core.tokens.revoke(SYSTEM, site.world.id, made.id)
        await page.ended()


async def test_nothing_of_bookings_is_told_once_the_token_is_gone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_BELIEVED_SECONDS", 0.0)
    made, token = await site.core.tokens.create_shown(
        SYSTEM, site.world.id, role=Role.OWNER, name="for a while"
    )
    async with listening(site, token) as page:
        await site.core.tokens.revoke(SYSTEM, site.world.id, made.id)
        await site.book(site.world.at(12))
        await page.ended()


async def test_streams_end_at_once_when_the_server_stops(site: Site) -> None:
    async with listening(site) as page:
        await site.http.app.shutdown()
        await page.ended()
        async with listening(site) as late:
            await late.ended()


async def test_pages_that_have_gone_are_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_LOOK_SECONDS", 0.01)
    async with listening(site):
        assert site.core.live.listeners == 1
    async with asyncio.timeout(SECONDS):
        while site.core.live.listeners:  # noqa: ASYNC110 - that nobody is left has no event
            await asyncio.sleep(0.01)
    assert "okoshko_event_streams 0.0" in (await site.get("/metrics")).text


async def test_who_does_not_read_is_dropped(site: Site) -> None:
    """A page that stands still fills its connection; the rest is not kept for it."""
    registry = site.http.app[STREAMS]
    registry._patience = 0.2
    server = site.http.server
    with socket.socket() as page:
        page.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        page.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(page, (server.host, server.port))
        path = f"{EVENTS}?business={site.world.id}"
        await loop.sock_sendall(page, f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
        assert (await loop.sock_recv(page, 12)) == b"HTTP/1.1 200"
        everybody = frozenset({site.world.anna, site.world.maria})
        change = SlotsChanged(
            site.world.id, frozenset((d * 1440, d * 1440 + 1) for d in range(3650)), everybody
        )
        number = site.core.live.position or 0
        async with asyncio.timeout(30):
            while site.core.live.listeners:
                number += 1
                site.core.live.arrived(number, replace(change))
                await asyncio.sleep(0)
    reasons = (await site.get("/metrics")).text
    assert 'okoshko_event_streams_dropped_total{reason="' in reasons


async def test_a_burst_is_too_much_for_whoever_is_slow(site: Site) -> None:
    async with listening(site) as page:
        number = site.core.live.position or 0
        for step in range(DEPTH + 1):
            change = SlotsChanged(site.world.id, frozenset({(0, 60)}), frozenset({site.world.anna}))
            site.core.live.arrived(number + 1 + step, change)
        await page.ended()
    async with listening(site, since=str(number + 1)) as page:
        assert [int((await page.next()).id) for _ in range(DEPTH)] == [*range(number + 2, number + 2 + DEPTH)]
    assert 'okoshko_event_streams_dropped_total{reason="overrun"} 1.0' in (await site.get("/metrics")).text


async def test_one_address_has_so_many_streams(site: Site) -> None:
    site.http.app[STREAMS]._per_site = 2
    params = {"business": str(site.world.id)}

    def behind_proxy(address: str) -> Any:
        return site.http.get(EVENTS, params=params, headers={"X-Forwarded-For": address})

    async with behind_proxy("203.0.113.7") as one, behind_proxy("203.0.113.7") as two:
        assert (one.status, two.status) == (200, 200)
        async with behind_proxy("203.0.113.7") as third:
            assert (third.status, third.headers["Retry-After"]) == (429, "10")
        async with behind_proxy("203.0.113.8") as neighbour:
            assert neighbour.status == 200


async def test_trouble_ends_a_stream_and_nothing_else(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(site) as page:

        async def broken(_business: object) -> None:
            raise ConnectionError("no database")

        with monkeypatch.context() as patch:
            patch.setattr(site.core.catalogues, "peek", broken)
            number = (site.core.live.position or 0) + 1
            site.core.live.arrived(
                number, SlotsChanged(site.world.id, frozenset({(0, 60)}), frozenset({site.world.anna}))
            )
            await page.ended()
    assert "stream broke off" in caplog.text
    async with listening(site, since=str(number - 1)) as page:
        assert (await page.next()).id == str(number)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("business=okoshko&kinds=everything", 422),
        ("business=okoshko&kinds=slots,", 422),
        ("business=okoshko&color=red", 422),
        ("business=nobody", 404),
        ("business=00000000-0000-0000-0000-000000000000", 404),
    ],
)
async def test_a_wrong_question_is_refused(site: Site, query: str, status: int) -> None:
    assert (await site.get(f"{EVENTS}?{query}")).status == status


async def test_head_tells_the_type_and_ends(site: Site) -> None:
    reply = await site.call("HEAD", f"{EVENTS}?business={site.world.id}")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/event-stream")


async def test_a_bad_token_is_refused_before_anything_is_told(site: Site) -> None:
    reply = await site.get(f"{EVENTS}?business={site.world.id}", token="oko_nobody")
    assert (reply.status, reply.code) == (401, "UNAUTHORIZED")
