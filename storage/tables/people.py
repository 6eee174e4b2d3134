"""Clients, messenger users, members of businesses, and how they get in."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from core.domain.actor import Role, Scope
from core.domain.client import MAX_NAME, Channel
from storage.tables.base import inside, key, metadata, moment, one_of, ref, referred, within, words

_SCOPES = ", ".join(f"'{scope}'" for scope in Scope)

messenger_accounts = Table(
    "messenger_accounts",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    ref("business_id", "businesses", nullable=True, index=True),
    one_of("channel", Channel),
)

clients = Table(
    "clients",
    metadata,
    key(),
    ref("business_id", "businesses"),
    Column("name", Text, nullable=False),
    words("phone", nullable=True),
    Column("phone_verified", Boolean, nullable=False, server_default=text("false")),
    words("email", nullable=True),
    Column("locale", Text, nullable=False),
    moment("created_at"),
    Column("preferred_channel", Text),
    ref("merged_into", "clients", nullable=True, index=True),
    one_of("preferred_channel", Channel),
    CheckConstraint("merged_into IS NULL OR phone IS NULL AND email IS NULL", name="merged"),
    CheckConstraint("phone ~ '^\\+[1-9][0-9]{6,14}$'", name="phone"),
    CheckConstraint("phone IS NOT NULL OR NOT phone_verified", name="verified"),
    CheckConstraint(f"char_length(name) BETWEEN 1 AND {MAX_NAME}", name="name"),
    referred(),
    Index("ix_clients_business_id_phone", "business_id", "phone"),
    Index("ix_clients_business_id_created_at", "business_id", "created_at", "id"),
    # As ``storage.repositories.client_list`` searches.
    Index(
        "ix_clients_name_search",
        literal_column("translate(lower(name), 'ё', 'е')").label("searched"),
        postgresql_using="gin",
        postgresql_ops={"searched": "gin_trgm_ops"},
    ),
    Index(
        "ix_clients_phone_search",
        "phone",
        postgresql_using="gin",
        postgresql_ops={"phone": "gin_trgm_ops"},
    ),
    Index(
        "uq_clients_verified_phone",
        "business_id",
        "phone",
        unique=True,
        postgresql_where=text("phone_verified"),
    ),
)

identities = Table(
    "identities",
    metadata,
    key(),
    Column("channel", Text, nullable=False),
    Column("account_key", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    words("name"),
    words("username", nullable=True),
    words("profile_locale", nullable=True),
    words("chosen_locale", nullable=True),
    Column("reachable", Boolean, nullable=False, server_default=text("true")),
    ref("business_id", "businesses", nullable=True, index=True),
    moment("created_at"),
    moment("last_seen_at"),
    words("phone", nullable=True),
    moment("phone_verified_at", nullable=True),
    UniqueConstraint("channel", "account_key", "external_id"),
    one_of("channel", Channel),
    CheckConstraint("phone ~ '^\\+[1-9][0-9]{6,14}$'", name="phone"),
    CheckConstraint("(phone IS NULL) = (phone_verified_at IS NULL)", name="phone_verified"),
)

client_identities = Table(
    "client_identities",
    metadata,
    Column("business_id", UUID(as_uuid=True), primary_key=True),
    ref("identity_id", "identities", primary_key=True, index=True),
    within("client_id", index=True),
    inside("client_id", "clients"),
)

consents = Table(
    "consents",
    metadata,
    key(),
    ref("client_id", "clients"),
    Column("purpose", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("channel", Text, nullable=False),
    moment("granted_at"),
    moment("withdrawn_at", nullable=True),
    Index(
        "uq_consents_standing",
        "client_id",
        "purpose",
        "version",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)

members = Table(
    "members",
    metadata,
    key(),
    ref("business_id", "businesses"),
    Column("role", Text, nullable=False),
    words("name"),
    Column("locale", Text, nullable=False),
    within("staff_id", nullable=True),
    moment("created_at"),
    Column("archived", Boolean, nullable=False, server_default=text("false")),
    one_of("role", Role),
    CheckConstraint("role <> 'master' OR staff_id IS NOT NULL", name="master"),
    inside("staff_id", "staff"),
    referred(),
    # A chair that somebody has left can be taken by another.
    Index("uq_members_staff_id", "staff_id", unique=True, postgresql_where=text("NOT archived")),
)

member_identities = Table(
    "member_identities",
    metadata,
    ref("member_id", "members", primary_key=True),
    ref("identity_id", "identities", primary_key=True, index=True),
    moment("linked_at"),
)

invites = Table(
    "invites",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    ref("business_id", "businesses", index=True),
    Column("role", Text, nullable=False),
    within("staff_id", nullable=True, index=True),
    words("name"),
    moment("created_at"),
    moment("expires_at"),
    moment("used_at", nullable=True),
    ref("used_by", "identities", nullable=True, index=True),
    one_of("role", Role),
    CheckConstraint("role <> 'master' OR staff_id IS NOT NULL", name="master"),
    CheckConstraint("created_at < expires_at", name="life"),
    inside("staff_id", "staff"),
    CheckConstraint("octet_length(code_hash) = 32", name="code_hash"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    key(),
    ref("business_id", "businesses", index=True),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    moment("created_at"),
    moment("revoked_at", nullable=True),
    within("staff_id", nullable=True, index=True),
    Column("scopes", ARRAY(Text), nullable=True),
    one_of("role", Role),
    CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
    CheckConstraint(f"scopes <@ ARRAY[{_SCOPES}]", name="scopes"),
    inside("staff_id", "staff"),
)
