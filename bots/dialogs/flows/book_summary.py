"""What the summary says of a visit before it is booked: each service as it is placed, and all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bots.dialogs.flows.draft import BookData, parts_in, read_items
from bots.dialogs.screen import Line, T, Words, bold, line, n, t
from bots.dialogs.values import Clock
from bots.dialogs.words import (
    address,
    dotted,
    items_masters,
    items_price,
    items_title,
    minutes,
    when_span,
    zone_of,
)
from core.domain.catalog import Catalogue, PriceKind
from core.domain.money import Money
from core.domain.visit import VisitItem, from_minutes
from core.domain.visit_parts import VisitPart, placed_items


def visit_lines(catalogue: Catalogue, data: BookData, now: datetime) -> tuple[Line, ...]:
    """What, with whom, when, for how much and where, in the zone of the place. Of several services each has a
    line of its own.
    """
    parts = parts_in(catalogue, data)
    items = placed_items(read_items(data.items), parts)
    place = parts[0].location_id
    start, end = from_minutes(parts[0].start), from_minutes(parts[-1].end)
    when = line(when_span(start, end, now, zone_of(catalogue, place)))
    if len(parts) == 1:
        return (
            dotted(items_title(catalogue, items), _masters(catalogue, items)),
            when,
            dotted(
                items_price(catalogue, items, data.seats),
                n("booking.seats", data.seats) if data.seats > 1 else None,
                address(catalogue, place),
            ),
        )
    total = sum(part.price for part in parts)
    about = any(_is_about(catalogue, item) for item in items)
    where = address(catalogue, place)
    return (
        when,
        *(_part_line(catalogue, item, part) for item, part in zip(items, parts, strict=True)),
        dotted(
            t("summary.total", length=minutes(parts[-1].end - parts[0].start)),
            bold(_price(catalogue, total, about=about)),
        ),
        *((line(where),) if where else ()),
    )


def _part_line(catalogue: Catalogue, item: VisitItem, part: VisitPart) -> Line:
    """«15:00–16:00 · Маникюр + Дизайн · Анна · 1 800 ₽»."""
    zone = zone_of(catalogue, part.location_id)
    start, end = (Clock(from_minutes(at).astimezone(zone)) for at in (part.start, part.end))
    return dotted(
        t("summary.part_time", start=start, end=end),
        items_title(catalogue, [item]),
        _masters(catalogue, [item]),
        _price(catalogue, part.price, about=_is_about(catalogue, item)),
    )


def _masters(catalogue: Catalogue, items: Sequence[VisitItem]) -> Words:
    return items_masters(catalogue, items) or t("master.any_word")


def _is_about(catalogue: Catalogue, item: VisitItem) -> bool:
    """Whether it may cost more: the business says so, or it is open who will do it."""
    if catalogue.services[item.service_id].price_kind is not PriceKind.FIXED:
        return True
    masters = catalogue.staff_of(item.service_id)
    return item.staff_id is None and len({catalogue.price(item.service_id, one.id) for one in masters}) > 1


def _price(catalogue: Catalogue, amount: int, *, about: bool) -> T:
    money = Money(amount, catalogue.business.currency)
    return t("price.from", price=money) if about else t("price.exact", price=money)
