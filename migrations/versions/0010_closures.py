"""Closed dates whose clients are being told: who was cut off in the middle is carried on.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
CREATE TABLE closures (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    action text NOT NULL,
    exception_ids uuid[] NOT NULL,
    reason text DEFAULT '' NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_role text,
    actor_staff_id uuid,
    actor_name text DEFAULT '' NOT NULL,
    created_at timestamptz NOT NULL,
    leased_until timestamptz NOT NULL,
    done_at timestamptz,
    CONSTRAINT pk_closures PRIMARY KEY (id),
    CONSTRAINT fk_closures_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE RESTRICT,
    CONSTRAINT ck_closures_action CHECK (action IN ('cancel', 'offer')),
    CONSTRAINT ck_closures_actor_kind CHECK (actor_kind IN ('client', 'member', 'token', 'system', 'anonymous')),
    CONSTRAINT ck_closures_actor_role CHECK (actor_role IN ('owner', 'ops_manager', 'operator', 'content_manager',
        'finance', 'integrations_admin', 'read_only', 'master')),
    CONSTRAINT ck_closures_exception_ids CHECK (cardinality(exception_ids) BETWEEN 1 AND 62),
    CONSTRAINT uq_closures_same UNIQUE (business_id, action, exception_ids)
)
        """
    )
    op.execute("CREATE INDEX ix_closures_unfinished ON closures (leased_until) WHERE done_at IS NULL")


def downgrade() -> None:
    """Drop it. Dates stay closed."""
    op.drop_table("closures")
