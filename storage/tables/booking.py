"""Bookings, group sessions, and the history."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from core.domain.actor import ActorKind
from core.domain.booking import BookingSource, BookingStatus
from storage.tables.base import (
    amount,
    document,
    inside,
    key,
    metadata,
    moment,
    one_of,
    ref,
    tenant,
    within,
    words,
)

bookings = Table(
    "bookings",
    metadata,
    key(),
    tenant(),
    within("client_id"),
    within("location_id", index=True),
    Column("status", Text, nullable=False),
    Column("source", Text, nullable=False),
    moment("start_at"),
    moment("end_at"),
    Column("zone", Text, nullable=False),
    amount("total"),
    Column("currency", Text, nullable=False),
    Column("seats", SmallInteger, nullable=False, server_default="1"),
    words("comment"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("reschedules", SmallInteger, nullable=False, server_default="0"),
    moment("expires_at", nullable=True),
    moment("attendance_confirmed_at", nullable=True),
    words("cancel_reason"),
    Column("series_id", UUID(as_uuid=True)),
    words("request_key", nullable=True),
    moment("created_at"),
    moment("updated_at"),
    Column("awaits_client", Boolean, nullable=False, server_default=text("false")),
    inside("client_id", "clients"),
    inside("location_id", "locations"),
    one_of("status", BookingStatus),
    one_of("source", BookingSource),
    CheckConstraint(
        "NOT awaits_client OR status IN ('pending', 'cancelled', 'expired')", name="awaits_client"
    ),
    CheckConstraint("start_at < end_at", name="interval"),
    CheckConstraint("total >= 0 AND currency ~ '^[A-Z]{3}$'", name="money"),
    CheckConstraint("seats >= 1 AND version >= 1 AND reschedules >= 0", name="counts"),
    Index("ix_bookings_business_id_start_at", "business_id", "start_at", "id"),
    Index("ix_bookings_business_id_created_at", "business_id", "created_at", "id"),
    Index("ix_bookings_client_id_start_at", "client_id", "start_at"),
    Index("ix_bookings_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    Index(
        "ix_bookings_waiting", "business_id", "start_at", "id", postgresql_where=text("status = 'pending'")
    ),
    Index("ix_bookings_series_id", "series_id", postgresql_where=text("series_id IS NOT NULL")),
    Index(
        "uq_bookings_request_key",
        "business_id",
        "request_key",
        unique=True,
        postgresql_where=text("request_key IS NOT NULL"),
    ),
)

#: Titles, names and prices are those of the day of booking; ``addons``: [{addon_id, title, duration, price}].
#: ``active``: the booking holds its time, so this is work that its staff have. ``assistant_ids`` (sorted) do
#: it together with ``staff_id``.
booking_segments = Table(
    "booking_segments",
    metadata,
    key(),
    ref("booking_id", "bookings", ondelete="CASCADE"),
    Column("position", SmallInteger, nullable=False),
    ref("service_id", "services"),
    Column("service_title", Text, nullable=False),
    ref("staff_id", "staff"),
    Column("staff_name", Text, nullable=False),
    moment("start_at"),
    moment("end_at"),
    Column("buffer_before", SmallInteger, nullable=False),
    Column("buffer_after", SmallInteger, nullable=False),
    amount("price"),
    document("addons", "[]"),
    Column("room_ids", ARRAY(UUID(as_uuid=True)), nullable=False, server_default="{}"),
    ref("session_id", "sessions", nullable=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("assistant_ids", ARRAY(UUID(as_uuid=True)), nullable=False, server_default="{}"),
    Column("assistant_names", ARRAY(Text), nullable=False, server_default="{}"),
    UniqueConstraint("booking_id", "position"),
    CheckConstraint("start_at < end_at", name="interval"),
    CheckConstraint("price >= 0 AND buffer_before >= 0 AND buffer_after >= 0", name="amounts"),
    CheckConstraint("jsonb_typeof(addons) = 'array'", name="addons"),
    CheckConstraint(
        "cardinality(assistant_ids) = cardinality(assistant_names) AND NOT staff_id = ANY (assistant_ids)",
        name="assistants",
    ),
    Index(
        "ix_booking_segments_load",
        "staff_id",
        "start_at",
        postgresql_include=["end_at", "booking_id"],
        postgresql_where=text("active AND session_id IS NULL"),
    ),
    Index("ix_booking_segments_staff_id_booking_id", "staff_id", "booking_id"),
    # Few visits have several masters: those that haven't stay out of it.
    Index(
        "ix_booking_segments_assistant_ids",
        "assistant_ids",
        postgresql_using="gin",
        postgresql_where=text("assistant_ids <> '{}'"),
    ),
    Index("ix_booking_segments_session_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
    # Vacuumed soon after it has grown, so that daily loads are read from the index alone.
    postgresql_with={"autovacuum_vacuum_insert_scale_factor": "0.02"},
)

#: A group service at one start: one claim on the master, many on the seats.
sessions = Table(
    "sessions",
    metadata,
    key(),
    tenant(),
    within("service_id", index=True),
    within("staff_id"),
    within("location_id", index=True),
    moment("start_at"),
    moment("end_at"),
    Column("capacity", SmallInteger, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    inside("service_id", "services"),
    inside("staff_id", "staff"),
    inside("location_id", "locations"),
    CheckConstraint("start_at < end_at", name="interval"),
    CheckConstraint("capacity BETWEEN 1 AND 500", name="capacity"),
    Index(
        "uq_sessions_start",
        "staff_id",
        "start_at",
        "service_id",
        unique=True,
        postgresql_where=text("active"),
    ),
)

booking_timeline = Table(
    "booking_timeline",
    metadata,
    key(),
    ref("booking_id", "bookings", ondelete="CASCADE"),
    moment("at"),
    Column("event", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", UUID(as_uuid=True)),
    words("actor_name"),
    words("reason"),
    document("before"),
    document("after"),
    one_of("actor_kind", ActorKind),
    Index("ix_booking_timeline_booking_id_at", "booking_id", "at", "id"),
)
