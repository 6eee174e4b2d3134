"""The first schema: catalogue, people, bookings with their claims, messages.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Equality of keys and overlap of ranges in one exclusion constraint.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "businesses",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tagline", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("photo_url", sa.Text(), nullable=True),
        sa.Column(
            "rules",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "messages",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("catalog_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_businesses_currency")),
        sa.CheckConstraint(
            "jsonb_typeof(rules) = 'object' AND jsonb_typeof(messages) = 'object'",
            name=op.f("ck_businesses_settings"),
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_businesses_name")),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,59}$'", name=op.f("ck_businesses_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_businesses")),
        sa.UniqueConstraint("slug", name=op.f("uq_businesses_slug")),
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(
        "ix_inbox_done_at",
        "inbox",
        ["done_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NOT NULL"),
    )
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["source", "received_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "addons",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("duration", sa.SmallInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("duration BETWEEN 0 AND 1440 AND price >= 0", name=op.f("ck_addons_amounts")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_addons_business_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addons")),
    )
    op.create_index(op.f("ix_addons_business_id"), "addons", ["business_id"], unique=False)
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'ops_manager', 'operator', 'content_manager', 'finance', 'integrations_admin', 'read_only', 'master')",
            name=op.f("ck_api_tokens_role"),
        ),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_api_tokens_token_hash")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_api_tokens_business_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_business_id"), "api_tokens", ["business_id"], unique=False)
    op.create_table(
        "categories",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_categories_business_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
    )
    op.create_index(op.f("ix_categories_business_id"), "categories", ["business_id"], unique=False)
    op.create_table(
        "clients",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("phone ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("ck_clients_phone")),
        sa.CheckConstraint("phone IS NOT NULL OR NOT phone_verified", name=op.f("ck_clients_verified")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_clients_business_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_index("ix_clients_business_id_phone", "clients", ["business_id", "phone"], unique=False)
    op.create_index(
        "uq_clients_verified_phone",
        "clients",
        ["business_id", "phone"],
        unique=True,
        postgresql_where=sa.text("phone_verified"),
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account_key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("profile_locale", sa.Text(), nullable=True),
        sa.Column("chosen_locale", sa.Text(), nullable=True),
        sa.Column("reachable", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('telegram', 'vk')", name=op.f("ck_identities_channel")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_identities_business_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint(
            "channel",
            "account_key",
            "external_id",
            name=op.f("uq_identities_channel_account_key_external_id"),
        ),
    )
    op.create_index(op.f("ix_identities_business_id"), "identities", ["business_id"], unique=False)
    op.create_table(
        "locations",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("directions", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_locations_business_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
    )
    op.create_index(op.f("ix_locations_business_id"), "locations", ["business_id"], unique=False)
    op.create_table(
        "messenger_accounts",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=True),
        sa.CheckConstraint("channel IN ('telegram', 'vk')", name=op.f("ck_messenger_accounts_channel")),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["businesses.id"],
            name=op.f("fk_messenger_accounts_business_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("channel", "key", name=op.f("pk_messenger_accounts")),
    )
    op.create_index(
        op.f("ix_messenger_accounts_business_id"), "messenger_accounts", ["business_id"], unique=False
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profession", sa.Text(), server_default="", nullable=False),
        sa.Column("bio", sa.Text(), server_default="", nullable=False),
        sa.Column("photo_url", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("follows_location", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_staff_name")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_staff_business_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
    )
    op.create_index(op.f("ix_staff_business_id"), "staff", ["business_id"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("seats", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("reschedules", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attendance_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=True),
        sa.Column("request_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "source IN ('telegram', 'vk', 'miniapp', 'web', 'admin', 'api', 'yclients', 'phone')",
            name=op.f("ck_bookings_source"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'pending', 'deposit_required', 'confirmed', 'in_progress', 'completed', 'cancelled', 'no_show', 'expired')",
            name=op.f("ck_bookings_status"),
        ),
        sa.CheckConstraint("total >= 0 AND currency ~ '^[A-Z]{3}$'", name=op.f("ck_bookings_money")),
        sa.CheckConstraint(
            "seats >= 1 AND version >= 1 AND reschedules >= 0", name=op.f("ck_bookings_counts")
        ),
        sa.CheckConstraint("start_at < end_at", name=op.f("ck_bookings_interval")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_bookings_business_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_bookings_client_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_bookings_location_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(
        "ix_bookings_business_id_start_at", "bookings", ["business_id", "start_at", "id"], unique=False
    )
    op.create_index("ix_bookings_client_id_start_at", "bookings", ["client_id", "start_at"], unique=False)
    op.create_index(
        "ix_bookings_expires_at",
        "bookings",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_bookings_location_id"), "bookings", ["location_id"], unique=False)
    op.create_index(
        "ix_bookings_series_id",
        "bookings",
        ["series_id"],
        unique=False,
        postgresql_where=sa.text("series_id IS NOT NULL"),
    )
    op.create_index(
        "ix_bookings_waiting",
        "bookings",
        ["business_id", "start_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "uq_bookings_request_key",
        "bookings",
        ["business_id", "request_key"],
        unique=True,
        postgresql_where=sa.text("request_key IS NOT NULL"),
    )
    op.create_table(
        "client_identities",
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("identity_id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["businesses.id"],
            name=op.f("fk_client_identities_business_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_identities_client_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["identities.id"],
            name=op.f("fk_client_identities_identity_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("business_id", "identity_id", name=op.f("pk_client_identities")),
    )
    op.create_index(op.f("ix_client_identities_client_id"), "client_identities", ["client_id"], unique=False)
    op.create_index(
        op.f("ix_client_identities_identity_id"), "client_identities", ["identity_id"], unique=False
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_consents_client_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(
        "uq_consents_standing",
        "consents",
        ["client_id", "purpose", "version"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "invites",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'ops_manager', 'operator', 'content_manager', 'finance', 'integrations_admin', 'read_only', 'master')",
            name=op.f("ck_invites_role"),
        ),
        sa.CheckConstraint("octet_length(code_hash) = 32", name=op.f("ck_invites_code_hash")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_invites_business_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_invites_staff_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["used_by"], ["identities.id"], name=op.f("fk_invites_used_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_invites")),
    )
    op.create_index(op.f("ix_invites_business_id"), "invites", ["business_id"], unique=False)
    op.create_index(op.f("ix_invites_staff_id"), "invites", ["staff_id"], unique=False)
    op.create_index(op.f("ix_invites_used_by"), "invites", ["used_by"], unique=False)
    op.create_table(
        "location_hours",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("start_minute", sa.SmallInteger(), nullable=False),
        sa.Column("end_minute", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440",
            name=op.f("ck_location_hours_minutes"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_location_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_location_hours_location_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_hours")),
    )
    op.create_index(op.f("ix_location_hours_location_id"), "location_hours", ["location_id"], unique=False)
    op.create_table(
        "members",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'ops_manager', 'operator', 'content_manager', 'finance', 'integrations_admin', 'read_only', 'master')",
            name=op.f("ck_members_role"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_members_business_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_members_staff_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_members_staff_id")),
    )
    op.create_index(op.f("ix_members_business_id"), "members", ["business_id"], unique=False)
    op.create_table(
        "rooms",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("places", sa.SmallInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("places BETWEEN 1 AND 200", name=op.f("ck_rooms_places")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_rooms_business_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_rooms_location_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
    )
    op.create_index(op.f("ix_rooms_business_id"), "rooms", ["business_id"], unique=False)
    op.create_index(op.f("ix_rooms_location_id"), "rooms", ["location_id"], unique=False)
    op.create_table(
        "schedule_exceptions",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("start_minute", sa.SmallInteger(), nullable=True),
        sa.Column("end_minute", sa.SmallInteger(), nullable=True),
        sa.Column("staff_id", sa.UUID(), nullable=True),
        sa.Column("location_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "type = 'closed' OR start_minute IS NOT NULL", name=op.f("ck_schedule_exceptions_opening")
        ),
        sa.CheckConstraint(
            "type IN ('closed', 'open_custom', 'open_extra')", name=op.f("ck_schedule_exceptions_type")
        ),
        sa.CheckConstraint(
            "(start_minute IS NULL) = (end_minute IS NULL)", name=op.f("ck_schedule_exceptions_interval")
        ),
        sa.CheckConstraint(
            "0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440",
            name=op.f("ck_schedule_exceptions_minutes"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(staff_id, location_id) <= 1", name=op.f("ck_schedule_exceptions_scope")
        ),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["businesses.id"],
            name=op.f("fk_schedule_exceptions_business_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["locations.id"],
            name=op.f("fk_schedule_exceptions_location_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_schedule_exceptions_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_exceptions")),
    )
    op.create_index(
        "ix_schedule_exceptions_business_id_date",
        "schedule_exceptions",
        ["business_id", "date"],
        unique=False,
    )
    op.create_index(
        op.f("ix_schedule_exceptions_location_id"), "schedule_exceptions", ["location_id"], unique=False
    )
    op.create_index(
        op.f("ix_schedule_exceptions_staff_id"), "schedule_exceptions", ["staff_id"], unique=False
    )
    op.create_table(
        "services",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("category_id", sa.UUID(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("duration", sa.SmallInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("price_kind", sa.Text(), server_default="fixed", nullable=False),
        sa.Column("price_max", sa.BigInteger(), nullable=True),
        sa.Column("buffer_before", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("buffer_after", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("capacity", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("online", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("processing_offset", sa.SmallInteger(), nullable=True),
        sa.Column("processing_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("room_need", sa.Text(), server_default="any", nullable=False),
        sa.Column(
            "rules",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("colour", sa.Text(), server_default="", nullable=False),
        sa.Column("photo_url", sa.Text(), nullable=True),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("price_kind IN ('fixed', 'from', 'range')", name=op.f("ck_services_price_kind")),
        sa.CheckConstraint("room_need IN ('all', 'any')", name=op.f("ck_services_room_need")),
        sa.CheckConstraint(
            "(processing_offset IS NULL) = (processing_minutes IS NULL) AND (processing_offset IS NULL OR (processing_offset > 0 AND processing_minutes > 0 AND processing_offset + processing_minutes < duration))",
            name=op.f("ck_services_processing"),
        ),
        sa.CheckConstraint(
            "buffer_before BETWEEN 0 AND 1440 AND buffer_after BETWEEN 0 AND 1440",
            name=op.f("ck_services_buffers"),
        ),
        sa.CheckConstraint("capacity BETWEEN 1 AND 200", name=op.f("ck_services_capacity")),
        sa.CheckConstraint("duration BETWEEN 1 AND 1440", name=op.f("ck_services_duration")),
        sa.CheckConstraint(
            "price >= 0 AND (price_max IS NULL OR price_max >= price)", name=op.f("ck_services_price")
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_services_business_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_services_category_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
    )
    op.create_index(op.f("ix_services_business_id"), "services", ["business_id"], unique=False)
    op.create_index(op.f("ix_services_category_id"), "services", ["category_id"], unique=False)
    op.create_table(
        "staff_locations",
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_staff_locations_location_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_locations_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "location_id", name=op.f("pk_staff_locations")),
    )
    op.create_index(op.f("ix_staff_locations_location_id"), "staff_locations", ["location_id"], unique=False)
    op.create_table(
        "working_rules",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("start_minute", sa.SmallInteger(), nullable=False),
        sa.Column("end_minute", sa.SmallInteger(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=True),
        sa.Column("parity", sa.Text(), nullable=True),
        sa.Column("cycle_anchor", sa.Date(), nullable=True),
        sa.Column("cycle_on", sa.SmallInteger(), nullable=True),
        sa.Column("cycle_off", sa.SmallInteger(), nullable=True),
        sa.Column("location_id", sa.UUID(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('work', 'break')", name=op.f("ck_working_rules_kind")),
        sa.CheckConstraint("parity IN ('odd', 'even')", name=op.f("ck_working_rules_parity")),
        sa.CheckConstraint(
            "0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440",
            name=op.f("ck_working_rules_minutes"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(cycle_anchor, cycle_on, cycle_off) IN (0, 3) AND cycle_on > 0 AND cycle_off >= 0",
            name=op.f("ck_working_rules_cycle"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_working_rules_weekday")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_working_rules_location_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_working_rules_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_rules")),
    )
    op.create_index(op.f("ix_working_rules_location_id"), "working_rules", ["location_id"], unique=False)
    op.create_index(op.f("ix_working_rules_staff_id"), "working_rules", ["staff_id"], unique=False)
    op.create_table(
        "booking_timeline",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "after",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "actor_kind IN ('client', 'member', 'token', 'system', 'anonymous')",
            name=op.f("ck_booking_timeline_actor_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_booking_timeline_booking_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_timeline")),
    )
    op.create_index(
        "ix_booking_timeline_booking_id_at", "booking_timeline", ["booking_id", "at", "id"], unique=False
    )
    op.create_table(
        "member_identities",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("identity_id", sa.UUID(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["identities.id"],
            name=op.f("fk_member_identities_identity_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_identities_member_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("member_id", "identity_id", name=op.f("pk_member_identities")),
    )
    op.create_index(
        op.f("ix_member_identities_identity_id"), "member_identities", ["identity_id"], unique=False
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dedup_key", sa.Text(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=True),
        sa.Column("member_id", sa.UUID(), nullable=True),
        sa.Column("identity_id", sa.UUID(), nullable=True),
        sa.Column("booking_id", sa.UUID(), nullable=True),
        sa.Column(
            "params",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edit_of", sa.UUID(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("account_key", sa.Text(), nullable=True),
        sa.Column("peer_id", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('booking_created', 'booking_confirmed', 'booking_declined', 'booking_cancelled', 'booking_moved', 'booking_expired', 'offer_times', 'reminder', 'staff_new_booking', 'staff_booking_moved', 'staff_booking_cancelled', 'staff_attendance', 'staff_unreachable', 'card_update')",
            name=op.f("ck_outbox_kind"),
        ),
        sa.CheckConstraint("status IN ('queued', 'sent', 'dropped', 'dead')", name=op.f("ck_outbox_status")),
        sa.CheckConstraint("num_nonnulls(client_id, member_id) = 1", name=op.f("ck_outbox_reader")),
        sa.CheckConstraint("priority BETWEEN 0 AND 2", name=op.f("ck_outbox_priority")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_outbox_booking_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_outbox_business_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_outbox_client_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["edit_of"], ["outbox.id"], name=op.f("fk_outbox_edit_of"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identities.id"], name=op.f("fk_outbox_identity_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_outbox_member_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedup_key", name=op.f("uq_outbox_dedup_key")),
    )
    op.create_index(op.f("ix_outbox_booking_id"), "outbox", ["booking_id"], unique=False)
    op.create_index(op.f("ix_outbox_business_id"), "outbox", ["business_id"], unique=False)
    op.create_index(op.f("ix_outbox_client_id"), "outbox", ["client_id"], unique=False)
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["priority", "due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index(op.f("ix_outbox_edit_of"), "outbox", ["edit_of"], unique=False)
    op.create_index(op.f("ix_outbox_identity_id"), "outbox", ["identity_id"], unique=False)
    op.create_index(op.f("ix_outbox_member_id"), "outbox", ["member_id"], unique=False)
    op.create_table(
        "service_addons",
        sa.Column("service_id", sa.UUID(), nullable=False),
        sa.Column("addon_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["addon_id"], ["addons.id"], name=op.f("fk_service_addons_addon_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name=op.f("fk_service_addons_service_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_id", "addon_id", name=op.f("pk_service_addons")),
    )
    op.create_index(op.f("ix_service_addons_addon_id"), "service_addons", ["addon_id"], unique=False)
    op.create_table(
        "service_rooms",
        sa.Column("service_id", sa.UUID(), nullable=False),
        sa.Column("room_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_service_rooms_room_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name=op.f("fk_service_rooms_service_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_id", "room_id", name=op.f("pk_service_rooms")),
    )
    op.create_index(op.f("ix_service_rooms_room_id"), "service_rooms", ["room_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("service_id", sa.UUID(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.SmallInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("capacity BETWEEN 1 AND 200", name=op.f("ck_sessions_capacity")),
        sa.CheckConstraint("start_at < end_at", name=op.f("ck_sessions_interval")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_sessions_business_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_sessions_location_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name=op.f("fk_sessions_service_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_sessions_staff_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_business_id"), "sessions", ["business_id"], unique=False)
    op.create_index(op.f("ix_sessions_location_id"), "sessions", ["location_id"], unique=False)
    op.create_index(op.f("ix_sessions_service_id"), "sessions", ["service_id"], unique=False)
    op.create_index(
        "ix_sessions_staff_id_start_at",
        "sessions",
        ["staff_id", "start_at", "end_at"],
        unique=False,
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        "uq_sessions_start",
        "sessions",
        ["staff_id", "service_id", "start_at"],
        unique=True,
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "staff_services",
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("service_id", sa.UUID(), nullable=False),
        sa.Column("duration", sa.SmallInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "duration BETWEEN 1 AND 1440 AND price >= 0", name=op.f("ck_staff_services_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name=op.f("fk_staff_services_service_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_services_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "service_id", name=op.f("pk_staff_services")),
    )
    op.create_index(op.f("ix_staff_services_service_id"), "staff_services", ["service_id"], unique=False)
    op.create_table(
        "booking_segments",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("service_id", sa.UUID(), nullable=False),
        sa.Column("service_title", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("staff_name", sa.Text(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("buffer_before", sa.SmallInteger(), nullable=False),
        sa.Column("buffer_after", sa.SmallInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column(
            "addons",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("room_ids", postgresql.ARRAY(sa.UUID()), server_default="{}", nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "price >= 0 AND buffer_before >= 0 AND buffer_after >= 0",
            name=op.f("ck_booking_segments_amounts"),
        ),
        sa.CheckConstraint("start_at < end_at", name=op.f("ck_booking_segments_interval")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_booking_segments_booking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name=op.f("fk_booking_segments_service_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_booking_segments_session_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_booking_segments_staff_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_segments")),
        sa.UniqueConstraint("booking_id", "position", name=op.f("uq_booking_segments_booking_id_position")),
    )
    op.create_index(op.f("ix_booking_segments_service_id"), "booking_segments", ["service_id"], unique=False)
    op.create_index(op.f("ix_booking_segments_session_id"), "booking_segments", ["session_id"], unique=False)
    op.create_index("ix_booking_segments_staff_id_id", "booking_segments", ["staff_id", "id"], unique=False)
    op.create_index(
        "ix_booking_segments_staff_id_start_at", "booking_segments", ["staff_id", "start_at"], unique=False
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=True),
        sa.Column("session_id", sa.UUID(), nullable=True),
        sa.Column("resource_id", sa.UUID(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("with_before", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("with_after", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("resource_id"), "="),
            (sa.column("lane"), "="),
            (sa.column("with_after"), "&&"),
            where=sa.text("active"),
            using="gist",
            name="ex_claims_with_after",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("resource_id"), "="),
            (sa.column("lane"), "="),
            (sa.column("with_before"), "&&"),
            where=sa.text("active"),
            using="gist",
            name="ex_claims_with_before",
        ),
        sa.CheckConstraint(
            "NOT isempty(with_before) AND NOT isempty(with_after) AND with_before && with_after",
            name=op.f("ck_claims_ranges"),
        ),
        sa.CheckConstraint("num_nonnulls(booking_id, session_id) = 1", name=op.f("ck_claims_holder")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_claims_booking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_claims_business_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_claims_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_booking_id"), "claims", ["booking_id"], unique=False)
    op.create_index(op.f("ix_claims_business_id"), "claims", ["business_id"], unique=False)
    op.create_index(
        "ix_claims_resource_id_start",
        "claims",
        ["resource_id", sa.literal_column("lower(with_after)")],
        unique=False,
        postgresql_where=sa.text("active"),
    )
    op.create_index(op.f("ix_claims_session_id"), "claims", ["session_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_claims_session_id"), table_name="claims")
    op.drop_index("ix_claims_resource_id_start", table_name="claims", postgresql_where=sa.text("active"))
    op.drop_index(op.f("ix_claims_business_id"), table_name="claims")
    op.drop_index(op.f("ix_claims_booking_id"), table_name="claims")
    op.drop_table("claims")
    op.drop_index("ix_booking_segments_staff_id_start_at", table_name="booking_segments")
    op.drop_index("ix_booking_segments_staff_id_id", table_name="booking_segments")
    op.drop_index(op.f("ix_booking_segments_session_id"), table_name="booking_segments")
    op.drop_index(op.f("ix_booking_segments_service_id"), table_name="booking_segments")
    op.drop_table("booking_segments")
    op.drop_index(op.f("ix_staff_services_service_id"), table_name="staff_services")
    op.drop_table("staff_services")
    op.drop_index("uq_sessions_start", table_name="sessions", postgresql_where=sa.text("active"))
    op.drop_index("ix_sessions_staff_id_start_at", table_name="sessions", postgresql_where=sa.text("active"))
    op.drop_index(op.f("ix_sessions_service_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_location_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_business_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_service_rooms_room_id"), table_name="service_rooms")
    op.drop_table("service_rooms")
    op.drop_index(op.f("ix_service_addons_addon_id"), table_name="service_addons")
    op.drop_table("service_addons")
    op.drop_index(op.f("ix_outbox_member_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_identity_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_edit_of"), table_name="outbox")
    op.drop_index("ix_outbox_due", table_name="outbox", postgresql_where=sa.text("status = 'queued'"))
    op.drop_index(op.f("ix_outbox_client_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_business_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_booking_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_member_identities_identity_id"), table_name="member_identities")
    op.drop_table("member_identities")
    op.drop_index("ix_booking_timeline_booking_id_at", table_name="booking_timeline")
    op.drop_table("booking_timeline")
    op.drop_index(op.f("ix_working_rules_staff_id"), table_name="working_rules")
    op.drop_index(op.f("ix_working_rules_location_id"), table_name="working_rules")
    op.drop_table("working_rules")
    op.drop_index(op.f("ix_staff_locations_location_id"), table_name="staff_locations")
    op.drop_table("staff_locations")
    op.drop_index(op.f("ix_services_category_id"), table_name="services")
    op.drop_index(op.f("ix_services_business_id"), table_name="services")
    op.drop_table("services")
    op.drop_index(op.f("ix_schedule_exceptions_staff_id"), table_name="schedule_exceptions")
    op.drop_index(op.f("ix_schedule_exceptions_location_id"), table_name="schedule_exceptions")
    op.drop_index("ix_schedule_exceptions_business_id_date", table_name="schedule_exceptions")
    op.drop_table("schedule_exceptions")
    op.drop_index(op.f("ix_rooms_location_id"), table_name="rooms")
    op.drop_index(op.f("ix_rooms_business_id"), table_name="rooms")
    op.drop_table("rooms")
    op.drop_index(op.f("ix_members_business_id"), table_name="members")
    op.drop_table("members")
    op.drop_index(op.f("ix_location_hours_location_id"), table_name="location_hours")
    op.drop_table("location_hours")
    op.drop_index(op.f("ix_invites_used_by"), table_name="invites")
    op.drop_index(op.f("ix_invites_staff_id"), table_name="invites")
    op.drop_index(op.f("ix_invites_business_id"), table_name="invites")
    op.drop_table("invites")
    op.drop_index(
        "uq_consents_standing", table_name="consents", postgresql_where=sa.text("withdrawn_at IS NULL")
    )
    op.drop_table("consents")
    op.drop_index(op.f("ix_client_identities_identity_id"), table_name="client_identities")
    op.drop_index(op.f("ix_client_identities_client_id"), table_name="client_identities")
    op.drop_table("client_identities")
    op.drop_index(
        "uq_bookings_request_key", table_name="bookings", postgresql_where=sa.text("request_key IS NOT NULL")
    )
    op.drop_index(
        "ix_bookings_waiting", table_name="bookings", postgresql_where=sa.text("status = 'pending'")
    )
    op.drop_index(
        "ix_bookings_series_id", table_name="bookings", postgresql_where=sa.text("series_id IS NOT NULL")
    )
    op.drop_index(op.f("ix_bookings_location_id"), table_name="bookings")
    op.drop_index(
        "ix_bookings_expires_at", table_name="bookings", postgresql_where=sa.text("expires_at IS NOT NULL")
    )
    op.drop_index("ix_bookings_client_id_start_at", table_name="bookings")
    op.drop_index("ix_bookings_business_id_start_at", table_name="bookings")
    op.drop_table("bookings")
    op.drop_index(op.f("ix_staff_business_id"), table_name="staff")
    op.drop_table("staff")
    op.drop_index(op.f("ix_messenger_accounts_business_id"), table_name="messenger_accounts")
    op.drop_table("messenger_accounts")
    op.drop_index(op.f("ix_locations_business_id"), table_name="locations")
    op.drop_table("locations")
    op.drop_index(op.f("ix_identities_business_id"), table_name="identities")
    op.drop_table("identities")
    op.drop_index(
        "uq_clients_verified_phone", table_name="clients", postgresql_where=sa.text("phone_verified")
    )
    op.drop_index("ix_clients_business_id_phone", table_name="clients")
    op.drop_table("clients")
    op.drop_index(op.f("ix_categories_business_id"), table_name="categories")
    op.drop_table("categories")
    op.drop_index(op.f("ix_api_tokens_business_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_index(op.f("ix_addons_business_id"), table_name="addons")
    op.drop_table("addons")
    op.drop_index("ix_inbox_pending", table_name="inbox", postgresql_where=sa.text("done_at IS NULL"))
    op.drop_index("ix_inbox_done_at", table_name="inbox", postgresql_where=sa.text("done_at IS NOT NULL"))
    op.drop_table("inbox")
    op.drop_table("businesses")
    op.execute("DROP EXTENSION IF EXISTS btree_gist")
