"""What goes out and what comes in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, SmallInteger, Table, Text, text

from core.domain.message import MessageKind, MessageStatus
from storage.tables.base import document, key, metadata, moment, one_of, ref, words

outbox = Table(
    "outbox",
    metadata,
    key(),
    ref("business_id", "businesses", index=True),
    Column("kind", Text, nullable=False),
    Column("dedup_key", Text, nullable=False, unique=True),
    ref("client_id", "clients", nullable=True, index=True),
    ref("member_id", "members", nullable=True, index=True),
    ref("identity_id", "identities", nullable=True, index=True),
    ref("booking_id", "bookings", nullable=True, index=True),
    document("params"),
    Column("priority", SmallInteger, nullable=False),
    Column("status", Text, nullable=False, server_default="queued"),
    moment("due_at"),
    moment("not_after", nullable=True),
    ref("edit_of", "outbox", nullable=True, index=True),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    moment("lease_until", nullable=True),
    words("last_error", nullable=True),
    words("channel", nullable=True),
    words("account_key", nullable=True),
    words("peer_id", nullable=True),
    words("external_id", nullable=True),
    moment("created_at"),
    moment("finished_at", nullable=True),
    one_of("kind", MessageKind),
    one_of("status", MessageStatus),
    CheckConstraint("num_nonnulls(client_id, member_id) = 1", name="reader"),
    CheckConstraint("priority BETWEEN 0 AND 2", name="priority"),
    Index("ix_outbox_due", "priority", "due_at", postgresql_where=text("status = 'queued'")),
)

inbox = Table(
    "inbox",
    metadata,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("lane", Text, nullable=False),
    document("payload"),
    moment("received_at"),
    moment("done_at", nullable=True),
    Index("ix_inbox_pending", "source", "received_at", postgresql_where=text("done_at IS NULL")),
    Index("ix_inbox_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
)
