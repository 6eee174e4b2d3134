"""What a transaction changed is told after its commit, and never without one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from core.domain.booking import BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import SlotConflict, TryAgain
from core.domain.schedule import DatedException, ExceptionType
from core.domain.visit import to_minutes
from core.ports.events import BookingChanged, CatalogueChanged, Change, SlotsChanged
from core.ports.unit_of_work import Transaction
from deploy.clock import new_id
from storage.database import Database
from storage.unit_of_work import PgUnitOfWork
from tests.support.memory import MemoryHolds
from tests.support.world import MONDAY, Core, Hands, World, book, make_business


class Paper:
    """Keeps the news."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def publish(self, changes: Sequence[Change]) -> None:
        self.changes += changes

    def read(self) -> tuple[list[SlotsChanged], list[BookingChanged], list[CatalogueChanged]]:
        """By kind; then it is read."""
        found, self.changes = self.changes, []
        return (
            [each for each in found if isinstance(each, SlotsChanged)],
            [each for each in found if isinstance(each, BookingChanged)],
            [each for each in found if isinstance(each, CatalogueChanged)],
        )


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def uow(connected: Database, paper: Paper) -> PgUnitOfWork:
    """One that tells."""
    return PgUnitOfWork(connected, paper)


@pytest.fixture
def core(uow: PgUnitOfWork, clock: Hands) -> Core:
    return Core(uow, MemoryHolds(), clock)


@pytest.fixture
async def world(uow: PgUnitOfWork, paper: Paper) -> World:
    made = await make_business(uow)
    paper.read()
    return made


def span(start: datetime, end: datetime) -> tuple[int, int]:
    return to_minutes(start), to_minutes(end)


async def test_a_booking_takes_its_time_and_gives_it_back(core: Core, world: World, paper: Paper) -> None:
    client, _, booking = await book(core, world, world.at(12))
    slots, bookings, _ = paper.read()
    taken = SlotsChanged(world.id, frozenset({span(world.at(12), world.at(13))}), frozenset({world.anna}))
    assert slots == [taken]
    assert bookings == [
        BookingChanged(
            business_id=world.id,
            booking_id=booking.id,
            client_id=booking.client_id,
            event="create",
            status=BookingStatus.CONFIRMED,
            start=world.at(12),
            staff_ids=frozenset({world.anna}),
            version=1,
        )
    ]
    await core.bookings.will_come(client, booking.id)
    slots, bookings, _ = paper.read()
    assert slots == []
    assert [(each.event, each.version) for each in bookings] == [("will_come", 2)]
    await core.bookings.cancel(client, booking.id)
    slots, bookings, _ = paper.read()
    assert slots == [taken]
    assert [(each.event, each.status, each.version) for each in bookings] == [
        ("cancel", BookingStatus.CANCELLED, 3)
    ]


async def test_a_move_tells_of_both_times_and_both_masters(core: Core, world: World, paper: Paper) -> None:
    _, _, booking = await book(core, world, world.at(12))
    paper.read()
    await core.bookings.reschedule(world.owner(), booking.id, world.at(15), world.maria)
    (slots,), (moved,), _ = paper.read()
    assert slots.spans == {span(world.at(12), world.at(13)), span(world.at(15), world.at(16))}
    assert slots.resources == {world.anna, world.maria}
    assert moved.event == "reschedule"
    assert moved.staff_ids == {world.maria}
    assert moved.former_staff_ids == {world.anna}


async def test_a_room_and_a_seat_are_told_of(core: Core, world: World, paper: Paper) -> None:
    await book(core, world, world.at(12), items=world.query(world.massage, world.anna).items)
    (slots,), _, _ = paper.read()
    assert slots.resources == {world.anna, world.room}
    for _ in range(2):
        await book(core, world, world.at(15), items=world.query(world.yoga).items)
        (slots,), _, _ = paper.read()
        assert slots.spans == {span(world.at(15), world.at(16))}
        assert slots.resources == {world.maria}


async def test_buffers_belong_to_the_time(uow: PgUnitOfWork, core: Core, paper: Paper) -> None:
    world = await make_business(
        uow, slug="late", services={"manicure": {"buffer_before": 10, "buffer_after": 15}}
    )
    await book(core, world, world.at(12))
    (slots,), _, _ = paper.read()
    assert slots.spans == {span(world.at(11, 50), world.at(13, 15))}


async def test_expiry_gives_time_back(uow: PgUnitOfWork, core: Core, clock: Hands, paper: Paper) -> None:
    world = await make_business(uow, slug="careful", rules=BookingRules(auto_confirm=False))
    _, _, booking = await book(core, world, world.at(12))
    paper.read()
    clock.on(days=1)
    await core.bookings.expire(booking.id)
    (slots,), (expired,), _ = paper.read()
    assert slots.resources == {world.anna}
    assert (expired.event, expired.status) == ("expire", BookingStatus.EXPIRED)


async def test_the_loser_of_a_race_tells_nothing(core: Core, world: World, paper: Paper) -> None:
    await book(core, world, world.at(12))
    paper.read()
    with pytest.raises(SlotConflict):
        await book(core, world, world.at(12))
    assert paper.changes == []


async def test_what_is_rolled_back_is_never_told(
    uow: PgUnitOfWork, core: Core, world: World, paper: Paper
) -> None:
    _, _, booking = await book(core, world, world.at(12))
    paper.read()

    async def change(tx: Transaction) -> None:
        assert await tx.bookings.save_status(booking, expected_version=booking.version)
        await tx.catalogue.save_business(world.id, {"name": "Другое"})
        raise TryAgain

    with pytest.raises(TryAgain):
        await uow.run(change)
    with pytest.raises(TryAgain):
        async with uow.begin() as tx:
            await change(tx)
    assert paper.changes == []


async def test_each_change_of_the_catalogue_tells_its_version(
    uow: PgUnitOfWork, world: World, paper: Paper
) -> None:
    staff = world.catalogue.staff[world.anna]
    service = world.catalogue.services[world.manicure]
    async with uow.begin() as tx:
        await tx.catalogue.save_business(world.id, {"name": "Другое"})
        await tx.catalogue.save_service(world.id, service)
        await tx.catalogue.save_staff(world.id, staff)
    assert paper.read() == ([], [], [CatalogueChanged(world.id, 4)])
    exception = DatedException(new_id(), MONDAY, ExceptionType.CLOSED)
    async with uow.begin() as tx:
        await tx.catalogue.save_exception(world.id, exception)
    assert paper.read()[2] == [CatalogueChanged(world.id, 5)]
    async with uow.begin() as tx:
        assert await tx.catalogue.delete_exception(world.id, exception.id)
        assert not await tx.catalogue.delete_exception(world.id, exception.id)
        await tx.catalogue.set_offers(world.id, world.anna, ())
    assert paper.read()[2] == [CatalogueChanged(world.id, 7)]
    async with uow.begin() as tx:
        await tx.catalogue.save_business(new_id(), {"name": "Ничьё"})
    assert paper.changes == []
