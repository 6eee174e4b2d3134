"""Bookings, group sessions and the claims that judge every race.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES: Final = (
    "bookings",
    "sessions",
    "booking_segments",
    "booking_timeline",
    "claims",
)

STATEMENTS: Final = (
    """
CREATE TABLE bookings (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    client_id uuid NOT NULL,
    location_id uuid NOT NULL,
    status text NOT NULL,
    source text NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    zone text NOT NULL,
    total bigint NOT NULL,
    currency text NOT NULL,
    seats smallint DEFAULT '1' NOT NULL,
    comment text DEFAULT '' NOT NULL,
    version integer DEFAULT '1' NOT NULL,
    reschedules smallint DEFAULT '0' NOT NULL,
    expires_at timestamptz,
    attendance_confirmed_at timestamptz,
    cancel_reason text DEFAULT '' NOT NULL,
    series_id uuid,
    request_key text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_bookings PRIMARY KEY (id),
    CONSTRAINT fk_bookings_business_id_client_id FOREIGN KEY (business_id, client_id) REFERENCES clients
        (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_bookings_business_id_location_id FOREIGN KEY (business_id, location_id) REFERENCES
        locations (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_bookings_status CHECK (status IN ('draft', 'pending', 'deposit_required', 'confirmed',
        'in_progress', 'completed', 'cancelled', 'no_show', 'expired')),
    CONSTRAINT ck_bookings_source CHECK (source IN ('telegram', 'vk', 'miniapp', 'web', 'admin', 'api',
        'yclients', 'phone')),
    CONSTRAINT ck_bookings_interval CHECK (start_at < end_at),
    CONSTRAINT ck_bookings_money CHECK (total >= 0 AND currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_bookings_counts CHECK (seats >= 1 AND version >= 1 AND reschedules >= 0)
)
    """,
    """
CREATE INDEX ix_bookings_business_id_start_at ON bookings (business_id, start_at, id)
    """,
    """
CREATE INDEX ix_bookings_client_id_start_at ON bookings (client_id, start_at)
    """,
    """
CREATE INDEX ix_bookings_expires_at ON bookings (expires_at) WHERE expires_at IS NOT NULL
    """,
    """
CREATE INDEX ix_bookings_location_id ON bookings (location_id)
    """,
    """
CREATE INDEX ix_bookings_series_id ON bookings (series_id) WHERE series_id IS NOT NULL
    """,
    """
CREATE INDEX ix_bookings_waiting ON bookings (business_id, start_at, id) WHERE status = 'pending'
    """,
    """
CREATE UNIQUE INDEX uq_bookings_request_key ON bookings (business_id, request_key)
    WHERE request_key IS NOT NULL
    """,
    """
CREATE TABLE sessions (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    service_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    location_id uuid NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    capacity smallint NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions_business_id_service_id FOREIGN KEY (business_id, service_id) REFERENCES
        services (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_sessions_business_id_staff_id FOREIGN KEY (business_id, staff_id) REFERENCES staff
        (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_sessions_business_id_location_id FOREIGN KEY (business_id, location_id) REFERENCES
        locations (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_sessions_interval CHECK (start_at < end_at),
    CONSTRAINT ck_sessions_capacity CHECK (capacity BETWEEN 1 AND 500)
)
    """,
    """
CREATE INDEX ix_sessions_location_id ON sessions (location_id)
    """,
    """
CREATE INDEX ix_sessions_service_id ON sessions (service_id)
    """,
    """
CREATE UNIQUE INDEX uq_sessions_start ON sessions (staff_id, start_at, service_id) WHERE active
    """,
    """
CREATE TABLE booking_segments (
    id uuid DEFAULT uuidv7() NOT NULL,
    booking_id uuid NOT NULL,
    position smallint NOT NULL,
    service_id uuid NOT NULL,
    service_title text NOT NULL,
    staff_id uuid NOT NULL,
    staff_name text NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    buffer_before smallint NOT NULL,
    buffer_after smallint NOT NULL,
    price bigint NOT NULL,
    addons jsonb DEFAULT '[]'::jsonb NOT NULL,
    room_ids uuid[] DEFAULT '{}' NOT NULL,
    session_id uuid,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT pk_booking_segments PRIMARY KEY (id),
    CONSTRAINT uq_booking_segments_booking_id_position UNIQUE (booking_id, position),
    CONSTRAINT ck_booking_segments_interval CHECK (start_at < end_at),
    CONSTRAINT ck_booking_segments_amounts CHECK (price >= 0 AND buffer_before >= 0 AND buffer_after >=
        0),
    CONSTRAINT ck_booking_segments_addons CHECK (jsonb_typeof(addons) = 'array'),
    CONSTRAINT fk_booking_segments_booking_id FOREIGN KEY (booking_id) REFERENCES bookings (id) ON
        DELETE CASCADE,
    CONSTRAINT fk_booking_segments_service_id FOREIGN KEY (service_id) REFERENCES services (id) ON
        DELETE RESTRICT,
    CONSTRAINT fk_booking_segments_staff_id FOREIGN KEY (staff_id) REFERENCES staff (id) ON DELETE
        RESTRICT,
    CONSTRAINT fk_booking_segments_session_id FOREIGN KEY (session_id) REFERENCES sessions (id) ON
        DELETE RESTRICT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02)
    """,
    """
CREATE INDEX ix_booking_segments_load ON booking_segments (staff_id, start_at) INCLUDE (end_at, booking_id)
    WHERE active AND session_id IS NULL
    """,
    """
CREATE INDEX ix_booking_segments_session_id ON booking_segments (session_id) WHERE session_id IS NOT NULL
    """,
    """
CREATE INDEX ix_booking_segments_staff_id_id ON booking_segments (staff_id, id)
    """,
    """
CREATE TABLE booking_timeline (
    id uuid DEFAULT uuidv7() NOT NULL,
    booking_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text DEFAULT '' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    before jsonb DEFAULT '{}'::jsonb NOT NULL,
    after jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_booking_timeline PRIMARY KEY (id),
    CONSTRAINT ck_booking_timeline_actor_kind CHECK (actor_kind IN ('client', 'member', 'token',
        'system', 'anonymous')),
    CONSTRAINT fk_booking_timeline_booking_id FOREIGN KEY (booking_id) REFERENCES bookings (id) ON
        DELETE CASCADE
)
    """,
    """
CREATE INDEX ix_booking_timeline_booking_id_at ON booking_timeline (booking_id, at, id)
    """,
    """
CREATE TABLE claims (
    id bigserial NOT NULL,
    business_id uuid NOT NULL,
    booking_id uuid,
    session_id uuid,
    resource_id uuid NOT NULL,
    lane smallint NOT NULL,
    lead integer NOT NULL,
    start integer NOT NULL,
    stop integer NOT NULL,
    trail integer NOT NULL,
    with_before tstzrange GENERATED ALWAYS AS (tstzrange(to_timestamp(lead::double precision *
        60::double precision), to_timestamp(stop::double precision * 60::double precision))) STORED NOT
        NULL,
    with_after tstzrange GENERATED ALWAYS AS (tstzrange(to_timestamp(start::double precision *
        60::double precision), to_timestamp(trail::double precision * 60::double precision))) STORED NOT
        NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT pk_claims PRIMARY KEY (id),
    CONSTRAINT ck_claims_holder CHECK (num_nonnulls(booking_id, session_id) = 1),
    CONSTRAINT ck_claims_lane CHECK (lane >= 0),
    CONSTRAINT ck_claims_order CHECK (lead <= start AND start < stop AND stop <= trail),
    CONSTRAINT ck_claims_length CHECK (trail - lead <= 1440),
    CONSTRAINT ex_claims_with_before EXCLUDE USING gist (uuid_hash(resource_id) WITH =, with_before WITH
        &&, resource_id WITH =, lane WITH =, coalesce(booking_id, session_id) WITH <>) WHERE (active),
    CONSTRAINT ex_claims_with_after EXCLUDE USING gist (uuid_hash(resource_id) WITH =, with_after WITH
        &&, resource_id WITH =, lane WITH =, coalesce(booking_id, session_id) WITH <>) WHERE (active),
    CONSTRAINT fk_claims_booking_id FOREIGN KEY (booking_id) REFERENCES bookings (id) ON DELETE CASCADE,
    CONSTRAINT fk_claims_session_id FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02)
    """,
    """
CREATE INDEX ix_claims_booking_id ON claims (booking_id) WHERE booking_id IS NOT NULL
    """,
    """
CREATE INDEX ix_claims_resource_id_lead ON claims (resource_id, lead) INCLUDE (start, stop, trail, lane)
    WHERE active
    """,
    """
CREATE INDEX ix_claims_session_id ON claims (session_id) WHERE session_id IS NOT NULL
    """,
)


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.drop_table(table)
