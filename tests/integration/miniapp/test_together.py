"""A service that two masters do together, on the Mini App's screens."""

from __future__ import annotations

from core.domain.visit import VisitItem, to_minutes
from tests.integration.miniapp.test_screens import HTMX, ROOT, key_of, send
from tests.support.site import Site
from webapp.miniapp.flow import Flow

BOTH = "Анна и Мария"


async def four_hands(site: Site) -> Flow:
    """The visit, at noon, of anybody."""
    service = await site.core.admin.create_service(
        site.world.owner(),
        site.world.id,
        {
            "title": "В четыре руки",
            "duration_minutes": 45,
            "price": 290_000,
            "staff_needed": 2,
            "staff_ids": [str(site.world.anna), str(site.world.maria)],
        },
    )
    return Flow(items=(VisitItem(service.id),), start=to_minutes(site.world.at(12)))


async def test_both_are_named_from_the_hold_to_the_booking(site: Site) -> None:
    flow = await four_hands(site)
    picking = Flow(items=flow.items)
    times = await site.get(f"{ROOT}/time?{picking.query()}", headers=HTMX)
    assert "Любой мастер" not in times.text, "both are needed: there is nobody to choose"

    held = await send(site, "hold", flow.pairs())
    assert held.status == 200
    assert BOTH in held.text
    assert "12:00–12:45" in held.text
    form = [
        *Flow(items=flow.items, start=flow.start, key=key_of(held)).pairs(),
        ("name", "Алиса"),
        ("phone", "+7 900 111-22-33"),
    ]
    checked = await send(site, "who", form)
    assert BOTH in checked.text
    done = await send(site, "book", [*form, ("consent", "1")])
    assert done.status == 200, done.text
    assert BOTH in done.text
