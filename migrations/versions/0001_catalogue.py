"""Businesses and what they offer: places, services, people, hours.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: For uuidv7().
POSTGRESQL: Final = 180_000

TABLES: Final = (
    "businesses",
    "locations",
    "location_hours",
    "rooms",
    "categories",
    "services",
    "service_rooms",
    "addons",
    "service_addons",
    "staff",
    "staff_locations",
    "staff_services",
    "working_rules",
    "schedule_exceptions",
)

STATEMENTS: Final = (
    """
CREATE TABLE businesses (
    id uuid DEFAULT uuidv7() NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    tagline text DEFAULT '' NOT NULL,
    description text DEFAULT '' NOT NULL,
    zone text NOT NULL,
    locale text NOT NULL,
    currency text NOT NULL,
    phone text,
    photo_url text,
    rules jsonb DEFAULT '{}'::jsonb NOT NULL,
    messages jsonb DEFAULT '{}'::jsonb NOT NULL,
    catalog_version bigint DEFAULT '1' NOT NULL,
    CONSTRAINT pk_businesses PRIMARY KEY (id),
    CONSTRAINT ck_businesses_slug CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
    CONSTRAINT ck_businesses_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_businesses_name CHECK (name <> ''),
    CONSTRAINT ck_businesses_settings CHECK (jsonb_typeof(rules) = 'object' AND jsonb_typeof(messages) =
        'object'),
    CONSTRAINT uq_businesses_slug UNIQUE (slug)
)
    """,
    """
CREATE TABLE locations (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    name text NOT NULL,
    address text DEFAULT '' NOT NULL,
    zone text NOT NULL,
    latitude float,
    longitude float,
    directions text DEFAULT '' NOT NULL,
    position smallint DEFAULT '0' NOT NULL,
    CONSTRAINT pk_locations PRIMARY KEY (id),
    CONSTRAINT uq_locations_business_id_id UNIQUE (business_id, id),
    CONSTRAINT fk_locations_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT
)
    """,
    """
CREATE TABLE location_hours (
    id uuid DEFAULT uuidv7() NOT NULL,
    location_id uuid NOT NULL,
    weekday smallint NOT NULL,
    start_minute smallint NOT NULL,
    end_minute smallint NOT NULL,
    CONSTRAINT pk_location_hours PRIMARY KEY (id),
    CONSTRAINT ck_location_hours_weekday CHECK (weekday BETWEEN 0 AND 6),
    CONSTRAINT ck_location_hours_minutes CHECK (0 <= start_minute AND start_minute < end_minute AND
        end_minute <= 1440),
    CONSTRAINT fk_location_hours_location_id FOREIGN KEY (location_id) REFERENCES locations (id) ON
        DELETE CASCADE
)
    """,
    """
CREATE INDEX ix_location_hours_location_id ON location_hours (location_id)
    """,
    """
