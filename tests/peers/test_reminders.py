"""Elsewhere clients of one messenger were forgotten, and reminders came at six in the morning."""

from __future__ import annotations

import pytest

from tests.support.dialog import City
from tests.support.world import MONDAY, make_business


@pytest.mark.parametrize("messenger", ["telegram", "vk"])
async def test_clients_of_either_messenger_are_reminded_in_time(city: City, messenger: str) -> None:
    world = await make_business(city.uow)
    olga = city.person("Ольга", messenger)
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна", "Ср 10:00"):
        await olga.presses(label)
    await olga.says("+7 900 123-45-67")
    await olga.presses("Согласиться")
    await city.deliver()
    tomorrow, wednesday = MONDAY.replace(day=24), MONDAY.replace(day=25)

    city.clock.to(world.at(6, day=tomorrow))
    await city.deliver()
    assert "Ждём вас" not in olga.text, "a visit at ten is not announced at six, four hours too early"
    city.clock.to(world.at(10, day=tomorrow))
    await city.deliver()
    assert "Ждём вас завтра, ср 25 ноября, 10:00" in olga.text
    city.clock.to(world.at(8, day=wednesday))
    await city.deliver()
    assert "Через 2 часа, в 10:00, ждём вас" in olga.text
    await olga.presses("Буду")
    [booking] = city.state.bookings.values()
    assert booking.attendance_confirmed_at is not None
