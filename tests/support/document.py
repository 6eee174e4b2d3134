"""The API's document, read by tests, and requests made of it about things that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.support.site import Site
from webapp.api.openapi import document
from webapp.api.operation import PREFIX
from webapp.api.routes import OPERATIONS

DOCUMENT: Final[dict[str, Any]] = document(OPERATIONS)

#: Of a thing that nobody has.
NOBODY: Final = "0197a3a0-0000-7000-8000-000000000001"

#: Fields that name things, by the first part of the things' addresses.
_NAMING: Final = {
    "service_id": "services",
    "service_ids": "services",
    "staff_id": "staff",
    "staff_ids": "staff",
    "location_id": "locations",
    "location_ids": "locations",
    "room_ids": "rooms",
    "category_id": "categories",
    "addon_ids": "addons",
    "client_id": "clients",
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and what is told of each."""
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            yield method.upper(), path, told


def found(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """What it refers to."""
    while "$ref" in told:
        _, _, kind, name = told["$ref"].split("/")
        told = DOCUMENT["components"][kind][name]
    return told


@dataclass(frozen=True, slots=True)
class Things:
    """A business, and the id of one of each thing in it, by the first part of its address."""

    business: str
    ids: Mapping[str, str]

    def kind(self, path: str) -> str:
        """What the id in a path is of."""
        return path.removeprefix("/businesses/{business}").removeprefix("/").split("/")[0]

    def address(self, path: str) -> str:
        """A path with these things in it."""
        known = self.ids.get(self.kind(path), NOBODY)
        return (PREFIX + path).replace("{business}", self.business).replace("{id}", known)

    def about(self, value: Any) -> Any:
        """A request's content, about these things."""
        if isinstance(value, list):
            return [self.about(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {name: self._named(name, each) for name, each in value.items()}

    def _named(self, name: str, value: Any) -> Any:
        kind = _NAMING.get(name)
        if kind is None or value is None:
            return self.about(value)
        return [self.ids[kind]] * min(len(value), 1) if isinstance(value, list) else self.ids[kind]


async def things_of(site: Site) -> Things:
    """Those of the site's business; what it lacks is made."""
    owner = await site.token()
    closed = {"date": "2026-12-31", "type": "closed"}
    exception = await site.post(f"{site.business}/exceptions", closed, token=owner)
    category = await site.post(f"{site.business}/categories", {"title": "Руки"}, token=owner)
    booking = (await site.book(site.world.at(15)))["booking"]
    ids = {
        "services": str(site.world.manicure),
        "staff": str(site.world.anna),
        "exceptions": exception.body["id"],
        "locations": str(site.world.location),
        "rooms": str(site.world.room),
        "categories": category.body["id"],
        "addons": str(site.world.design),
        "bookings": booking["id"],
        "clients": booking["client_id"],
    }
    return Things(str(site.world.id), ids)
