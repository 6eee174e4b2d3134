"""Requests that carry a key, and what was answered to them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from storage.tables.base import key, metadata, moment, one_of

STATES: Final = ("in_progress", "done")

#: ``business_id``: all zeros where there is none, so that equal keys meet there too. ``locked_at``: since
#: when somebody works on it; long ago, the next one may. The answer is kept as the web application sealed it.
http_requests = Table(
    "http_requests",
    metadata,
    key(),
    Column("business_id", UUID(as_uuid=True), nullable=False),
    Column("caller", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("key_hash", LargeBinary, nullable=False),
    Column("request_sha256", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="in_progress"),
    Column("status", SmallInteger),
    Column("headers", JSONB),
    Column("body", LargeBinary),
    moment("locked_at"),
    moment("expires_at"),
    one_of("state", STATES),
    CheckConstraint("octet_length(key_hash) = 32 AND octet_length(request_sha256) = 32", name="hashes"),
    CheckConstraint(
        "num_nonnulls(status, headers, body) = CASE state WHEN 'done' THEN 3 ELSE 0 END", name="answer"
    ),
    UniqueConstraint("business_id", "caller", "operation", "key_hash", name="uq_http_requests_key"),
    Index("ix_http_requests_expires_at", "expires_at"),
)
