"""Those who want the same come one at a time, all others side by side."""

from __future__ import annotations

import asyncio

from core.services.turnstile import Turnstile


async def test_one_at_a_time_for_the_same_and_at_once_for_others() -> None:
    turnstile = Turnstile()
    inside: list[str] = []
    most: dict[str, int] = {}

    async def pass_through(wanted: str) -> None:
        async with turnstile.through(wanted):
            inside.append(wanted)
            most[wanted] = max(most.get(wanted, 0), inside.count(wanted))
            most["all"] = max(most.get("all", 0), len(inside))
            await asyncio.sleep(0)
            inside.remove(wanted)

    await asyncio.gather(*(pass_through(wanted) for wanted in "ababab"))
    assert most == {"a": 1, "b": 1, "all": 2}
    assert not turnstile._locks, "nothing is kept of those who have gone"


async def test_who_gives_up_lets_the_next_one_in() -> None:
    turnstile = Turnstile()
    async with turnstile.through("a"):
        waiting = asyncio.create_task(_pass(turnstile))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(_pass(turnstile), 1)
    assert not turnstile._locks


async def _pass(turnstile: Turnstile) -> None:
    async with turnstile.through("a"):
        pass
