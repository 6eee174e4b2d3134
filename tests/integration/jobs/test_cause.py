"""A message can be followed back to what caused it: its row keeps the name, the log tells it."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest

from bots.common.inbox import Arrival, Inbox
from core.ports.cause import CAUSE, caused_by
from core.ports.channels import Failed, SendResult
from tests.support.senders import Recorder, sweep
from tests.support.world import Core, Hands, World, book


async def causes(core: Core) -> list[str | None]:
    """Of all rows, by time."""
    async with core.uow.read() as tx:
        found = await tx.connection.fetch("SELECT request_id FROM outbox ORDER BY id")  # type: ignore[attr-defined]
    return [row["request_id"] for row in found]


async def test_rows_keep_what_caused_them(core: Core, world: World, clock: Hands) -> None:
    await book(core, world, world.at(12))
    with caused_by("request-1"):
        await book(core, world, world.at(15))
    kept = await causes(core)
    assert set(kept) == {None, "request-1"}

    async with core.uow.begin() as tx:
        claimed = await tx.outbox.claim(clock.now(), limit=10, lease_seconds=60)
    assert {each.message.request_id for each in claimed} == {None, "request-1"}


async def test_what_is_logged_of_a_message_names_it(
    core: Core, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caused_by("request-1"):
        await book(core, world, world.at(12))
    seen: list[str | None] = []

    class Names(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            seen.append(CAUSE.get())
            return True

    telegram = Recorder()
    told: list[str | None] = []

    def fail(_: object) -> SendResult:
        told.append(CAUSE.get())
        return Failed("502")

    telegram.answers.append(fail)
    names = Names()
    caplog.handler.addFilter(names)
    await sweep(core, telegram).drain()
    caplog.handler.removeFilter(names)
    assert told == ["request-1"], "so do the lines of whoever sends it"
    assert "request-1" in seen
    assert CAUSE.get() is None


async def test_an_event_of_a_messenger_is_a_cause(core: Core, clock: Hands) -> None:
    seen: list[str | None] = []

    async def work(_: Mapping[str, object]) -> None:
        seen.append(CAUSE.get())

    inbox = Inbox("telegram:7", uow=core.uow, clock=clock, work=work)
    await inbox.recover()
    await inbox.take([Arrival("42", "a", {}), Arrival("43", "a", {})])
    await inbox.idle()
    await inbox.close()
    assert seen == ["telegram:7:42", "telegram:7:43"]
