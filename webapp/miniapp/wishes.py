"""With whom, where, for how many: the chips above the calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from core.domain.catalog import Catalogue, Location, StaffMember
from core.domain.visit import VisitItem
from locales import Texts
from webapp.miniapp.flow import Flow
from webapp.miniapp.said import places_in_order
from webapp.miniapp.screen import Links
from webapp.miniapp.shop import Person, person

_MOST_SEATS: Final = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values. ``person``: whose face it bears."""

    label: str
    address: str
    chosen: bool
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """A row of chips under a name."""

    name: str
    chips: tuple[Choice, ...]


def choices(catalogue: Catalogue, flow: Flow, words: Texts) -> tuple[Choices, ...]:
    """All rows that have something to choose. What is moved keeps its masters, place and seats."""
    if flow.moves is not None:
        return ()
    links = Links(catalogue.business.slug, replace(flow, day=None, month=None))
    return (
        *_masters(catalogue, flow, links, words),
        *_places(catalogue, flow, links, words),
        *_seats(catalogue, flow, links, words),
    )


def able(catalogue: Catalogue, item: VisitItem, place: UUID | None) -> tuple[StaffMember, ...]:
    """Who does it at the place that was chosen."""
    members = catalogue.staff_of(item.service_id)
    return tuple(member for member in members if place is None or place in member.location_ids)


def places_for(catalogue: Catalogue, flow: Flow) -> list[Location]:
    """Where the visit can take place."""
    found = [catalogue.places_of(item.service_id) for item in flow.items]
    return [place for place in places_in_order(catalogue) if all(place.id in each for each in found)]


def _masters(catalogue: Catalogue, flow: Flow, links: Links, words: Texts) -> Iterator[Choices]:
    """Services that the same masters do are given to one of them by one choice."""
    groups: dict[tuple[StaffMember, ...], list[VisitItem]] = {}
    for item in flow.items:
        groups.setdefault(able(catalogue, item, flow.place), []).append(item)
    for members, items in groups.items():
        # Where all of them are needed, nobody is left to choose.
        if len(members) <= min(catalogue.services[item.service_id].staff_needed for item in items):
            continue
        titles = ", ".join(catalogue.services[item.service_id].title for item in items)
        chosen = {item.staff_id for item in items}
        name = words.t("app.master") if len(groups) == 1 else words.t("app.master_for", what=titles)
        yield Choices(
            name,
            (
                Choice(
                    words.t("app.any_master"),
                    links.to("time", items=_given(flow.items, items, None)),
                    chosen == {None},
                ),
                *(
                    Choice(
                        member.name,
                        links.to("time", items=_given(flow.items, items, member.id)),
                        chosen == {member.id},
                        person(member),
                    )
                    for member in members
                ),
            ),
        )


def _given(
    items: Sequence[VisitItem], which: Sequence[VisitItem], staff_id: UUID | None
) -> tuple[VisitItem, ...]:
    """The visit with some of its services given to a master, or to anybody."""
    return tuple(replace(item, staff_id=staff_id) if item in which else item for item in items)


def _places(catalogue: Catalogue, flow: Flow, links: Links, words: Texts) -> Iterator[Choices]:
    places = places_for(catalogue, flow)
    if len(places) < 2:
        return
    yield Choices(
        words.t("app.where"),
        (
            Choice(words.t("app.any_place"), links.to("time", place=None), flow.place is None),
            *(
                Choice(place.name or place.address, links.to("time", place=place.id), flow.place == place.id)
                for place in places
            ),
        ),
    )


def _seats(catalogue: Catalogue, flow: Flow, links: Links, words: Texts) -> Iterator[Choices]:
    if len(flow.items) != 1:
        return
    capacity = catalogue.services[flow.items[0].service_id].capacity
    if capacity < 2:
        return
    yield Choices(
        words.t("app.seats"),
        tuple(
            Choice(words.n("app.people", count), links.to("time", seats=count), flow.seats == count)
            for count in range(1, min(capacity, _MOST_SEATS) + 1)
        ),
    )
