"""Leases of incoming events, so that processes that share a webhook leave each other's alone.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing that waits is under a lease."""
    op.execute(
        "ALTER TABLE inbox ADD COLUMN claimed_by text, ADD COLUMN leased_until timestamptz,"
        " ADD CONSTRAINT ck_inbox_lease CHECK (num_nonnulls(claimed_by, leased_until) IN (0, 2))"
    )


def downgrade() -> None:
    """Without them, whoever starts takes everything."""
    op.execute("ALTER TABLE inbox DROP COLUMN leased_until, DROP COLUMN claimed_by")
