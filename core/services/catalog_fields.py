"""The fields of a business and of a service, as the public API names them: read and checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.domain.catalog import (
    MAX_DURATION,
    MOST_TOGETHER,
    AnyStaffChoice,
    BookingRules,
    Business,
    Catalogue,
    GapMode,
    MessageRules,
    PriceKind,
    RoomNeed,
    Service,
    ServiceRules,
    WebConfirmation,
)
from core.ports.phones import Phones
from core.services.catalog_editing import region_of
from core.services.clients import LOCALES
from core.services.fields import DAY, Fields, wall_minutes

MAX_PRICE: Final = 1_000_000_000
_MAX_NOTICE: Final = 90 * DAY
_MAX_HORIZON: Final = 366
_MAX_PENDING: Final = 30 * DAY


def business_changes(catalogue: Catalogue, fields: Fields, phones: Phones) -> dict[str, object]:
    """The fields of :class:`Business` that get another value."""
    now = catalogue.business
    fields.same("id", str(now.id))
    fields.same("slug", now.slug)
    rules, messages = fields.inner("booking_rules"), fields.inner("messages")
    locale = fields.text("locale", now.locale)
    if locale not in LOCALES:
        raise fields.fault("locale", "unknown", allowed=list(LOCALES))
    currency = fields.text("currency", now.currency)
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha() or not currency.isupper():
        raise fields.fault("currency", "not_a_currency")
    changed = replace(
        now,
        name=fields.text("name", now.name, longest=120),
        tagline=fields.text("tagline", now.tagline, shortest=0, longest=160),
        description=fields.text("description", now.description, shortest=0, longest=4000),
        phone=phone_of(catalogue, fields, now.phone, phones),
        photo_url=url_of(fields, "photo_url", now.photo_url),
        zone=zone_of(fields, now.zone),
        locale=locale,
        currency=currency,
        rules=_rules(rules, now.rules) if rules else now.rules,
        messages=_messages(messages, now.messages) if messages else now.messages,
    )
    fields.finish()
    return {
        name: getattr(changed, name)
        for name in Business.__dataclass_fields__
        if getattr(changed, name) != getattr(now, name)
    }


def phone_of(catalogue: Catalogue, fields: Fields, now: str | None, phones: Phones) -> str | None:
    """``phone``, in any spelling; null or empty removes it."""
    if not fields.has("phone"):
        return now
    typed = fields.text("phone", "", shortest=0, longest=40)
    return phones.parse(typed, region_of(catalogue)) if typed else None


def service_of(
    catalogue: Catalogue, fields: Fields, current: Service | None, service_id: UUID, position: int
) -> Service:
    """A service by its fields, over ``current`` or the defaults: an hour, for nothing, for one person."""
    base = current or Service(service_id, "", 60, 0)
    fields.same("currency", catalogue.business.currency)
    service = replace(
        base,
        title=fields.text("title", base.title or None, longest=120),
        duration=fields.integer("duration_minutes", base.duration, 1, MAX_DURATION),
        price=fields.integer("price", base.price, 0, MAX_PRICE),
        price_kind=fields.choice("price_kind", PriceKind, base.price_kind),
        price_max=fields.optional_integer("price_max", base.price_max, 0, MAX_PRICE),
        description=fields.text("description", base.description, shortest=0, longest=4000),
        category_id=fields.uuid("category_id", base.category_id),
        buffer_before=fields.integer("buffer_before", base.buffer_before, 0, DAY // 2),
        buffer_after=fields.integer("buffer_after", base.buffer_after, 0, DAY // 2),
        capacity=fields.integer("capacity", base.capacity, 1, 200),
        staff_needed=fields.integer("staff_needed", base.staff_needed, 1, MOST_TOGETHER),
        online=fields.boolean("online", default=base.online),
        processing=_processing(fields, base.processing),
        rooms=fields.uuids("room_ids", base.rooms, catalogue.rooms.__contains__),
        room_need=fields.choice("room_need", RoomNeed, base.room_need),
        addon_ids=fields.uuids("addon_ids", base.addon_ids, catalogue.addons.__contains__),
        rules=_service_rules(fields.inner("booking_rules"), base.rules),
        colour=fields.text("colour", base.colour, shortest=0, longest=20),
        photo_url=url_of(fields, "photo_url", base.photo_url),
        position=fields.integer("position", position, 0, 30_000),
        archived=fields.boolean("archived", default=base.archived),
    )
    if service.category_id is not None and service.category_id not in catalogue.categories:
        raise fields.fault("category_id", "not_found")
    if service.price_kind is PriceKind.RANGE and service.price_max is None:
        raise fields.fault("price_max", "required")
    if service.price_max is not None and service.price_max < service.price:
        raise fields.fault("price_max", "below_price")
    if service.buffer_before + service.duration + service.buffer_after > MAX_DURATION:
        raise fields.fault("duration_minutes", "too_long", max=MAX_DURATION)
    if service.capacity > 1 and service.staff_needed > 1:
        raise fields.fault("staff_needed", "group_service")
    if service.processing is not None and sum(service.processing) >= service.duration:
        raise fields.fault("processing", "beyond_the_visit")
    return service


def _processing(fields: Fields, current: tuple[int, int] | None) -> tuple[int, int] | None:
    """``{"offset", "minutes"}`` within the visit, or null."""
    if not fields.has("processing"):
        return current
    inner = fields.inner("processing")
    if inner is None:
        return None
    found = (inner.integer("offset", None, 1, MAX_DURATION), inner.integer("minutes", None, 1, MAX_DURATION))
    inner.finish()
    return found


def _service_rules(fields: Fields | None, now: ServiceRules) -> ServiceRules:
    """Its own values of the business's rules; null takes one away."""
    if fields is None:
        return now
    rules = ServiceRules(
        slot_step_minutes=fields.optional_integer("slot_step_minutes", now.slot_step_minutes, 1, DAY),
        grid_start=_wall_or_minutes(fields, "grid_start", now.grid_start),
        min_notice_minutes=fields.optional_integer(
            "min_notice_minutes", now.min_notice_minutes, 0, _MAX_NOTICE
        ),
        horizon_days=fields.optional_integer("horizon_days", now.horizon_days, 0, _MAX_HORIZON),
        horizon_until=fields.day("horizon_until") if fields.has("horizon_until") else now.horizon_until,
        same_day_cutoff=_wall_or_minutes(fields, "same_day_cutoff", now.same_day_cutoff),
        auto_confirm=_optional_flag(fields, "auto_confirm", now.auto_confirm),
        pending_minutes=fields.optional_integer("pending_minutes", now.pending_minutes, 1, _MAX_PENDING),
        buffers_within_hours=_optional_flag(fields, "buffers_within_hours", now.buffers_within_hours),
        max_visits_per_day=fields.optional_integer("max_visits_per_day", now.max_visits_per_day, 1, 1000),
        max_minutes_per_day=fields.optional_integer("max_minutes_per_day", now.max_minutes_per_day, 1, DAY),
        max_active_per_client=fields.optional_integer(
            "max_active_per_client", now.max_active_per_client, 1, 1000
        ),
        cancel_until_minutes=fields.optional_integer(
            "cancel_until_minutes", now.cancel_until_minutes, 0, _MAX_NOTICE
        ),
        reschedule_until_minutes=fields.optional_integer(
            "reschedule_until_minutes", now.reschedule_until_minutes, 0, _MAX_NOTICE
        ),
        max_reschedules=fields.optional_integer("max_reschedules", now.max_reschedules, 0, 1000),
        gap_mode=_optional_gap_mode(fields, now.gap_mode),
    )
    fields.finish()
    return rules


