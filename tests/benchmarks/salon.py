"""What is asked of an Okoshko that has the data set."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Final

import aiohttp

from tests.benchmarks.dataset import (
    DAYS,
    FREE_A_DAY,
    SERVICE,
    Size,
    first_day,
    free_places,
    instant,
    master,
)
from tests.benchmarks.load import Request

_BUSINESS: Final = "/api/v1/businesses/bench"
#: How many requests a hold goes before its booking: more than are ever under way at once, so that it is there.
_AHEAD: Final = 64


class Supply:
    """Requests that can be sent once each, in their order."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self._new = iter(requests)
        self._back: deque[Request] = deque()

    def take(self, number: int) -> list[Request]:
        """The next ones: fewer when there are no more. Raises RuntimeError when there is none."""
        taken = [self._back.popleft() for _ in range(min(number, len(self._back)))]
        taken += islice(self._new, number - len(taken))
        if not taken:
            raise RuntimeError("no free places are left: measure shorter, or less often")
        return taken

    def give_back(self, requests: Iterable[Request]) -> None:
        """The last of those taken haven't been sent."""
        self._back.extendleft(reversed(list(requests)))


@dataclass(slots=True)
class Salon:
    """An Okoshko that answers at ``port``, with so many visits.

    ``windows``: how many ranges of days are asked for in turn where nothing shall be remembered: so many
    that, for each of its masters, they are more questions than Okoshko remembers.
    """

    port: int
    size: Size = field(default_factory=Size)
    windows: int = 2
    posts: Supply = field(init=False)
    held_posts: Supply = field(init=False)
    _places: Iterator[tuple[int, datetime]] = field(init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._places = iter(free_places(self.size.masters))
        self.posts = Supply(self._booking(*place) for place in self._places)
        self.held_posts = Supply(self._held())

    def availability(self, days: int, offset: int) -> list[Request]:
        """Free starts of one master after another."""
        first = first_day() + timedelta(days=offset)
        last = first + timedelta(days=days - 1)
        where = f"{_BUSINESS}/availability?service_id={SERVICE}&from={first}&to={last}"
        return [Request("GET", f"{where}&staff_id={master(n)}") for n in range(self.size.masters)]

    def cold(self, days: int) -> list[Request]:
        """Free starts that are not remembered when they are asked for again."""
        return [request for offset in range(self.windows) for request in self.availability(days, offset)]

    def lost(self) -> list[Request]:
        """A booking of a time that somebody has."""
        return [self._booking(0, instant(first_day(), 9 * 60))]

    def race(self, racers: int) -> list[Request]:
        """Many clients who want one place."""
        place = next(self._places)
        return [self._booking(*place) for _ in range(racers)]

    def _held(self) -> Iterator[Request]:
        """Holds, and the bookings of who has them."""
        ahead: deque[Request] = deque()
        for number, place in enumerate(self._places):
            visitor = f"benchmark-{number:08}"
            yield self._hold(*place, visitor)
            ahead.append(self._booking(*place, visitor))
            if len(ahead) > _AHEAD:
                yield ahead.popleft()
        yield from ahead

    def _hold(self, number: int, start: datetime, visitor: str) -> Request:
        body = {"service_id": str(SERVICE), "staff_id": str(master(number)), "start_ts": start.isoformat()}
        return Request("POST", f"{_BUSINESS}/holds", json.dumps(body, separators=(",", ":")), visitor)

    def _booking(self, number: int, start: datetime, visitor: str = "-") -> Request:
        body = {
            "service_id": str(SERVICE),
            "staff_id": str(master(number)),
            "start_ts": start.isoformat(),
            "client": {"name": "Olga", "phone": f"+7900{next(self._numbers):07}"},
            "consent": True,
        }
        return Request("POST", f"{_BUSINESS}/bookings", json.dumps(body, separators=(",", ":")), visitor)

    async def check(self) -> None:
        """The answers are right: 18 free starts a day. Raises AssertionError."""
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.port}") as session:
            async with session.get(self.availability(DAYS, 0)[-1].path) as response:
                days = (await response.json())["days"]
            assert [len(day["slots"]) for day in days] == [FREE_A_DAY] * DAYS
