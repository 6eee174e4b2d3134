"""Rows of the catalogue ↔ the core's dataclasses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Record

from core.domain.catalog import (
    AddOn,
    AnyStaffChoice,
    BookingRules,
    Business,
    Category,
    GapMode,
    Location,
    MessageRules,
    Offer,
    PriceKind,
    Room,
    RoomNeed,
    Service,
    ServiceRules,
    StaffMember,
    WebConfirmation,
)
from core.domain.schedule import Cycle, DatedException, ExceptionType, Parity, WeeklyHours, WorkingRule

_READERS: Mapping[str, Any] = {
    "horizon_until": lambda value: None if value is None else date.fromisoformat(value),
    "any_staff": AnyStaffChoice,
    "gap_mode": lambda value: None if value is None else GapMode(value),
    "web_confirmation": WebConfirmation,
    "reminders_minutes": tuple,
}


def rules_in(kind: type[Any], stored: Mapping[str, Any]) -> Any:
    """Settings kept as JSON; what is not there has its default, what is unknown (of another release) is left out."""
    known = {each.name for each in fields(kind)}
    return kind(**{k: _READERS[k](v) if k in _READERS else v for k, v in stored.items() if k in known})


def rules_out(rules: Any) -> dict[str, Any]:
    """Settings as JSON."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(rules).items()}


def business_of(row: Record) -> Business:
    """A business."""
    return Business(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        zone=ZoneInfo(row["zone"]),
        locale=row["locale"],
        currency=row["currency"],
        tagline=row["tagline"],
        description=row["description"],
        phone=row["phone"],
        photo_url=row["photo_url"],
        rules=rules_in(BookingRules, row["rules"]),
        messages=rules_in(MessageRules, row["messages"]),
    )


def locations_of(rows: Iterable[Record], hours: Iterable[Record]) -> dict[UUID, Location]:
    """Locations with their weekly hours."""
    by_location: dict[UUID, list[list[tuple[int, int]]]] = defaultdict(lambda: [[] for _ in range(7)])
    for hour in hours:
        by_location[hour["location_id"]][hour["weekday"]].append((hour["start_minute"], hour["end_minute"]))
    found: dict[UUID, Location] = {}
    for row in rows:
        week: WeeklyHours = tuple(tuple(sorted(day)) for day in by_location[row["id"]])
        found[row["id"]] = Location(
            id=row["id"],
            name=row["name"],
            address=row["address"],
            zone=ZoneInfo(row["zone"]),
            hours=week,
            latitude=row["latitude"],
            longitude=row["longitude"],
            directions=row["directions"],
            position=row["position"],
        )
    return found


def service_of(row: Record) -> Service:
    """A service; its rooms and add-ons come along as arrays."""
    offset = row["processing_offset"]
    return Service(
        id=row["id"],
        title=row["title"],
        duration=row["duration"],
        price=row["price"],
        category_id=row["category_id"],
        description=row["description"],
        price_kind=PriceKind(row["price_kind"]),
        price_max=row["price_max"],
        buffer_before=row["buffer_before"],
        buffer_after=row["buffer_after"],
        capacity=row["capacity"],
        staff_needed=row["staff_needed"],
        online=row["online"],
        processing=None if offset is None else (offset, row["processing_minutes"]),
        rooms=tuple(row["room_ids"]),
        room_need=RoomNeed(row["room_need"]),
        addon_ids=tuple(row["addon_ids"]),
        rules=rules_in(ServiceRules, row["rules"]),
        colour=row["colour"],
        photo_url=row["photo_url"],
        position=row["position"],
        archived=row["archived"],
    )


