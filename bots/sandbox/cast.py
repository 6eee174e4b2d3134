"""The people of the demo: two sides of the desk, so that there is somebody to be at once."""

from __future__ import annotations

from bots.sandbox.model import Person
from bots.sandbox.world import World

#: First name, last name, language, phone, role.
_CAST = (
    ("Алиса", "Орлова", "ru", "+79161234501", "client"),
    ("Анна", "Смирнова", "ru", "+79161234511", "master"),
    ("Тимур", "Галеев", "ru", "+79161234502", "client"),
    ("Мария", "Иванова", "ru", "+79161234512", "master"),
    ("Вера", "Лебедева", "ru", "+79161234520", "owner"),
    ("Emily", "Clarke", "en", "+447911123456", "client"),
    ("James", "Cole", "en", "+447911123457", "master"),
)


def seed_people(world: World) -> list[Person]:
    """Puts the demo's people into an empty world; a world with people keeps its own. Returns all people."""
    if not world.state.people:
        for first_name, last_name, language, phone, role in _CAST:
            world.add_person(first_name, last_name, language=language, phone=phone, role=role)
    return list(world.state.people.values())
