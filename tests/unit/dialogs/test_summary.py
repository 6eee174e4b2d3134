"""What the summary says before a visit is booked: each service, all of it, the place, and what is held."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from core.domain.catalog import Location, Service
from deploy.clock import new_id
from tests.support.dialog import City, Person
from tests.support.memory import MemoryHolds
from tests.support.world import OPEN_DAYS, World, make_business

MESSENGERS = pytest.mark.parametrize("messenger", ["telegram", "vk"])


async def booked_up_to(person: Person, *labels: str) -> None:
    """Up to the summary, for somebody new."""
    await person.start()
    for label in ("Записаться", *labels):
        await person.presses(label)
    await person.says("+79001234567")


def lines(person: Person) -> list[str]:
    """What is on the screen."""
    return [line for line in person.text.split("\n") if line]


async def change(city: City, world: World, *changed: Service) -> None:
    """Services become others."""
    catalogue = city.state.catalogues[world.id]
    services = {**catalogue.services, **{service.id: service for service in changed}}
    await city.open(replace(catalogue, services=services, version=catalogue.version + 1))


@MESSENGERS
async def test_one_service_is_said_in_three_lines(city: City, world: World, messenger: str) -> None:
    olga = city.person("Ольга", messenger)
    await booked_up_to(olga, "Маникюр", "Анна", "Завтра 10:00")
    assert lines(olga)[:4] == [
        "Проверьте запись",
        "Маникюр · Анна",
        "Завтра, вт 24 ноября, 10:00–11:00",
        "1 500 ₽ · Тверская, 12",
    ]


@MESSENGERS
async def test_several_services_are_listed(city: City, world: World, messenger: str) -> None:
    olga = city.person("Ольга", messenger)
    extras = ("Дополнить", "Дизайн", "Ещё услуга", "Педикюр", "Готово")
    await booked_up_to(olga, "Маникюр", "Анна", *extras, "Завтра 10:00")
    assert lines(olga)[:7] == [
        "Проверьте запись",
        "Завтра, вт 24 ноября, 10:00–12:45",
        "10:00–11:15 · Маникюр + Дизайн · Анна · 1 800 ₽",
        "11:15–12:45 · Педикюр · Анна · 2 200 ₽",
        "Всего 2 ч 45 мин · 4 000 ₽",
        "Тверская, 12",
        "Ольга · +7 900 123-45-67",
    ]


async def test_each_service_has_its_own_master(city: City, world: World) -> None:
    """What was shown is what is booked."""
    catalogue = world.catalogue
    offers = {key: offer for key, offer in catalogue.offers.items() if key != (world.anna, world.pedicure)}
    await city.open(replace(catalogue, offers=offers))
    olga = city.person("Ольга")
    await booked_up_to(
        olga, "Маникюр", "Анна", "Дополнить", "Ещё услуга", "Педикюр", "Готово", "Завтра 10:00"
    )
    assert "10:00–11:00 · Маникюр · Анна · 1 500 ₽" in lines(olga)
    assert "11:00–12:30 · Педикюр · Мария · 2 200 ₽" in lines(olga)
    await olga.presses("Согласиться")
    (booking,) = city.state.bookings.values()
    assert [segment.staff_id for segment in booking.segments] == [world.anna, world.maria]


async def test_what_was_added_is_said_and_held(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await booked_up_to(olga, "Маникюр", "Анна", "Завтра 10:00")
    await olga.presses("Изменить")
    await olga.presses("Дополнить")
    await olga.presses("Дизайн")
    await olga.presses("Назад")
    assert "10:00–11:00" in olga.text, "nothing was changed after all"
    await olga.presses("Изменить")
    await olga.presses("Дополнить")
    await olga.presses("Дизайн")
    await olga.presses("Готово")
    assert "10:00–11:15" in olga.text
    assert "1 800 ₽" in olga.text
    assert "Держу окошко" in olga.text


async def test_an_extra_makes_no_class_longer(city: City, world: World) -> None:
    yoga = world.catalogue.services[world.yoga]
    await change(city, world, replace(yoga, addon_ids=(world.design,)))
    olga = city.person("Ольга")
    await booked_up_to(olga, "Йога", "Дополнить", "Дизайн", "Готово", "Завтра 10:00")
    assert "10:00–11:00" in olga.text
    assert "900 ₽" in olga.text
    await olga.presses("Изменить")
    assert "60 мин" in olga.text
    assert "75 мин" not in olga.text
    assert "1 ч 15 мин" not in olga.text


async def test_seats_are_held_and_said_to_be(city: City, world: World) -> None:
    olga, vera = city.person("Ольга"), city.person("Вера")
    await booked_up_to(olga, "Йога", "Дополнить", "3 места", "Готово", "Завтра 10:00")
    assert "Держу окошко за вами ещё 3 минуты." in olga.text
    await vera.start()
    await vera.presses("Записаться")
    await vera.presses("Йога")
    assert "Завтра 10:00 · 1 место" in vera.labels


@pytest.mark.parametrize("service", ["Маникюр", "Йога"])
async def test_nothing_is_said_to_be_held_without_a_store(city: City, world: World, service: str) -> None:
    holds = city.core.holds
    assert isinstance(holds, MemoryHolds)
    holds.away = True
    olga = city.person("Ольга")
    await booked_up_to(olga, service, *(("Любой мастер",) if service == "Маникюр" else ()), "Завтра 10:00")
    assert "Проверьте запись" in olga.text
    assert "Держу" not in olga.text
    await olga.presses("Согласиться")
    assert len(city.state.bookings) == 1


@pytest.fixture
async def branches(city: City) -> World:
    """A second branch two hours further east, where Maria works; she alone leads yoga."""
    world = await make_business(city.uow)
    catalogue = world.catalogue
    other = Location(
        new_id(), "На Баумана", "Баумана, 5", ZoneInfo("Asia/Yekaterinburg"), OPEN_DAYS, position=1
    )
    maria = replace(catalogue.staff[world.maria], location_ids=(other.id,))
    await city.open(
        replace(
            catalogue,
            locations={**catalogue.locations, other.id: other},
            staff={**catalogue.staff, world.maria: maria},
        )
    )
    return world


async def test_the_branch_is_named_and_its_clock_counts(city: City, branches: World) -> None:
    """Though nobody was asked for it, since yoga is done in one branch alone."""
    olga = city.person("Ольга")
    await olga.start()
    await olga.presses("Записаться")
    await olga.presses("Йога")
    await olga.presses(olga.labels[0])
    await olga.says("+79001234567")
    assert "На Баумана, Баумана, 5" in olga.text
    booked = next(line for line in lines(olga) if "–" in line)
    await olga.presses("Согласиться")
    (booking,) = city.state.bookings.values()
    assert f"{booking.start.astimezone(ZoneInfo('Asia/Yekaterinburg')):%H:%M}–" in booked


async def test_the_branch_that_was_chosen_is_named(city: City, branches: World) -> None:
    olga = city.person("Ольга")
    await booked_up_to(olga, "Маникюр", "Тверская, 12", "Завтра 10:00")
    assert "1 500 ₽ · На Тверской, Тверская, 12" in lines(olga)
