"""What goes out and what comes in."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, SmallInteger, Table, Text, text

from core.domain.client import Channel
from core.domain.message import MessageKind, MessageStatus
from storage.tables.base import (
    document,
    inside,
    key,
    metadata,
    moment,
    one_of,
    ref,
    tenant,
    within,
    words,
)

#: ``due_at``: not before, as whoever queued it wanted. ``available_at``: when it may be taken; the same at
#: first, then the end of the lease of whoever took it, or the next try. ``channel`` to ``external_id``: where
#: it ended up. ``request_id``: the name of what caused it.
outbox = Table(
    "outbox",
    metadata,
    key(),
    tenant(),
    Column("kind", Text, nullable=False),
    Column("dedup_key", Text, nullable=False, unique=True),
    within("client_id", nullable=True),
    within("member_id", nullable=True),
    ref("identity_id", "identities", nullable=True),
    ref("booking_id", "bookings", nullable=True),
    document("params"),
    Column("priority", SmallInteger, nullable=False),
    Column("status", Text, nullable=False, server_default="queued"),
    moment("due_at"),
    moment("available_at"),
    moment("not_after", nullable=True),
    ref("edit_of", "outbox", nullable=True),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    words("last_error", nullable=True),
    words("channel", nullable=True),
    words("account_key", nullable=True),
    words("peer_id", nullable=True),
    words("external_id", nullable=True),
    moment("finished_at", nullable=True),
    words("request_id", nullable=True),
    inside("client_id", "clients"),
    inside("member_id", "members"),
    one_of("kind", MessageKind),
    one_of("status", MessageStatus),
    one_of("channel", Channel),
    CheckConstraint("num_nonnulls(client_id, member_id) = 1", name="reader"),
    CheckConstraint("priority BETWEEN 0 AND 2", name="priority"),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("status <> 'queued' OR finished_at IS NULL", name="finished"),
    CheckConstraint(
        "num_nonnulls(channel, account_key, peer_id, external_id)"
        " = CASE status WHEN 'sent' THEN 4 ELSE 0 END",
        name="copy",
    ),
    CheckConstraint("jsonb_typeof(params) = 'object'", name="params"),
    Index("ix_outbox_due", "priority", "available_at", "id", postgresql_where=text("status = 'queued'")),
    Index("ix_outbox_next", "available_at", postgresql_where=text("status = 'queued'")),
    Index("ix_outbox_dead", "id", postgresql_where=text("status = 'dead'")),
    Index("ix_outbox_booking_id", "booking_id", "kind", postgresql_where=text("booking_id IS NOT NULL")),
)

#: ``number``: the order in which events came. Those of one moment have no other, and VK's numbers no order.
#: ``claimed_by``: the process that works on it, for as long as it says so: until ``leased_until``.
inbox = Table(
    "inbox",
    metadata,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("lane", Text, nullable=False),
    document("payload"),
    moment("received_at"),
    moment("done_at", nullable=True),
    words("claimed_by", nullable=True),
    moment("leased_until", nullable=True),
    CheckConstraint("num_nonnulls(claimed_by, leased_until) IN (0, 2)", name="lease"),
    Index("ix_inbox_pending", "source", "number", postgresql_where=text("done_at IS NULL")),
    Index("ix_inbox_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
)
