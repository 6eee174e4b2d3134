"""Requests made up from the API's document: nothing breaks, and what comes back is what the document says.

Each operation is called by all kinds of callers with what fits its schema and with what doesn't, about things
that are there and about things that aren't.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from typing import Any, Final

import pytest
import requests
import schemathesis
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.domain.actor import SYSTEM, Actor, ActorKind, Role
from core.domain.booking import BookingSource
from core.domain.visit import SlotQuery, VisitItem, from_minutes
from core.ports.repositories import CataloguePart
from core.services.booking import ClientData, CreateBooking
from deploy.demo.seed import seed
from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.integration.api.conftest import services_of
from tests.support.document import DOCUMENT, NOBODY, Things
from tests.support.world import SECRET, Core, Hands, meet
from webapp.api.operation import PREFIX
from webapp.app import build_app
from webapp.wiring import Gate, Outside

EXAMPLES: Final = 12
ADDRESSES: Final = map(IPv4Address, itertools.count(int(IPv4Address("10.0.0.1"))))
#: The longest address that the web server reads; longer ones it refuses by itself.
LONGEST: Final = 8190
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA: Final = schemathesis.openapi.from_dict(DOCUMENT)
LAST: Final = ("/auth/sign-out", "/me/sessions/{id}")
#: Streams don't end; what deletes comes last, so that there is something to talk about.
OPERATIONS: Final = sorted(
    (
        each
        for each in (each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok))
        if each.path != "/events"
    ),
    key=lambda each: (each.path in LAST, each.method == "delete", each.path, each.method),
)
NewDatabase = Callable[[], AbstractContextManager[str]]
CALLERS: Final = ("owner", "client", "owner", "master", "anonymous")


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo on a port: its things, and the token of each kind of caller."""

    url: str
    things: Things
    tokens: Mapping[str, str | None]
    http: requests.Session
    starts: tuple[datetime, ...]


@asynccontextmanager
async def demo_on_a_port(database: str, redis_url: str) -> AsyncIterator[Demo]:
    """The demo, and one booking that a client has made in a messenger."""
    db = await Database.connect(database)
    redis = Redis.from_url(redis_url)
    core = Core(PgUnitOfWork(db), RedisHolds(redis), Hands())
    await seed(core)  # type: ignore[arg-type]  # it takes of the core what the tests' has
    catalogue = await core.catalogues.get("demo")
    service = next(each for each in catalogue.bookable_services() if each.capacity == 1)
    member = catalogue.staff_of(service.id)[0]
    query = SlotQuery((VisitItem(service.id, member.id),))
    free = await core.availability.next(catalogue.business.id, query, limit=200)
    starts = tuple(from_minutes(start.start) for start in free)
    identity = await meet(core)
    booking = await core.bookings.create(
        Actor(ActorKind.ANONYMOUS),
        CreateBooking(
            business="demo",
            items=query.items,
            start=starts[0],
            source=BookingSource.TELEGRAM,
            client=ClientData("Ольга", "+7 900 123-45-67"),
            identity_id=identity.id,
            consent=True,
        ),
    )
    closed = await core.admin.create_exception(
        SYSTEM, "demo", {"date": str(starts[-1].date() + timedelta(days=30)), "type": "closed"}
    )
    made = {
        part: (await core.admin.create_part(SYSTEM, "demo", part, {"title": "Ещё"})).id
        for part in (CataloguePart.ROOM, CataloguePart.CATEGORY, CataloguePart.ADDON)
    }
    things = Things(
        "demo",
        {
            "services": str(service.id),
            "staff": str(member.id),
            "exceptions": str(closed.id),
            "locations": str(next(iter(catalogue.locations))),
            "rooms": str(made[CataloguePart.ROOM]),
            "categories": str(made[CataloguePart.CATEGORY]),
            "addons": str(made[CataloguePart.ADDON]),
            "bookings": str(booking.id),
            "clients": str(booking.client_id),
        },
    )
    tokens = {
        "anonymous": None,
        "owner": await core.tokens.create(SYSTEM, "demo", role=Role.OWNER, name="owner"),
        "master": await core.tokens.create(
            SYSTEM, "demo", role=Role.MASTER, name="master", staff_id=member.id
        ),
        "client": (await core.sign_in._enter(identity, "test", None)).access_token,
    }
    # Wrong tokens are counted by address: each request comes from another one.
    gate = Gate(reads=0, writes=0)
    server = TestServer(build_app(services_of(core), secret=SECRET, outside=Outside(gate=gate)))
    async with server:
        with requests.Session() as http:
            yield Demo(str(server.make_url("")).rstrip("/"), things, tokens, http, starts)
    await redis.aclose()
    await db.close()


