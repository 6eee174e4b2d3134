"""Elsewhere people are linked to clients' cards by equal names, and one tap cancels."""

from __future__ import annotations

from core.domain.booking import BookingStatus
from core.services.booking import ClientData
from tests.support.dialog import City
from tests.support.world import Core, World, book, make_business


async def test_equal_names_are_two_clients(core: Core, world: World) -> None:
    first, _, booking = await book(
        core, world, world.at(12), client=ClientData(name="Мария Петрова", phone="+79160000001")
    )
    second, _, other = await book(
        core, world, world.at(14), client=ClientData(name="Мария Петрова", phone="+79160000002")
    )
    assert booking.client_id != other.client_id
    assert [each.id for each in await core.bookings.coming(first)] == [booking.id]
    assert [each.id for each in await core.bookings.coming(second)] == [other.id]


async def test_no_single_tap_gives_a_visit_up(city: City) -> None:
    """From the receipt, from the list and from the reminder: the question comes first."""
    world = await make_business(city.uow)
    olga = city.person()
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна"):
        await olga.presses(label)
    await olga.says("завтра 15:00")
    await olga.shares("79001234567")
    await olga.presses("Согласиться")
    await city.deliver()
    [booking_id] = city.state.bookings

    def status() -> BookingStatus:
        return city.state.bookings[booking_id].status

    await olga.presses("Отменить")
    assert "Отменить запись?" in olga.text
    assert status() is BookingStatus.CONFIRMED
    await olga.command("my")
    await olga.presses("Завтра 15:00")
    await olga.presses("Отменить")
    assert status() is BookingStatus.CONFIRMED
    city.clock.to(world.at(13, day=city.state.bookings[booking_id].local_start.date()))
    await city.deliver()
    await olga.presses("Не приду")
    assert "Отменить запись?" in olga.text
    assert status() is BookingStatus.CONFIRMED
    await olga.presses("Да, отменить")
    assert status() is BookingStatus.CANCELLED
