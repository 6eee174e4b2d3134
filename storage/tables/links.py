"""One-time links by which somebody shows in a messenger that they are a client known elsewhere."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Table

from storage.tables.base import inside, metadata, moment, ref, tenant, within

#: The hash of the code alone is kept.
client_links = Table(
    "client_links",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    tenant(),
    within("client_id", nullable=True),
    ref("booking_id", "bookings", nullable=True, index=True),
    moment("created_at"),
    moment("expires_at"),
    moment("used_at", nullable=True),
    ref("used_by", "identities", nullable=True, index=True),
    inside("client_id", "clients"),
    CheckConstraint("num_nonnulls(client_id, booking_id) = 1", name="subject"),
    CheckConstraint("created_at < expires_at", name="life"),
    CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name="used"),
    CheckConstraint("octet_length(code_hash) = 32", name="code_hash"),
    Index("ix_client_links_client_id", "business_id", "client_id"),
    Index("ix_client_links_expires_at", "expires_at"),
)