CREATE TABLE rooms (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    location_id uuid NOT NULL,
    title text NOT NULL,
    kind text DEFAULT '' NOT NULL,
    places smallint DEFAULT '1' NOT NULL,
    CONSTRAINT pk_rooms PRIMARY KEY (id),
    CONSTRAINT ck_rooms_places CHECK (places BETWEEN 1 AND 200),
    CONSTRAINT fk_rooms_business_id_location_id FOREIGN KEY (business_id, location_id) REFERENCES
        locations (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT uq_rooms_business_id_id UNIQUE (business_id, id)
)
    """,
    """
CREATE INDEX ix_rooms_location_id ON rooms (location_id)
    """,
    """
CREATE TABLE categories (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    title text NOT NULL,
    position smallint DEFAULT '0' NOT NULL,
    CONSTRAINT pk_categories PRIMARY KEY (id),
    CONSTRAINT uq_categories_business_id_id UNIQUE (business_id, id),
    CONSTRAINT fk_categories_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT
)
    """,
    """
CREATE TABLE services (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    category_id uuid,
    title text NOT NULL,
    description text DEFAULT '' NOT NULL,
    duration smallint NOT NULL,
    price bigint NOT NULL,
    price_kind text DEFAULT 'fixed' NOT NULL,
    price_max bigint,
    buffer_before smallint DEFAULT '0' NOT NULL,
    buffer_after smallint DEFAULT '0' NOT NULL,
    capacity smallint DEFAULT '1' NOT NULL,
    online boolean DEFAULT true NOT NULL,
    processing_offset smallint,
    processing_minutes smallint,
    room_need text DEFAULT 'any' NOT NULL,
    rules jsonb DEFAULT '{}'::jsonb NOT NULL,
    colour text DEFAULT '' NOT NULL,
    photo_url text,
    position smallint DEFAULT '0' NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_services PRIMARY KEY (id),
    CONSTRAINT ck_services_duration CHECK (duration BETWEEN 1 AND 1440),
    CONSTRAINT ck_services_price CHECK (price >= 0 AND (price_max IS NULL OR price_max >= price)),
    CONSTRAINT ck_services_price_kind CHECK (price_kind IN ('fixed', 'from', 'range')),
    CONSTRAINT ck_services_buffers CHECK (buffer_before BETWEEN 0 AND 1440 AND buffer_after BETWEEN 0
        AND 1440),
    CONSTRAINT ck_services_capacity CHECK (capacity BETWEEN 1 AND 500),
    CONSTRAINT ck_services_processing CHECK ((processing_offset IS NULL) = (processing_minutes IS NULL)
        AND (processing_offset IS NULL OR (processing_offset >= 0 AND processing_minutes > 0 AND
        processing_offset + processing_minutes <= duration))),
    CONSTRAINT ck_services_room_need CHECK (room_need IN ('all', 'any')),
    CONSTRAINT fk_services_business_id_category_id FOREIGN KEY (business_id, category_id) REFERENCES
        categories (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT uq_services_business_id_id UNIQUE (business_id, id),
    CONSTRAINT fk_services_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT
)
    """,
    """
CREATE INDEX ix_services_category_id ON services (category_id)
    """,
    """
CREATE TABLE service_rooms (
    service_id uuid NOT NULL,
    room_id uuid NOT NULL,
    position smallint DEFAULT '0' NOT NULL,
    CONSTRAINT pk_service_rooms PRIMARY KEY (service_id, room_id),
    CONSTRAINT fk_service_rooms_service_id FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE
        CASCADE,
    CONSTRAINT fk_service_rooms_room_id FOREIGN KEY (room_id) REFERENCES rooms (id) ON DELETE CASCADE
)
    """,
    """
CREATE INDEX ix_service_rooms_room_id ON service_rooms (room_id)
    """,
    """
CREATE TABLE addons (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    title text NOT NULL,
    duration smallint NOT NULL,
    price bigint NOT NULL,
    position smallint DEFAULT '0' NOT NULL,
    CONSTRAINT pk_addons PRIMARY KEY (id),
    CONSTRAINT ck_addons_amounts CHECK (duration BETWEEN 0 AND 1440 AND price >= 0),
    CONSTRAINT uq_addons_business_id_id UNIQUE (business_id, id),
    CONSTRAINT fk_addons_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT
)
    """,
    """
CREATE TABLE service_addons (
    service_id uuid NOT NULL,
    addon_id uuid NOT NULL,
    position smallint DEFAULT '0' NOT NULL,
    CONSTRAINT pk_service_addons PRIMARY KEY (service_id, addon_id),
    CONSTRAINT fk_service_addons_service_id FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE
        CASCADE,
    CONSTRAINT fk_service_addons_addon_id FOREIGN KEY (addon_id) REFERENCES addons (id) ON DELETE CASCADE
)
    """,
    """
CREATE INDEX ix_service_addons_addon_id ON service_addons (addon_id)
    """,
    """
CREATE TABLE staff (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    name text NOT NULL,
    profession text DEFAULT '' NOT NULL,
    bio text DEFAULT '' NOT NULL,
    photo_url text,
    phone text,
    follows_location boolean DEFAULT false NOT NULL,
    priority smallint DEFAULT '0' NOT NULL,
    position smallint DEFAULT '0' NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_staff PRIMARY KEY (id),
    CONSTRAINT ck_staff_name CHECK (name <> ''),
    CONSTRAINT uq_staff_business_id_id UNIQUE (business_id, id),
    CONSTRAINT fk_staff_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT
)
    """,
    """
CREATE TABLE staff_locations (
    staff_id uuid NOT NULL,
    location_id uuid NOT NULL,
    position smallint DEFAULT '0' NOT NULL,
    CONSTRAINT pk_staff_locations PRIMARY KEY (staff_id, location_id),
    CONSTRAINT fk_staff_locations_staff_id FOREIGN KEY (staff_id) REFERENCES staff (id) ON DELETE CASCADE,
    CONSTRAINT fk_staff_locations_location_id FOREIGN KEY (location_id) REFERENCES locations (id) ON
        DELETE CASCADE
)
    """,
    """
CREATE INDEX ix_staff_locations_location_id ON staff_locations (location_id)
    """,
    """
CREATE TABLE staff_services (
    staff_id uuid NOT NULL,
    service_id uuid NOT NULL,
    duration smallint,
    price bigint,
    CONSTRAINT pk_staff_services PRIMARY KEY (staff_id, service_id),
    CONSTRAINT ck_staff_services_amounts CHECK (duration BETWEEN 1 AND 1440 AND price >= 0),
    CONSTRAINT fk_staff_services_staff_id FOREIGN KEY (staff_id) REFERENCES staff (id) ON DELETE CASCADE,
    CONSTRAINT fk_staff_services_service_id FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE
        CASCADE
)
    """,
    """
CREATE INDEX ix_staff_services_service_id ON staff_services (service_id)
    """,
    """
CREATE TABLE working_rules (
    id uuid DEFAULT uuidv7() NOT NULL,
    staff_id uuid NOT NULL,
    kind text NOT NULL,
    start_minute smallint NOT NULL,
    end_minute smallint NOT NULL,
    weekday smallint,
    parity text,
    cycle_anchor date,
    cycle_on smallint,
    cycle_off smallint,
    location_id uuid,
    valid_from date,
    valid_until date,
    CONSTRAINT pk_working_rules PRIMARY KEY (id),
    CONSTRAINT ck_working_rules_kind CHECK (kind IN ('work', 'break')),
    CONSTRAINT ck_working_rules_minutes CHECK (0 <= start_minute AND start_minute < end_minute AND
        end_minute <= 1440),
    CONSTRAINT ck_working_rules_weekday CHECK (weekday BETWEEN 0 AND 6),
    CONSTRAINT ck_working_rules_parity CHECK (parity IN ('odd', 'even')),
    CONSTRAINT ck_working_rules_cycle CHECK (num_nonnulls(cycle_anchor, cycle_on, cycle_off) IN (0, 3)
        AND cycle_on > 0 AND cycle_off >= 0),
    CONSTRAINT fk_working_rules_staff_id FOREIGN KEY (staff_id) REFERENCES staff (id) ON DELETE CASCADE,
    CONSTRAINT fk_working_rules_location_id FOREIGN KEY (location_id) REFERENCES locations (id) ON
        DELETE CASCADE
)
    """,
    """
CREATE INDEX ix_working_rules_location_id ON working_rules (location_id)
    """,
    """
CREATE INDEX ix_working_rules_staff_id ON working_rules (staff_id)
    """,
    """
CREATE TABLE schedule_exceptions (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    date date NOT NULL,
    type text NOT NULL,
    start_minute smallint,
    end_minute smallint,
    staff_id uuid,
    location_id uuid,
    reason text DEFAULT '' NOT NULL,
    CONSTRAINT pk_schedule_exceptions PRIMARY KEY (id),
    CONSTRAINT ck_schedule_exceptions_type CHECK (type IN ('closed', 'open_custom', 'open_extra')),
    CONSTRAINT ck_schedule_exceptions_interval CHECK ((start_minute IS NULL) = (end_minute IS NULL)),
    CONSTRAINT ck_schedule_exceptions_minutes CHECK (0 <= start_minute AND start_minute < end_minute AND
        end_minute <= 1440),
    CONSTRAINT ck_schedule_exceptions_opening CHECK (type = 'closed' OR start_minute IS NOT NULL),
    CONSTRAINT ck_schedule_exceptions_scope CHECK (num_nonnulls(staff_id, location_id) <= 1),
    CONSTRAINT fk_schedule_exceptions_business_id_staff_id FOREIGN KEY (business_id, staff_id)
        REFERENCES staff (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_schedule_exceptions_business_id_location_id FOREIGN KEY (business_id, location_id)
        REFERENCES locations (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_schedule_exceptions_business_id FOREIGN KEY (business_id) REFERENCES businesses (id)
        ON DELETE RESTRICT
)
    """,
    """
CREATE INDEX ix_schedule_exceptions_business_id_date ON schedule_exceptions (business_id, date)
    """,
    """
CREATE INDEX ix_schedule_exceptions_location_id ON schedule_exceptions (location_id)
    """,
    """
CREATE INDEX ix_schedule_exceptions_staff_id ON schedule_exceptions (staff_id)
    """,
)


def upgrade() -> None:
    """Create them. Raises RuntimeError on a PostgreSQL that is too old."""
    version = op.get_bind().exec_driver_sql("SHOW server_version_num").scalar_one()
    if int(version) < POSTGRESQL:
        raise RuntimeError(f"PostgreSQL {POSTGRESQL // 10_000} or newer is needed, this is {version}")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the extension stays, others may use it."""
    for table in reversed(TABLES):
        op.drop_table(table)
