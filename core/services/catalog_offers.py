"""What a staff member does, and at which duration and price of their own: read and checked.

It is given as ``service_ids``, which leaves durations and prices as they are, or as ``offers``, each
``{"service_id", "duration_minutes", "price"}``. Of these null is the service's own; a value that isn't named,
or is the one that holds anyway, stays what it was, so that what was read can be sent back.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.domain.catalog import MAX_DURATION, Catalogue, Offer
from core.services.catalog_fields import MAX_PRICE
from core.services.fields import Fields


def offers_of(catalogue: Catalogue, staff_id: UUID) -> list[Offer]:
    """What a staff member does now."""
    return [offer for (member, _), offer in catalogue.offers.items() if member == staff_id]


def chosen_offers(catalogue: Catalogue, staff_id: UUID, fields: Fields) -> list[Offer]:
    """What they shall do by ``service_ids`` or ``offers``; as now where neither is given.

    Raises InvalidInput: both contradict each other (``contradicts_service_ids``), a service is unknown,
    archived or ``repeated``, a number is out of range, or with its buffers the visit is too long.
    """
    current = {offer.service_id: offer for offer in offers_of(catalogue, staff_id)}
    listed = fields.uuids("service_ids", tuple(current), lambda item: _is_offered(catalogue, item))
    by_id = [current.get(service_id) or Offer(staff_id, service_id) for service_id in listed]
    entries = fields.objects("offers", limit=500)
    if entries is None:
        return by_id
    offers = [_offer(catalogue, staff_id, entry) for entry in entries]
    _check_repeated(entries, offers)
    if fields.raw("service_ids") is None:
        return offers
    if _says_what_stands(catalogue, staff_id, offers):
        return by_id
    if {offer.service_id for offer in offers} != set(listed):
        raise fields.fault("offers", "contradicts_service_ids")
    return offers


def _offer(catalogue: Catalogue, staff_id: UUID, entry: Fields) -> Offer:
    service_id = entry.uuid("service_id")
    if service_id is None:
        raise entry.fault("service_id", "required")
    if not _is_offered(catalogue, service_id):
        raise entry.fault("service_id", "not_found", id=str(service_id))
    service, now = catalogue.services[service_id], catalogue.offers.get((staff_id, service_id))
    own = now or Offer(staff_id, service_id)
    duration = entry.optional_integer("duration_minutes", own.duration, 1, MAX_DURATION)
    price = entry.optional_integer("price", own.price, 0, MAX_PRICE)
    entry.finish()
    if duration == catalogue.duration(service_id, staff_id):
        duration = own.duration
    if price == catalogue.price(service_id, staff_id):
        price = own.price
    if duration is not None and service.buffer_before + duration + service.buffer_after > MAX_DURATION:
        raise entry.fault("duration_minutes", "too_long", max=MAX_DURATION)
    return Offer(staff_id, service_id, duration, price)


def _check_repeated(entries: Sequence[Fields], offers: Sequence[Offer]) -> None:
    seen: set[UUID] = set()
    for entry, offer in zip(entries, offers, strict=True):
        if offer.service_id in seen:
            raise entry.fault("service_id", "repeated")
        seen.add(offer.service_id)


def _says_what_stands(catalogue: Catalogue, staff_id: UUID, offers: Sequence[Offer]) -> bool:
    """Whether these are the offers as they were told: who sends a whole staff member back means the list."""
    shown = {offer for offer in offers_of(catalogue, staff_id) if _is_offered(catalogue, offer.service_id)}
    return set(offers) == shown


def _is_offered(catalogue: Catalogue, service_id: UUID) -> bool:
    service = catalogue.services.get(service_id)
    return service is not None and not service.archived