def rule_of(row: Record) -> WorkingRule:
    """A working rule or a break."""
    anchor = row["cycle_anchor"]
    return WorkingRule(
        start=row["start_minute"],
        end=row["end_minute"],
        weekday=row["weekday"],
        parity=None if row["parity"] is None else Parity(row["parity"]),
        cycle=None if anchor is None else Cycle(anchor, row["cycle_on"], row["cycle_off"]),
        location_id=row["location_id"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
    )


def staff_of(rows: Iterable[Record], rules: Iterable[Record]) -> dict[UUID, StaffMember]:
    """Staff with their rules and breaks; their locations come along as an array."""
    work: dict[UUID, list[WorkingRule]] = defaultdict(list)
    breaks: dict[UUID, list[WorkingRule]] = defaultdict(list)
    for rule in rules:
        (work if rule["kind"] == "work" else breaks)[rule["staff_id"]].append(rule_of(rule))
    return {
        row["id"]: StaffMember(
            id=row["id"],
            name=row["name"],
            location_ids=tuple(row["location_ids"]),
            rules=tuple(work[row["id"]]),
            breaks=tuple(breaks[row["id"]]),
            follows_location=row["follows_location"],
            profession=row["profession"],
            bio=row["bio"],
            photo_url=row["photo_url"],
            phone=row["phone"],
            priority=row["priority"],
            position=row["position"],
            archived=row["archived"],
        )
        for row in rows
    }


def exception_of(row: Record) -> DatedException:
    """A dated exception."""
    return DatedException(
        id=row["id"],
        date=row["date"],
        type=ExceptionType(row["type"]),
        start=row["start_minute"],
        end=row["end_minute"],
        staff_id=row["staff_id"],
        location_id=row["location_id"],
        reason=row["reason"],
    )


def offer_of(row: Record) -> Offer:
    """An offer."""
    return Offer(row["staff_id"], row["service_id"], row["duration"], row["price"])


def category_of(row: Record) -> Category:
    """A category."""
    return Category(row["id"], row["title"], row["position"])


def addon_of(row: Record) -> AddOn:
    """An add-on."""
    return AddOn(row["id"], row["title"], row["duration"], row["price"], row["position"])


def room_of(row: Record) -> Room:
    """A room."""
    return Room(row["id"], row["location_id"], row["title"], row["kind"], row["places"])


def business_line(business: Business) -> dict[str, Any]:
    """Columns of a business."""
    names = "id slug name tagline description locale currency phone photo_url"
    return {name: getattr(business, name) for name in names.split()} | {
        "zone": business.zone.key,
        "rules": rules_out(business.rules),
        "messages": rules_out(business.messages),
    }


def location_line(location: Location) -> dict[str, Any]:
    """Columns of a location, without its hours and business."""
    names = "id name address latitude longitude directions position"
    return {name: getattr(location, name) for name in names.split()} | {"zone": location.zone.key}


def room_line(room: Room) -> dict[str, Any]:
    """Columns of a room, without its business."""
    return {name: getattr(room, name) for name in ("id", "location_id", "title", "kind", "places")}


def category_line(category: Category) -> dict[str, Any]:
    """Columns of a category, without its business."""
    return {name: getattr(category, name) for name in ("id", "title", "position")}


def addon_line(addon: AddOn) -> dict[str, Any]:
    """Columns of an add-on, without its business."""
    return {name: getattr(addon, name) for name in ("id", "title", "duration", "price", "position")}


def service_line(service: Service) -> dict[str, Any]:
    """Columns of a service, without its business."""
    names = (
        "id category_id title description duration price price_kind price_max buffer_before buffer_after capacity"
        " staff_needed online room_need colour photo_url position archived"
    )
    offset, length = service.processing or (None, None)
    return {name: getattr(service, name) for name in names.split()} | {
        "processing_offset": offset,
        "processing_minutes": length,
        "rules": rules_out(service.rules),
    }


def staff_line(member: StaffMember) -> dict[str, Any]:
    """Columns of a staff member, without their business."""
    names = "id name profession bio photo_url phone follows_location priority position archived"
    return {name: getattr(member, name) for name in names.split()}


def rule_line(kind: str, rule: WorkingRule) -> dict[str, Any]:
    """Columns of a working rule or break, without its staff member."""
    cycle = rule.cycle
    return {
        "kind": kind,
        "start_minute": rule.start,
        "end_minute": rule.end,
        "weekday": rule.weekday,
        "parity": rule.parity,
        "cycle_anchor": cycle.anchor if cycle else None,
        "cycle_on": cycle.on if cycle else None,
        "cycle_off": cycle.off if cycle else None,
        "location_id": rule.location_id,
        "valid_from": rule.valid_from,
        "valid_until": rule.valid_until,
    }


def exception_line(exception: DatedException) -> dict[str, Any]:
    """Columns of a dated exception, without its business."""
    names = "id date type staff_id location_id reason"
    return {name: getattr(exception, name) for name in names.split()} | {
        "start_minute": exception.start,
        "end_minute": exception.end,
    }
