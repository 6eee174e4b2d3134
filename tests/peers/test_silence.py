"""Elsewhere keyboards are cut at eight buttons, and a name with a bracket freezes the screen."""

from __future__ import annotations

import pytest

from core.domain.visit import from_minutes
from tests.support.dialog import City, Person
from tests.support.world import MONDAY, make_business

_PARTS = ("Утро", "День", "Вечер", "утро", "день", "вечер")


async def every_time(person: Person) -> set[str]:
    """All times of tomorrow that can be reached: in each part of the day, on each page."""
    seen: set[str] = set()
    await person.says("завтра")
    for part in [label for label in person.labels if label.strip("· ") in _PARTS]:
        await person.says("завтра")
        if part in person.labels and not part.startswith("·"):
            await person.presses(part)
        while not (times := {label for label in person.labels if ":" in label}) <= seen:
            seen |= times
            if "›" in person.labels:
                await person.presses("›")
    return seen


@pytest.mark.parametrize("messenger", ["telegram", "vk"])
async def test_every_free_time_of_a_day_can_be_pressed(city: City, messenger: str) -> None:
    world = await make_business(city.uow)
    day = MONDAY.replace(day=24)
    [free] = await city.core.availability.days(world.id, world.query(staff=world.anna), day, day)
    olga = city.person("Ольга", messenger)
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна"):
        await olga.presses(label)
    wanted = {f"{from_minutes(start.start).astimezone(world.zone):%H:%M}" for start in free.starts}
    assert len(wanted) == 37
    assert await every_time(olga) == wanted


@pytest.mark.parametrize("messenger", ["telegram", "vk"])
@pytest.mark.parametrize("name", ["<b>Ян & Ко", "[id1|Ольга] *all", "Ёлка_" * 12, "🌸" * 8 + "Я", "</code>Ы"])
async def test_a_name_is_shown_as_it_is_written(city: City, messenger: str, name: str) -> None:
    await make_business(city.uow)
    person = city.person(name, messenger)
    await person.start()
    for label in ("Записаться", "Маникюр", "Анна", "Завтра 10:00"):
        await person.presses(label)
    await person.says("+7 900 123-45-67")
    assert name in person.text
    await person.presses("Согласиться")
    await city.deliver()
    [client] = city.state.clients.values()
    assert client.name == name
