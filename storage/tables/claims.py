"""Taken time: the judge of every race.

Whatever a visit takes is a claim: a lane of a resource (a staff member, a room or, for seats, a group
session) for a while. ``with_before`` is ``[lead, end)``, the buffer before and the visit; ``with_after`` is
``[start, trail)``, the visit and the buffer after. Two exclusion constraints say that neither kind of range
overlaps another of its kind within a lane, which means exactly that two visits are apart by the larger of the
first one's buffer after and the second one's buffer before (:class:`core.domain.visit.BusyClaim`).

A claim's holder is a booking or, for what a group session takes of its staff member and rooms, the session. A
holder does not stand in its own way: a moved booking takes its new time while it still has the old one, so
that no move ever waits for another and deadlocks with it.

How the constraints' indexes are built matters. GiST weighs UUIDs as floating point numbers, by their first
bits; UUIDv7 made at one moment share those, and an index led by them degenerates: inserts were 500 times
slower at 200 thousand rows. So a hash of the resource leads, then comes the range, by which the pages of a
resource are split, and the rest makes the comparison exact.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, SmallInteger, Table, func, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, UUID, ExcludeConstraint

from storage.tables.base import metadata, ref

#: No claim is longer, buffers included: the search for taken time looks back so far.
LONGEST: Final = "24 hours"


def _apart(during: str) -> ExcludeConstraint:
    return ExcludeConstraint(
        (func.uuid_hash(Column("resource_id", UUID)), "="),
        (during, "&&"),
        ("resource_id", "="),
        ("lane", "="),
        (func.coalesce(Column("booking_id", UUID), Column("session_id", UUID)), "<>"),
        where=text("active"),
        using="gist",
        name=f"ex_claims_{during}",
    )


claims = Table(
    "claims",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("business_id", UUID(as_uuid=True), nullable=False),
    ref("booking_id", "bookings", nullable=True, ondelete="CASCADE"),
    ref("session_id", "sessions", nullable=True, ondelete="CASCADE"),
    Column("resource_id", UUID(as_uuid=True), nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("with_before", TSTZRANGE, nullable=False),
    Column("with_after", TSTZRANGE, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    CheckConstraint("num_nonnulls(booking_id, session_id) = 1", name="holder"),
    CheckConstraint("lane >= 0", name="lane"),
    CheckConstraint(
        "lower(with_before) <= lower(with_after) AND lower(with_after) < upper(with_before)"
        " AND upper(with_before) <= upper(with_after)",
        name="order",
    ),
    CheckConstraint(
        "lower_inc(with_before) AND lower_inc(with_after) AND NOT upper_inc(with_before)"
        " AND NOT upper_inc(with_after) AND NOT upper_inf(with_before) AND NOT upper_inf(with_after)",
        name="bounds",
    ),
    CheckConstraint(
        f"upper(with_after) - lower(with_before) <= interval '{LONGEST}'",
        name="length",
    ),
    _apart("with_before"),
    _apart("with_after"),
    Index(
        "ix_claims_resource_id_lead",
        "resource_id",
        text("lower(with_before)"),
        postgresql_where=text("active"),
    ),
    Index("ix_claims_booking_id", "booking_id", postgresql_where=text("booking_id IS NOT NULL")),
    Index("ix_claims_session_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
)
