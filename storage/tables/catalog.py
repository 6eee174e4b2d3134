"""Businesses and what they offer."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    Index,
    SmallInteger,
    Table,
    Text,
    text,
)

from core.domain.catalog import PriceKind, RoomNeed
from core.domain.schedule import ExceptionType, Parity
from storage.tables.base import (
    amount,
    document,
    inside,
    key,
    metadata,
    minutes,
    one_of,
    position,
    ref,
    referred,
    tenant,
    within,
    words,
)

businesses = Table(
    "businesses",
    metadata,
    key(),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    words("tagline"),
    words("description"),
    Column("zone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("currency", Text, nullable=False),
    words("phone", nullable=True),
    words("photo_url", nullable=True),
    document("rules"),
    document("messages"),
    Column("catalog_version", BigInteger, nullable=False, server_default="1"),
    CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,59}$'", name="slug"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    CheckConstraint("name <> ''", name="name"),
    CheckConstraint("jsonb_typeof(rules) = 'object' AND jsonb_typeof(messages) = 'object'", name="settings"),
)

locations = Table(
    "locations",
    metadata,
    key(),
    ref("business_id", "businesses"),
    Column("name", Text, nullable=False),
    words("address"),
    Column("zone", Text, nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    words("directions"),
    position(),
    referred(),
)

location_hours = Table(
    "location_hours",
    metadata,
    key(),
    ref("location_id", "locations", ondelete="CASCADE", index=True),
    Column("weekday", SmallInteger, nullable=False),
    minutes("start_minute"),
    minutes("end_minute"),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint("0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440", name="minutes"),
)

rooms = Table(
    "rooms",
    metadata,
    key(),
    tenant(),
    within("location_id", index=True),
    Column("title", Text, nullable=False),
    words("kind"),
    Column("places", SmallInteger, nullable=False, server_default="1"),
    CheckConstraint("places BETWEEN 1 AND 200", name="places"),
    inside("location_id", "locations"),
    referred(),
)

categories = Table(
    "categories",
    metadata,
    key(),
    ref("business_id", "businesses"),
    Column("title", Text, nullable=False),
    position(),
    referred(),
)

services = Table(
    "services",
    metadata,
    key(),
    ref("business_id", "businesses"),
    within("category_id", nullable=True, index=True),
    Column("title", Text, nullable=False),
    words("description"),
    minutes("duration"),
    amount("price"),
    Column("price_kind", Text, nullable=False, server_default="fixed"),
    amount("price_max", nullable=True),
    minutes("buffer_before", default=0),
    minutes("buffer_after", default=0),
    Column("capacity", SmallInteger, nullable=False, server_default="1"),
    Column("online", Boolean, nullable=False, server_default=text("true")),
    minutes("processing_offset", nullable=True),
    minutes("processing_minutes", nullable=True),
    Column("room_need", Text, nullable=False, server_default="any"),
    document("rules"),
    words("colour"),
    words("photo_url", nullable=True),
    position(),
    Column("archived", Boolean, nullable=False, server_default=text("false")),
    Column("staff_needed", SmallInteger, nullable=False, server_default="1"),
    CheckConstraint("duration BETWEEN 1 AND 1440", name="duration"),
    CheckConstraint("price >= 0 AND (price_max IS NULL OR price_max >= price)", name="price"),
    one_of("price_kind", PriceKind),
    CheckConstraint("buffer_before BETWEEN 0 AND 1440 AND buffer_after BETWEEN 0 AND 1440", name="buffers"),
    CheckConstraint("capacity BETWEEN 1 AND 500", name="capacity"),
    CheckConstraint(
        "staff_needed BETWEEN 1 AND 4 AND (staff_needed = 1 OR capacity = 1)", name="staff_needed"
    ),
    CheckConstraint(
        "(processing_offset IS NULL) = (processing_minutes IS NULL) AND (processing_offset IS NULL OR "
        "(processing_offset >= 0 AND processing_minutes > 0 AND "
        "processing_offset + processing_minutes <= duration))",
        name="processing",
    ),
    one_of("room_need", RoomNeed),
    inside("category_id", "categories"),
    referred(),
)

service_rooms = Table(
    "service_rooms",
    metadata,
    ref("service_id", "services", ondelete="CASCADE", primary_key=True),
    ref("room_id", "rooms", ondelete="CASCADE", primary_key=True, index=True),
    position(),
)

addons = Table(
    "addons",
    metadata,
    key(),
    ref("business_id", "businesses"),
    Column("title", Text, nullable=False),
    minutes("duration"),
    amount("price"),
    position(),
    CheckConstraint("duration BETWEEN 0 AND 1440 AND price >= 0", name="amounts"),
    referred(),
)

service_addons = Table(
    "service_addons",
    metadata,
    ref("service_id", "services", ondelete="CASCADE", primary_key=True),
    ref("addon_id", "addons", ondelete="CASCADE", primary_key=True, index=True),
    position(),
)

staff = Table(
    "staff",
    metadata,
    key(),
    ref("business_id", "businesses"),
    Column("name", Text, nullable=False),
    words("profession"),
    words("bio"),
    words("photo_url", nullable=True),
    words("phone", nullable=True),
    Column("follows_location", Boolean, nullable=False, server_default=text("false")),
    Column("priority", SmallInteger, nullable=False, server_default="0"),
    position(),
    Column("archived", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("name <> ''", name="name"),
    referred(),
)

staff_locations = Table(
    "staff_locations",
    metadata,
    ref("staff_id", "staff", ondelete="CASCADE", primary_key=True),
    ref("location_id", "locations", ondelete="CASCADE", primary_key=True, index=True),
    position(),
)

staff_services = Table(
    "staff_services",
    metadata,
    ref("staff_id", "staff", ondelete="CASCADE", primary_key=True),
    ref("service_id", "services", ondelete="CASCADE", primary_key=True, index=True),
    minutes("duration", nullable=True),
    amount("price", nullable=True),
    CheckConstraint("duration BETWEEN 1 AND 1440 AND price >= 0", name="amounts"),
)

working_rules = Table(
    "working_rules",
    metadata,
    key(),
    ref("staff_id", "staff", ondelete="CASCADE", index=True),
    Column("kind", Text, nullable=False),
    minutes("start_minute"),
    minutes("end_minute"),
    Column("weekday", SmallInteger),
    Column("parity", Text),
    Column("cycle_anchor", Date),
    Column("cycle_on", SmallInteger),
    Column("cycle_off", SmallInteger),
    ref("location_id", "locations", nullable=True, ondelete="CASCADE", index=True),
    Column("valid_from", Date),
    Column("valid_until", Date),
    one_of("kind", ["work", "break"]),
    CheckConstraint("0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440", name="minutes"),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    one_of("parity", Parity),
    CheckConstraint(
        "num_nonnulls(cycle_anchor, cycle_on, cycle_off) IN (0, 3) AND cycle_on > 0 AND cycle_off >= 0",
        name="cycle",
    ),
)

schedule_exceptions = Table(
    "schedule_exceptions",
    metadata,
    key(),
    ref("business_id", "businesses"),
    Column("date", Date, nullable=False),
    Column("type", Text, nullable=False),
    minutes("start_minute", nullable=True),
    minutes("end_minute", nullable=True),
    within("staff_id", nullable=True, index=True),
    within("location_id", nullable=True, index=True),
    words("reason"),
    one_of("type", ExceptionType),
    CheckConstraint("(start_minute IS NULL) = (end_minute IS NULL)", name="interval"),
    CheckConstraint("0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440", name="minutes"),
    CheckConstraint("type = 'closed' OR start_minute IS NOT NULL", name="opening"),
    inside("staff_id", "staff"),
    inside("location_id", "locations"),
    Index("ix_schedule_exceptions_business_id_date", "business_id", "date"),
)