def _optional_flag(fields: Fields, name: str, now: bool | None) -> bool | None:
    """True, false, or null for none of its own."""
    if not fields.has(name):
        return now
    return None if fields.raw(name) is None else fields.boolean(name, default=True)


def _optional_gap_mode(fields: Fields, now: GapMode | None) -> GapMode | None:
    if not fields.has("gap_mode"):
        return now
    return None if fields.raw("gap_mode") is None else fields.choice("gap_mode", GapMode, None)


def _rules(fields: Fields, now: BookingRules) -> BookingRules:
    rules = BookingRules(
        slot_step_minutes=fields.integer("slot_step_minutes", now.slot_step_minutes, 1, DAY),
        grid_start=_wall_or_minutes(fields, "grid_start", now.grid_start) or 0,
        min_notice_minutes=fields.integer("min_notice_minutes", now.min_notice_minutes, 0, _MAX_NOTICE),
        horizon_days=fields.integer("horizon_days", now.horizon_days, 0, _MAX_HORIZON),
        horizon_until=fields.day("horizon_until") if fields.has("horizon_until") else now.horizon_until,
        same_day_cutoff=_wall_or_minutes(fields, "same_day_cutoff", now.same_day_cutoff),
        auto_confirm=fields.boolean("auto_confirm", default=now.auto_confirm),
        pending_minutes=fields.integer("pending_minutes", now.pending_minutes, 1, _MAX_PENDING),
        buffers_within_hours=fields.boolean("buffers_within_hours", default=now.buffers_within_hours),
        max_visits_per_day=fields.optional_integer("max_visits_per_day", now.max_visits_per_day, 1, 1000),
        max_minutes_per_day=fields.optional_integer("max_minutes_per_day", now.max_minutes_per_day, 1, DAY),
        max_active_per_client=fields.optional_integer(
            "max_active_per_client", now.max_active_per_client, 1, 1000
        ),
        cancel_until_minutes=fields.integer("cancel_until_minutes", now.cancel_until_minutes, 0, _MAX_NOTICE),
        reschedule_until_minutes=fields.integer(
            "reschedule_until_minutes", now.reschedule_until_minutes, 0, _MAX_NOTICE
        ),
        max_reschedules=fields.optional_integer("max_reschedules", now.max_reschedules, 0, 1000),
        any_staff=fields.choice("any_staff", AnyStaffChoice, now.any_staff),
        gap_mode=fields.choice("gap_mode", GapMode, now.gap_mode),
        web_confirmation=fields.choice("web_confirmation", WebConfirmation, now.web_confirmation),
    )
    fields.finish()
    return rules


