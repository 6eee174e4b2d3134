"""Those who want the same come one at a time, all others side by side."""

from __future__ import annotations

import asyncio

from core.services.turnstile import Turnstile


async def test_one_at_a_time_for_the_same_and_at_once_for_others() -> None:
    turnstile = Turnstile()
    inside: list[str] = []
    most: dict[str, int] = {}
    passed = 0

    async def pass_through(wanted: str) -> None:
        nonlocal passed
        while not turnstile.enter(wanted):
            await turnstile.out(wanted)
        inside.append(wanted)
        most[wanted] = max(most.get(wanted, 0), inside.count(wanted))
        most["all"] = max(most.get("all", 0), len(inside))
        await asyncio.sleep(0)
        inside.remove(wanted)
        turnstile.leave(wanted)
        passed += 1

    await asyncio.wait_for(asyncio.gather(*(pass_through(wanted) for wanted in "ababab")), 10)
    assert most == {"a": 1, "b": 1, "all": 2}
    assert passed == 6
    assert not turnstile._inside, "nothing is kept of those who have gone"


async def test_all_who_wait_look_again_when_it_is_free() -> None:
    turnstile = Turnstile()
    assert turnstile.enter("a")
    looked = 0

    async def wait() -> None:
        nonlocal looked
        await turnstile.out("a")
        looked += 1

    waiting = [asyncio.create_task(wait()) for _ in range(3)]
    await asyncio.sleep(0)
    assert looked == 0
    turnstile.leave("a")
    await asyncio.wait_for(asyncio.gather(*waiting), 10)
    assert looked == 3


async def test_nobody_waits_for_what_is_free() -> None:
    await asyncio.wait_for(Turnstile().out("a"), 10)
