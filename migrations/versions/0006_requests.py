"""Requests that carry a key; what caused a message; bookings in the order in which they were made.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS: Final = (
    """
CREATE TABLE http_requests (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    caller text NOT NULL,
    operation text NOT NULL,
    key_hash bytea NOT NULL,
    request_sha256 bytea NOT NULL,
    state text DEFAULT 'in_progress' NOT NULL,
    status smallint,
    headers jsonb,
    body bytea,
    locked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_http_requests PRIMARY KEY (id),
    CONSTRAINT ck_http_requests_state CHECK (state IN ('in_progress', 'done')),
    CONSTRAINT ck_http_requests_hashes CHECK (octet_length(key_hash) = 32 AND octet_length(request_sha256) = 32),
    CONSTRAINT ck_http_requests_answer CHECK (num_nonnulls(status, headers, body) = CASE state WHEN 'done' THEN 3
        ELSE 0 END),
    CONSTRAINT uq_http_requests_key UNIQUE (business_id, caller, operation, key_hash)
)
    """,
    """
CREATE INDEX ix_http_requests_expires_at ON http_requests (expires_at)
    """,
    """
ALTER TABLE outbox ADD COLUMN request_id text
    """,
    """
CREATE INDEX ix_bookings_business_id_created_at ON bookings (business_id, created_at, id)
    """,
)


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_bookings_business_id_created_at", table_name="bookings")
    op.drop_column("outbox", "request_id")
    op.drop_table("http_requests")
