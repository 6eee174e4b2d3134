"""Keyed requests: taken by one, taken over when left, answered once, forgotten in time."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta

from core.jobs.cleanup import RequestCleanup
from core.ports.requests import KeyedRequest, StoredAnswer
from core.services.requests import KEPT, LEASE, Begun, Done, Requests, Standing
from deploy.clock import new_id
from storage.unit_of_work import PgUnitOfWork
from tests.support.world import Hands

ASKED = KeyedRequest(
    business_id=None,
    caller="token:1",
    operation="POST /api/v1/x",
    key_hash=hashlib.sha256(b"key").digest(),
    fingerprint=hashlib.sha256(b"body").digest(),
)
ANSWER = StoredAnswer(201, {"Location": "/there"}, b"\x00\xffbody")


async def begun(requests: Requests, asked: KeyedRequest = ASKED) -> Begun:
    """Taken."""
    found = await requests.begin(asked)
    assert isinstance(found, Begun)
    return found


async def test_once_and_the_answer_for_all_who_come_later(uow: PgUnitOfWork, clock: Hands) -> None:
    requests = Requests(uow, clock, new_id)
    first = await begun(requests)
    assert await requests.begin(ASKED) is Standing.UNDER_WAY
    other = replace(ASKED, fingerprint=hashlib.sha256(b"other").digest())
    assert await requests.begin(other) is Standing.ANOTHER
    await requests.finish(first, ANSWER)
    for _ in range(2):
        assert await requests.begin(ASKED) == Done(first.id, ANSWER)
    assert await requests.begin(other) is Standing.ANOTHER
    await requests.finish(first, ANSWER._replace(status=500))
    assert await requests.begin(ASKED) == Done(first.id, ANSWER), "the first answer stays"


async def test_keys_of_others_have_nothing_to_do_with_it(uow: PgUnitOfWork, clock: Hands) -> None:
    requests = Requests(uow, clock, new_id)
    taken = [
        await begun(requests, asked)
        for asked in (
            ASKED,
            replace(ASKED, business_id=new_id()),
            replace(ASKED, caller="token:2"),
            replace(ASKED, operation="POST /api/v1/y"),
            replace(ASKED, key_hash=hashlib.sha256(b"another key").digest()),
        )
    ]
    assert len({each.id for each in taken}) == 5


async def test_what_was_left_is_taken_over_as_the_same_request(uow: PgUnitOfWork, clock: Hands) -> None:
    requests = Requests(uow, clock, new_id)
    first = await begun(requests)
    clock.on(seconds=LEASE.total_seconds() - 1)
    assert await requests.begin(ASKED) is Standing.UNDER_WAY
    clock.on(seconds=1)
    second = await begun(requests)
    assert second.id == first.id
    assert await requests.begin(ASKED) is Standing.UNDER_WAY
    # Who was slow has no say any more in what the other does.
    await requests.drop(first)
    await requests.release(first)
    assert await requests.begin(ASKED) is Standing.UNDER_WAY
    await requests.release(second)
    assert (await begun(requests)).id == first.id


async def test_a_dropped_one_never_was(uow: PgUnitOfWork, clock: Hands) -> None:
    requests = Requests(uow, clock, new_id)
    first = await begun(requests)
    await requests.drop(first)
    other = replace(ASKED, fingerprint=hashlib.sha256(b"other").digest())
    assert (await begun(requests, other)).id != first.id


async def test_twenty_at_once_have_one_winner(uow: PgUnitOfWork, clock: Hands) -> None:
    requests = Requests(uow, clock, new_id)
    for _ in range(3):
        found = await asyncio.gather(*(requests.begin(ASKED) for _ in range(20)))
        winners = [each for each in found if isinstance(each, Begun)]
        assert len(winners) == 1
        assert found.count(Standing.UNDER_WAY) == 19
        await requests.drop(winners[0])


async def test_twenty_who_find_it_left_have_one_winner(uow: PgUnitOfWork, clock: Hands) -> None:
    requests = Requests(uow, clock, new_id)
    first = await begun(requests)
    clock.on(seconds=60)
    found = await asyncio.gather(*(requests.begin(ASKED) for _ in range(20)))
    assert [each.id for each in found if isinstance(each, Begun)] == [first.id]


async def test_a_day_later_it_is_forgotten(uow: PgUnitOfWork, clock: Hands) -> None:
    requests, cleanup = Requests(uow, clock, new_id), RequestCleanup(uow, clock)
    first = await begun(requests)
    await requests.finish(first, ANSWER)
    clock.to(clock.now() + KEPT - timedelta(seconds=1))
    assert await cleanup.run_once() == 0
    assert await requests.begin(ASKED) == Done(first.id, ANSWER)
    clock.on(seconds=1)
    assert await cleanup.run_once() == 1
    assert (await begun(requests)).id != first.id
