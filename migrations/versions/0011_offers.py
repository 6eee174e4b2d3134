"""Staff members' exceptions at one of their locations; who was booked last is found by the booking.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A move writes new segments, so that these tell nothing of when somebody booked; ids of bookings do."""
    op.execute("ALTER TABLE schedule_exceptions DROP CONSTRAINT ck_schedule_exceptions_scope")
    op.execute(
        "CREATE INDEX ix_booking_segments_staff_id_booking_id ON booking_segments (staff_id, booking_id)"
    )
    op.drop_index("ix_booking_segments_staff_id_id", table_name="booking_segments")


def downgrade() -> None:
    """Such an exception is one of all the staff member's locations then, as it was before."""
    op.execute("CREATE INDEX ix_booking_segments_staff_id_id ON booking_segments (staff_id, id)")
    op.drop_index("ix_booking_segments_staff_id_booking_id", table_name="booking_segments")
    op.execute("UPDATE schedule_exceptions SET location_id = NULL WHERE staff_id IS NOT NULL")
    op.execute(
        "ALTER TABLE schedule_exceptions ADD CONSTRAINT ck_schedule_exceptions_scope"
        " CHECK (num_nonnulls(staff_id, location_id) <= 1)"
    )