def _messages(fields: Fields, now: MessageRules) -> MessageRules:
    value = fields.raw("reminders_minutes")
    reminders = now.reminders_minutes
    if value is not None:
        if not isinstance(value, list | tuple) or len(value) > 5:
            raise fields.fault("reminders_minutes", "not_a_list")
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            raise fields.fault("reminders_minutes", "not_a_number")
        if not all(10 <= item <= 30 * DAY for item in value):
            raise fields.fault("reminders_minutes", "out_of_range", min=10, max=30 * DAY)
        reminders = tuple(sorted(set(value), reverse=True))
    rules = MessageRules(
        reminders_minutes=reminders,
        quiet_from=_wall_or_minutes(fields, "quiet_from", now.quiet_from) or 0,
        quiet_until=_wall_or_minutes(fields, "quiet_until", now.quiet_until) or 0,
    )
    fields.finish()
    return rules


def _wall_or_minutes(fields: Fields, name: str, now: int | None) -> int | None:
    """A time of day within the day, as HH:MM or as minutes after midnight."""
    if not fields.has(name):
        return now
    value = fields.raw(name)
    if value is None:
        return None
    minutes = wall_minutes(value) if isinstance(value, str) else value
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 <= minutes < DAY:
        raise fields.fault(name, "not_a_time")
    return minutes


def zone_of(fields: Fields, now: ZoneInfo) -> ZoneInfo:
    """``timezone``, an IANA name."""
    name = fields.text("timezone", now.key)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise fields.fault("timezone", "unknown") from None


def url_of(fields: Fields, name: str, now: str | None) -> str | None:
    if not fields.has(name):
        return now
    url = fields.text(name, "", shortest=0, longest=500)
    if url and not url.startswith(("https://", "http://", "/")):
        raise fields.fault(name, "not_a_url")
    return url or None
