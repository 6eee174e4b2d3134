"""One person in several messengers: one-time links, merged cards, where they want to be written to; bookings from the
web that wait for their client.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS: Final = (
    """
CREATE TABLE client_links (
    code_hash bytea NOT NULL,
    business_id uuid NOT NULL,
    client_id uuid,
    booking_id uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by uuid,
    CONSTRAINT pk_client_links PRIMARY KEY (code_hash),
    CONSTRAINT fk_client_links_booking_id FOREIGN KEY (booking_id) REFERENCES bookings (id) ON DELETE RESTRICT,
    CONSTRAINT fk_client_links_used_by FOREIGN KEY (used_by) REFERENCES identities (id) ON DELETE RESTRICT,
    CONSTRAINT fk_client_links_business_id_client_id FOREIGN KEY (business_id, client_id) REFERENCES clients
        (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_client_links_subject CHECK (num_nonnulls(client_id, booking_id) = 1),
    CONSTRAINT ck_client_links_life CHECK (created_at < expires_at),
    CONSTRAINT ck_client_links_used CHECK ((used_at IS NULL) = (used_by IS NULL)),
    CONSTRAINT ck_client_links_code_hash CHECK (octet_length(code_hash) = 32)
)
    """,
    """
CREATE INDEX ix_client_links_booking_id ON client_links (booking_id)
    """,
    """
CREATE INDEX ix_client_links_used_by ON client_links (used_by)
    """,
    """
CREATE INDEX ix_client_links_client_id ON client_links (business_id, client_id)
    """,
    """
CREATE INDEX ix_client_links_expires_at ON client_links (expires_at)
    """,
    """
ALTER TABLE clients
    ADD COLUMN preferred_channel text,
    ADD COLUMN merged_into uuid,
    ADD CONSTRAINT fk_clients_merged_into FOREIGN KEY (merged_into) REFERENCES clients (id) ON DELETE RESTRICT,
    ADD CONSTRAINT ck_clients_preferred_channel CHECK (preferred_channel IN ('telegram', 'vk')),
    ADD CONSTRAINT ck_clients_merged CHECK (merged_into IS NULL OR phone IS NULL AND email IS NULL)
    """,
    """
CREATE INDEX ix_clients_merged_into ON clients (merged_into)
    """,
    """
ALTER TABLE bookings
    ADD COLUMN awaits_client boolean DEFAULT false NOT NULL,
    ADD CONSTRAINT ck_bookings_awaits_client CHECK (NOT awaits_client
        OR status IN ('pending', 'cancelled', 'expired'))
    """,
)


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them. Merged cards stay merged."""
    op.drop_constraint("ck_bookings_awaits_client", "bookings")
    op.drop_column("bookings", "awaits_client")
    op.drop_column("clients", "merged_into")
    op.drop_column("clients", "preferred_channel")
    op.drop_table("client_links")
