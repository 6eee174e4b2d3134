"""What goes out and what comes in.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES: Final = (
    "outbox",
    "inbox",
)

STATEMENTS: Final = (
    """
CREATE TABLE outbox (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    kind text NOT NULL,
    dedup_key text NOT NULL,
    client_id uuid,
    member_id uuid,
    identity_id uuid,
    booking_id uuid,
    params jsonb DEFAULT '{}'::jsonb NOT NULL,
    priority smallint NOT NULL,
    status text DEFAULT 'queued' NOT NULL,
    due_at timestamptz NOT NULL,
    available_at timestamptz NOT NULL,
    not_after timestamptz,
    edit_of uuid,
    attempts smallint DEFAULT '0' NOT NULL,
    last_error text,
    channel text,
    account_key text,
    peer_id text,
    external_id text,
    finished_at timestamptz,
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT fk_outbox_business_id_client_id FOREIGN KEY (business_id, client_id) REFERENCES clients
        (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_outbox_business_id_member_id FOREIGN KEY (business_id, member_id) REFERENCES members
        (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_outbox_kind CHECK (kind IN ('booking_created', 'booking_confirmed',
        'booking_declined', 'booking_cancelled', 'booking_moved', 'booking_expired', 'offer_times',
        'reminder', 'series_booked', 'series_cancelled', 'day_closed', 'staff_new_booking',
        'staff_booking_moved', 'staff_booking_cancelled', 'staff_attendance', 'staff_series',
        'staff_series_cancelled', 'staff_day_closed', 'staff_unreachable', 'card_update')),
    CONSTRAINT ck_outbox_status CHECK (status IN ('queued', 'sent', 'dropped', 'dead')),
    CONSTRAINT ck_outbox_channel CHECK (channel IN ('telegram', 'vk')),
    CONSTRAINT ck_outbox_reader CHECK (num_nonnulls(client_id, member_id) = 1),
    CONSTRAINT ck_outbox_priority CHECK (priority BETWEEN 0 AND 2),
    CONSTRAINT ck_outbox_attempts CHECK (attempts >= 0),
    CONSTRAINT ck_outbox_finished CHECK (status <> 'queued' OR finished_at IS NULL),
    CONSTRAINT ck_outbox_copy CHECK (num_nonnulls(channel, account_key, peer_id, external_id) = CASE
        status WHEN 'sent' THEN 4 ELSE 0 END),
    CONSTRAINT ck_outbox_params CHECK (jsonb_typeof(params) = 'object'),
    CONSTRAINT uq_outbox_dedup_key UNIQUE (dedup_key),
    CONSTRAINT fk_outbox_identity_id FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE
        RESTRICT,
    CONSTRAINT fk_outbox_booking_id FOREIGN KEY (booking_id) REFERENCES bookings (id) ON DELETE RESTRICT,
    CONSTRAINT fk_outbox_edit_of FOREIGN KEY (edit_of) REFERENCES outbox (id) ON DELETE RESTRICT
)
    """,
    """
CREATE INDEX ix_outbox_booking_id ON outbox (booking_id, kind) WHERE booking_id IS NOT NULL
    """,
    """
CREATE INDEX ix_outbox_dead ON outbox (id) WHERE status = 'dead'
    """,
    """
CREATE INDEX ix_outbox_due ON outbox (priority, available_at, id) WHERE status = 'queued'
    """,
    """
CREATE INDEX ix_outbox_next ON outbox (available_at) WHERE status = 'queued'
    """,
    """
CREATE TABLE inbox (
    source text NOT NULL,
    event_id text NOT NULL,
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    lane text NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    done_at timestamptz,
    CONSTRAINT pk_inbox PRIMARY KEY (source, event_id)
)
    """,
    """
CREATE INDEX ix_inbox_done_at ON inbox (done_at) WHERE done_at IS NOT NULL
    """,
    """
CREATE INDEX ix_inbox_pending ON inbox (source, number) WHERE done_at IS NULL
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
