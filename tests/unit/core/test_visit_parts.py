"""The services of a visit before it is booked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.domain.catalog import Catalogue
from core.domain.visit import SlotQuery, VisitItem
from core.domain.visit_parts import VisitPart, expected_parts, items_minutes, placed_items, read_part
from deploy.clock import new_id
from tests.support.memory import memory
from tests.support.world import World, make_business

NOON = 29_000_000


@pytest.fixture
async def world() -> World:
    """«Окошко», where yoga too has the design to be added."""
    world = await make_business(memory()[0])
    yoga = replace(world.catalogue.services[world.yoga], addon_ids=(world.design,))
    services = {**world.catalogue.services, world.yoga: yoga}
    return replace(world, catalogue=replace(world.catalogue, services=services))


def test_add_ons_make_no_group_longer(world: World) -> None:
    manicure = VisitItem(world.manicure, None, (world.design,))
    yoga = VisitItem(world.yoga, world.maria, (world.design,))
    assert items_minutes(world.catalogue, [manicure]) == 75
    assert items_minutes(world.catalogue, [yoga]) == 60
    assert items_minutes(world.catalogue, [manicure, yoga]) == 135


def test_what_nobody_has_placed_follows_one_another(world: World) -> None:
    items = (VisitItem(world.manicure, None, (world.design,)), VisitItem(world.yoga, world.maria))
    assert expected_parts(world.catalogue, SlotQuery(items), NOON) == (
        VisitPart(world.manicure, (), world.location, NOON, NOON + 75, 180_000, (world.design,)),
        VisitPart(world.yoga, (world.maria,), world.location, NOON + 75, NOON + 135, 60_000),
    )
    (seats,) = expected_parts(world.catalogue, SlotQuery(items[1:], seats=3), NOON)
    assert (seats.start, seats.end, seats.price) == (NOON, NOON + 60, 180_000)


def test_of_several_places_none_is_guessed(world: World) -> None:
    other = replace(world.catalogue.locations[world.location], id=new_id())
    catalogue = replace(world.catalogue, locations={**world.catalogue.locations, other.id: other})
    items = (VisitItem(world.manicure),)
    assert expected_parts(catalogue, SlotQuery(items), NOON)[0].location_id is None
    assert expected_parts(catalogue, SlotQuery(items, other.id), NOON)[0].location_id == other.id


def test_a_part_is_the_same_after_it_was_stored(world: World) -> None:
    for place in (world.location, None):
        part = VisitPart(
            world.yoga, (world.maria, world.anna), place, NOON, NOON + 60, 90_000, (world.design,)
        )
        assert read_part(json.loads(json.dumps(part.written()))) == part


def test_what_was_shown_is_what_is_booked(world: World) -> None:
    items = (VisitItem(world.manicure, None, (world.design,)), VisitItem(world.pedicure))
    parts = (
        VisitPart(world.manicure, (world.anna, world.maria), None, NOON, NOON + 75, 1),
        VisitPart(world.pedicure, (), None, NOON + 75, NOON + 165, 1),
    )
    first, second = placed_items(items, parts)
    assert (first.staff_id, first.assistant_ids, first.addon_ids) == (
        world.anna,
        (world.maria,),
        (world.design,),
    )
    assert second == items[1]
    assert placed_items(items, parts[:1]) == items
    assert placed_items(items, parts[::-1]) == items


@pytest.mark.parametrize("gone", ["services", "staff", "addons", "locations"])
def test_a_part_knows_what_has_gone(world: World, gone: str) -> None:
    part = VisitPart(world.yoga, (world.maria,), world.location, NOON, NOON + 60, 90_000, (world.design,))
    assert part.is_in(world.catalogue)
    fewer: Catalogue = replace(world.catalogue, **{gone: {}})  # type: ignore[arg-type]  # a field's name
    assert not part.is_in(fewer)
