"""Business, services and staff as JSON, by the names under which they are posted."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from enum import StrEnum

from core.domain.catalog import (
    AddOn,
    BookingRules,
    Catalogue,
    Category,
    Location,
    MessageRules,
    Room,
    Service,
    ServiceRules,
    StaffMember,
)
from webapp.api.moments import clock

#: Rules that are times of day: minutes after midnight inside, ``HH:MM`` outside.
_TIMES_OF_DAY = frozenset({"grid_start", "same_day_cutoff"})


def business_json(catalogue: Catalogue, *, inside: bool) -> dict[str, object]:
    """A business with all that shapes its offer; ``inside`` for its own people, with what is theirs alone."""
    business = catalogue.business
    shown: dict[str, object] = {
        "id": str(business.id),
        "slug": business.slug,
        "name": business.name,
        "timezone": business.zone.key,
        "currency": business.currency,
        "locale": business.locale,
        "tagline": business.tagline,
        "description": business.description,
        "phone": business.phone,
        "photo_url": business.photo_url,
        "booking_rules": _rules_json(business.rules),
        "locations": [location_json(each) for each in _in_order(catalogue)],
        "categories": [
            category_json(each)
            for each in sorted(catalogue.categories.values(), key=lambda each: (each.position, each.title))
        ],
        "rooms": [
            room_json(room)
            for room in sorted(catalogue.rooms.values(), key=lambda room: (room.title, room.id))
        ],
        "addons": [
            addon_json(addon)
            for addon in sorted(catalogue.addons.values(), key=lambda addon: (addon.position, addon.title))
        ],
    }
    if inside:
        shown["messages"] = _messages_json(business.messages)
    return shown


#: Fields of a business that are told with it and not changed through it.
BUSINESS_READ_ONLY = ("locations", "categories", "rooms", "addons")


def _rules_json(rules: BookingRules | ServiceRules) -> dict[str, object]:
    return {each.name: _rule_json(each.name, getattr(rules, each.name)) for each in fields(rules)}


def _rule_json(name: str, value: object) -> object:
    if name in _TIMES_OF_DAY and isinstance(value, int):
        return clock(value)
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _messages_json(rules: MessageRules) -> dict[str, object]:
    return {
        "reminders_minutes": list(rules.reminders_minutes),
        "quiet_from": clock(rules.quiet_from),
        "quiet_until": clock(rules.quiet_until),
    }


def _in_order(catalogue: Catalogue) -> list[Location]:
    return sorted(catalogue.locations.values(), key=lambda each: (each.position, each.name, each.id))


def room_json(room: Room) -> dict[str, object]:
    """A room; ``places`` visits fit in at once."""
    return {
        "id": str(room.id),
        "location_id": str(room.location_id),
        "title": room.title,
        "kind": room.kind,
        "places": room.places,
    }


def category_json(category: Category) -> dict[str, object]:
    """A heading of services."""
    return {"id": str(category.id), "title": category.title, "position": category.position}


def addon_json(addon: AddOn) -> dict[str, object]:
    """An add-on; the price in minor units."""
    return {
        "id": str(addon.id),
        "title": addon.title,
        "duration_minutes": addon.duration,
        "price": addon.price,
        "position": addon.position,
    }


def location_json(location: Location) -> dict[str, object]:
    """A location with its weekly hours."""
    return {
        "id": str(location.id),
        "name": location.name,
        "address": location.address,
        "directions": location.directions,
        "latitude": location.latitude,
        "longitude": location.longitude,
        "timezone": location.zone.key,
        "position": location.position,
        "weekly": [
            {"weekday": weekday, "start": clock(start), "end": clock(end)}
            for weekday, intervals in enumerate(location.hours)
            for start, end in intervals
        ],
    }


def service_json(catalogue: Catalogue, service: Service) -> dict[str, object]:
    """A service; prices in minor units, buffers and durations in minutes."""
    processing = service.processing
    return {
        "id": str(service.id),
        "title": service.title,
        "duration_minutes": service.duration,
        "price": service.price,
        "currency": catalogue.business.currency,
        "buffer_before": service.buffer_before,
        "buffer_after": service.buffer_after,
        "capacity": service.capacity,
        "staff_needed": service.staff_needed,
        "price_kind": service.price_kind.value,
        "price_max": service.price_max,
        "description": service.description,
        "category_id": str(service.category_id) if service.category_id else None,
        "online": service.online,
        "processing": {"offset": processing[0], "minutes": processing[1]} if processing else None,
        "room_ids": [str(room_id) for room_id in service.rooms],
        "room_need": service.room_need.value,
        "addon_ids": [str(addon_id) for addon_id in service.addon_ids],
        "booking_rules": _rules_json(service.rules),
        "staff_ids": [str(member.id) for member in catalogue.staff_of(service.id)],
        "colour": service.colour,
        "photo_url": service.photo_url,
        "position": service.position,
        "archived": service.archived,
    }


def staff_json(catalogue: Catalogue, member: StaffMember, *, inside: bool) -> dict[str, object]:
    """A staff member; ``offers`` has the duration and price of each service as this one does it."""
    services = catalogue.services_of(member.id)
    shown: dict[str, object] = {
        "id": str(member.id),
        "name": member.name,
        "service_ids": [str(service.id) for service in services],
        "offers": [
            {
                "service_id": str(service.id),
                "duration_minutes": catalogue.duration(service.id, member.id),
                "price": catalogue.price(service.id, member.id),
            }
            for service in services
        ],
        "profession": member.profession,
        "bio": member.bio,
        "photo_url": member.photo_url,
        "location_ids": [str(location_id) for location_id in member.location_ids],
        "priority": member.priority,
        "position": member.position,
        "archived": member.archived,
    }
    if inside:
        shown["phone"] = member.phone
    return shown


def services_in_order(catalogue: Catalogue) -> list[Service]:
    """All services that stand in the list, bookable by oneself or not."""
    found = [service for service in catalogue.services.values() if not service.archived]
    return sorted(found, key=lambda service: (service.position, service.title, service.id))


def staff_in_order(catalogue: Catalogue) -> list[StaffMember]:
    """Everybody who works here now."""
    found = [member for member in catalogue.staff.values() if not member.archived]
    return sorted(found, key=lambda member: (member.position, member.name, member.id))
