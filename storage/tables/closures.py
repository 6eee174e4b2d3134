"""Closed dates whose clients are being told."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from core.domain.actor import ActorKind, Role
from core.domain.closure import MAX_DAYS, ClosureAction
from storage.tables.base import key, metadata, moment, one_of, ref, words

#: ``exception_ids`` by date; those that were deleted since are still named. ``actor_…``: who decided it, with
#: the role of that day. ``leased_until``: who works on it is left alone so long. ``done_at``: when the last
#: client was told.
closures = Table(
    "closures",
    metadata,
    key(),
    ref("business_id", "businesses"),
    Column("action", Text, nullable=False),
    Column("exception_ids", ARRAY(UUID(as_uuid=True)), nullable=False),
    words("reason"),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", UUID(as_uuid=True)),
    Column("actor_role", Text),
    Column("actor_staff_id", UUID(as_uuid=True)),
    words("actor_name"),
    moment("created_at"),
    moment("leased_until"),
    moment("done_at", nullable=True),
    one_of("action", ClosureAction),
    one_of("actor_kind", ActorKind),
    one_of("actor_role", Role),
    CheckConstraint(f"cardinality(exception_ids) BETWEEN 1 AND {MAX_DAYS}", name="exception_ids"),
    UniqueConstraint("business_id", "action", "exception_ids", name="uq_closures_same"),
    Index("ix_closures_unfinished", "leased_until", postgresql_where=text("done_at IS NULL")),
)