@pytest.fixture(scope="module")
def demo(new_database: NewDatabase, module_redis_url: str) -> Iterator[Demo]:
    """It runs on a loop of its own: the requests that are made up wait for their answers."""
    ready: Future[Demo] = Future()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def keep() -> None:
        try:
            async with demo_on_a_port(database, module_redis_url) as demo:
                ready.set_result(demo)
                await over.wait()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    with new_database() as database:
        thread = threading.Thread(target=loop.run_until_complete, args=(keep(),), daemon=True)
        thread.start()
        yield ready.result(60)
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


def about(demo: Demo, case: Case[Any], start: datetime) -> None:
    """Let a request be about things that are there, at a time that is free."""
    known = demo.things.ids.get(demo.things.kind(case.path), NOBODY)
    for name, value in {"business": demo.things.business, "id": known}.items():
        if name in case.path_parameters:
            case.path_parameters[name] = value
    day = start.date()
    near: dict[str, Any] = {
        "from": str(day),
        "to": str(day + timedelta(days=6)),
        "month": str(day)[:7],
        "around": start.isoformat(),
        "seats": "1",
        "items": None,
        "addon_ids": None,
        "comment": "",
        "start_ts": start.isoformat(),
        "starts": [start.isoformat()],
        "client": {"name": "Ольга", "phone": "+7 900 123-45-67"},
        "name": "Ольга",
        "phone": "+7 900 123-45-67",
        "timezone": "Europe/Moscow",
        "service_id": demo.things.ids["services"],
    }
    if isinstance(case.query, dict):
        case.query = likely(demo.things.about(case.query), near)
        if "availability" in case.path:
            case.query["service_id"] = near["service_id"]
    if isinstance(case.body, dict):
        case.body = likely(demo.things.about(case.body), near)
        if "items" in case.body:
            case.body["items"] = [{"service_id": demo.things.ids["services"]}]


def likely(given: dict[str, Any], near: Mapping[str, Any]) -> dict[str, Any]:
    """With values that are most often taken, and without what excludes others."""
    several = "items" in given and "service_id" not in given
    chosen = {name: near.get(name, value) for name, value in given.items()}
    return {
        name: value for name, value in chosen.items() if value is not None or (name == "items" and several)
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
def test_answers_are_as_the_document_says(demo: Demo, operation: Any) -> None:
    fits = operation.as_strategy(GenerationMode.POSITIVE)
    not_quite = operation.as_strategy(GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data(), caller=st.sampled_from(CALLERS), real=st.integers(0, 2), odd=st.integers(0, 2))
    def ask(data: st.DataObject, caller: str, real: int, odd: int) -> None:
        case = data.draw(fits if odd else not_quite)
        if real:
            about(demo, case, data.draw(st.sampled_from(demo.starts)))
        token = demo.tokens[caller]
        headers = {"X-Forwarded-For": str(next(ADDRESSES))}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        response = case.call(
            base_url=f"{demo.url}{PREFIX}", session=demo.http, headers=headers, allow_redirects=False
        )
        if response.status_code != 400 or len(response.request.url or "") < LONGEST:
            case.validate_response(response, checks=CHECKS)

    ask()
