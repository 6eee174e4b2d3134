"""Elsewhere a constraint was lost on the way through migrations, and messages went out before the change."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from core.domain.booking import BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import SlotConflict, TransitionRefused
from tests.support.world import Core, World, book, join, make_business


async def test_the_constraint_has_survived_all_migrations(core: Core, world: World, database: str) -> None:
    """Not only is it declared: the migrated database itself refuses a second claim, whoever writes it."""
    _, _, booking = await book(core, world, world.at(12))
    other = uuid4()
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(
            "INSERT INTO bookings SELECT (jsonb_populate_record(b, jsonb_build_object('id', $2::uuid))).*"
            " FROM bookings b WHERE b.id = $1",
            booking.id,
            other,
        )
        rest = await connection.fetchval(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = 'claims'"
            " AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'booking_id')"
        )
        with pytest.raises(asyncpg.ExclusionViolationError):
            await connection.execute(
                f"INSERT INTO claims (booking_id, {rest})"
                f" SELECT $2, {rest} FROM claims WHERE booking_id = $1",
                booking.id,
                other,
            )
    finally:
        await connection.close()


async def test_a_request_holds_its_time_so_there_is_never_a_second_one_to_confirm(core: Core) -> None:
    world = await make_business(core.uow, rules=BookingRules(auto_confirm=False))
    _, _, first = await book(core, world, world.at(12))
    assert first.status is BookingStatus.PENDING
    with pytest.raises(SlotConflict):
        await book(core, world, world.at(12, 30))
    owner, _ = await join(core, world)
    confirmed = await core.bookings.confirm(owner, first.id)
    assert (await core.bookings.confirm(owner, first.id)).already is not None
    assert confirmed.booking.status is BookingStatus.CONFIRMED


async def test_status_and_messages_change_together_or_not_at_all(
    core: Core, world: World, database: str
) -> None:
    """Elsewhere a fault after the master was told and before the status changed left the two apart."""
    _, _, booking = await book(core, world, world.at(12))
    owner, _ = await join(core, world)
    connection = await asyncpg.connect(database)
    try:
        queued = "SELECT kind, status FROM outbox WHERE booking_id = $1 ORDER BY id"
        before = await connection.fetch(queued, booking.id)
        await connection.execute(
            "ALTER TABLE outbox ADD CONSTRAINT broken CHECK (kind <> 'booking_cancelled') NOT VALID"
        )
        with pytest.raises(asyncpg.CheckViolationError):
            await core.bookings.cancel(owner, booking.id)
        assert (await core.bookings.get(owner, booking.id)).status is BookingStatus.CONFIRMED
        assert await connection.fetch(queued, booking.id) == before

        await connection.execute("ALTER TABLE outbox DROP CONSTRAINT broken")
        await core.bookings.cancel(owner, booking.id)
        after = [tuple(row) for row in await connection.fetch(queued, booking.id)]
        assert ("booking_cancelled", "queued") in after
        assert ("reminder", "queued") not in after
    finally:
        await connection.close()


async def test_what_came_too_late_is_refused_in_words_and_changes_nothing(core: Core, world: World) -> None:
    """Elsewhere «I'll come» is taken for a cancelled booking and stores nothing."""
    actor, _, booking = await book(core, world, world.at(12))
    await core.bookings.cancel(actor, booking.id)
    with pytest.raises(TransitionRefused):
        await core.bookings.will_come(actor, booking.id)
    assert (await core.bookings.get(actor, booking.id)).attendance_confirmed_at is None
