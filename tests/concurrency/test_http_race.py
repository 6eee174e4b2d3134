"""Fifty HTTP clients want one slot, a hundred times over, of one server and of three."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import count, cycle, islice
from typing import Final

import pytest
from aiohttp import ClientSession

from tests.concurrency.racing import RACERS, ask
from tests.integration.api.conftest import serve
from tests.support.site import Site
from tests.support.world import MONDAY, Core, Hands, make_business

#: One server has little to race for: equal wishes wait at its turnstile. Three have a hundred rounds.
ROUNDS: Final = {1: 20, 3: 100}


def starts(site: Site, number: int) -> list[datetime]:
    """A free start for each round: eight visits on each working day."""
    days = (MONDAY + timedelta(days=number) for number in count())
    hours = (site.world.at(11 + hour, day=day) for day in days if day.weekday() < 6 for hour in range(8))
    return list(islice(hours, number))


@pytest.mark.race
@pytest.mark.usefixtures("judged")
async def test_one_wins_and_the_others_are_told(cores: Sequence[Core], database: str) -> None:
    rounds = ROUNDS[len(cores)]
    world = await make_business(cores[0].uow)
    async with AsyncExitStack() as stack:
        sites, clients = [], []
        for core in cores:
            assert isinstance(core.clock, Hands)
            site = await stack.enter_async_context(serve(core, world, core.clock))
            sites.append(site)
            clients.append(await stack.enter_async_context(ClientSession(base_url=site.http.make_url("/"))))

        async def try_for(http: ClientSession, start: datetime, number: int) -> tuple[int, str | None]:
            client = {"name": "Ольга", "phone": f"+7900{number:07d}"}
            path = f"{sites[0].business}/bookings"
            async with http.post(path, json=sites[0].wish(start, client=client)) as response:
                body = await response.json()
                return response.status, body.get("error", {}).get("code")

        numbers = count()
        for start in starts(sites[0], rounds):
            tries = [try_for(http, start, next(numbers)) for http in islice(cycle(clients), RACERS)]
            outcome = Counter(await asyncio.gather(*tries))
            assert outcome == {(201, None): 1, (409, "SLOT_CONFLICT"): RACERS - 1}

    assert await ask(database, "SELECT count(*) FROM bookings") == rounds
