"""Sessions of people who signed in through a messenger."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Index, LargeBinary, Table, text

from storage.tables.base import key, metadata, moment, ref, words

# ``swapped_at`` is PostgreSQL's own clock, for telling a reuse from a race; the others are the program's.
auth_sessions = Table(
    "auth_sessions",
    metadata,
    key(),
    ref("identity_id", "identities"),
    Column("refresh_hash", LargeBinary, nullable=False),
    words("device"),
    moment("created_at"),
    moment("used_at"),
    Column("swapped_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    moment("idle_until"),
    moment("expires_at"),
    moment("revoked_at", nullable=True),
    CheckConstraint("octet_length(refresh_hash) = 32", name="refresh_hash"),
    CheckConstraint(
        "created_at <= used_at AND used_at < idle_until AND idle_until <= expires_at", name="life"
    ),
    Index("ix_auth_sessions_identity_id", "identity_id", "used_at"),
    Index("ix_auth_sessions_idle_until", "idle_until"),
)
