"""Clients are searched by a part of their name or phone, and listed newest first.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The extension comes with PostgreSQL, and the database's owner may add it."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(
        "CREATE INDEX ix_clients_name_search ON clients USING gin (translate(lower(name), 'ё', 'е') gin_trgm_ops)"
    )
    op.execute("CREATE INDEX ix_clients_phone_search ON clients USING gin (phone gin_trgm_ops)")
    op.execute("CREATE INDEX ix_clients_business_id_created_at ON clients (business_id, created_at, id)")


def downgrade() -> None:
    """The extension stays: somebody else may use it."""
    for name in ("business_id_created_at", "phone_search", "name_search"):
        op.drop_index(f"ix_clients_{name}", table_name="clients")
