"""Taken time: the judge of every race.

Whatever a visit takes is a claim: a lane of a resource (a staff member, a room or, for seats, a group
session) for a while, in epoch minutes as everywhere in the slot search. ``with_before`` is ``[lead, stop)``,
the buffer before and the visit; ``with_after`` is ``[start, trail)``, the visit and the buffer after. Two
exclusion constraints say that neither kind of range overlaps another of its kind within a lane, which means
exactly that two visits are apart by the larger of the first one's buffer after and the second one's buffer
before (:class:`core.domain.visit.BusyClaim`).

A claim's holder is a booking or, for what a group session takes of its staff member and rooms, the session. A
holder does not stand in its own way: a moved booking takes its new time while it still has the old one, so
that no move ever waits for another and deadlocks with it.

How the constraints' indexes are built matters. GiST weighs UUIDs as floating point numbers, by their first
bits; UUIDv7 made at one moment share those, and an index led by them degenerates: inserts were 500 times
slower at 200 thousand rows. So a hash of the resource leads, then comes the range, by which the pages of a
resource are split, and the rest makes the comparison exact.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Index,
    Integer,
    SmallInteger,
    Table,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, UUID, ExcludeConstraint

from core.domain.catalog import MAX_DURATION
from storage.tables.base import metadata, ref

#: No claim is longer, in minutes with its buffers: the search for taken time looks back so far.
LONGEST: Final = MAX_DURATION


def _during(name: str, first: str, last: str) -> Column[Any]:
    """A range of instants, for the constraints and for people."""
    instants = (
        f"to_timestamp({minute}::double precision * 60::double precision)" for minute in (first, last)
    )
    return Column(
        name, TSTZRANGE, Computed(f"tstzrange({', '.join(instants)})", persisted=True), nullable=False
    )


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
    Column("lead", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Column("trail", Integer, nullable=False),
    _during("with_before", "lead", "stop"),
    _during("with_after", "start", "trail"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    CheckConstraint("num_nonnulls(booking_id, session_id) = 1", name="holder"),
    CheckConstraint("lane >= 0", name="lane"),
    CheckConstraint("lead <= start AND start < stop AND stop <= trail", name="order"),
    CheckConstraint(f"trail - lead <= {LONGEST}", name="length"),
    _apart("with_before"),
    _apart("with_after"),
    Index(
        "ix_claims_resource_id_lead",
        "resource_id",
        "lead",
        postgresql_include=["start", "stop", "trail", "lane"],
        postgresql_where=text("active"),
    ),
    Index("ix_claims_booking_id", "booking_id", postgresql_where=text("booking_id IS NOT NULL")),
    Index("ix_claims_session_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
    # Vacuumed soon after it has grown, so that taken time is read from the index alone.
    postgresql_with={"autovacuum_vacuum_insert_scale_factor": "0.02"},
)
