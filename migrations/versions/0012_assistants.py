"""Services that several masters do together.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everything so far was done by one master."""
    op.execute(
        "ALTER TABLE services ADD COLUMN staff_needed smallint DEFAULT '1' NOT NULL,"
        " ADD CONSTRAINT ck_services_staff_needed"
        " CHECK (staff_needed BETWEEN 1 AND 4 AND (staff_needed = 1 OR capacity = 1))"
    )
    op.execute(
        "ALTER TABLE booking_segments ADD COLUMN assistant_ids uuid[] DEFAULT '{}' NOT NULL,"
        " ADD COLUMN assistant_names text[] DEFAULT '{}' NOT NULL,"
        " ADD CONSTRAINT ck_booking_segments_assistants CHECK"
        " (cardinality(assistant_ids) = cardinality(assistant_names) AND NOT staff_id = ANY (assistant_ids))"
    )
    op.execute(
        "CREATE INDEX ix_booking_segments_assistant_ids ON booking_segments USING gin (assistant_ids)"
        " WHERE assistant_ids <> '{}'"
    )


def downgrade() -> None:
    """Who led such a visit keeps it."""
    op.drop_index("ix_booking_segments_assistant_ids", table_name="booking_segments")
    op.execute(
        "ALTER TABLE booking_segments DROP CONSTRAINT ck_booking_segments_assistants,"
        " DROP COLUMN assistant_names, DROP COLUMN assistant_ids"
    )
    op.execute("ALTER TABLE services DROP CONSTRAINT ck_services_staff_needed, DROP COLUMN staff_needed")
