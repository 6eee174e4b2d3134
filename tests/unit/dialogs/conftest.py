"""A city with one business, and businesses of all sizes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from core.domain.actor import SYSTEM, Role
from core.domain.catalog import BookingRules
from tests.support.dialog import City, Person
from tests.support.world import World, make_business

#: Most tests are about requests that a master confirms.
BY_HAND = BookingRules(auto_confirm=False)

Hire = Callable[..., Awaitable[Person]]


@pytest.fixture
def city() -> City:
    """Nobody there yet."""
    return City()


@pytest.fixture
async def world(city: City) -> World:
    """«Окошко», which confirms by hand."""
    return await make_business(city.uow, rules=BY_HAND)


@pytest.fixture
def hire(city: City, world: World) -> Hire:
    """Makes somebody a member: ``await hire("Анна", staff=world.anna)``."""

    async def hired(
        name: str, *, staff: UUID | None = None, messenger: str = "telegram", language: str = "ru"
    ) -> Person:
        person = city.person(name, messenger, language)
        code = await city.core.team.create_invite(
            SYSTEM,
            world.id,
            role=Role.MASTER if staff else Role.OWNER,
            staff_id=staff,
            name=name,
        )
        await person.start(code)
        return person

    return hired


async def book_manicure(
    person: Person, *, master: str = "Анна", pick: int = 1, phone: str = "+79001234567"
) -> None:
    """The whole way of somebody new; ``pick``: which of the quick picks."""
    await person.start()
    await person.presses("Записаться")
    await person.presses("Маникюр")
    await person.presses(master)
    await person.presses(person.labels[pick])
    if "+7 900 123-45-67." in person.text:
        await person.says(phone)
    await person.presses(person.labels[0])
