"""Clients, messenger users, members of businesses, and how they get in.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES: Final = (
    "messenger_accounts",
    "clients",
    "identities",
    "client_identities",
    "consents",
    "members",
    "member_identities",
    "invites",
    "api_tokens",
)

STATEMENTS: Final = (
    """
CREATE TABLE messenger_accounts (
    channel text NOT NULL,
    key text NOT NULL,
    business_id uuid,
    CONSTRAINT pk_messenger_accounts PRIMARY KEY (channel, key),
    CONSTRAINT ck_messenger_accounts_channel CHECK (channel IN ('telegram', 'vk')),
    CONSTRAINT fk_messenger_accounts_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON
        DELETE RESTRICT
)
    """,
    """
CREATE INDEX ix_messenger_accounts_business_id ON messenger_accounts (business_id)
    """,
    r"""
CREATE TABLE clients (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    name text NOT NULL,
    phone text,
    phone_verified boolean DEFAULT false NOT NULL,
    email text,
    locale text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_clients PRIMARY KEY (id),
    CONSTRAINT ck_clients_phone CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    CONSTRAINT ck_clients_verified CHECK (phone IS NOT NULL OR NOT phone_verified),
    CONSTRAINT ck_clients_name CHECK (char_length(name) BETWEEN 1 AND 80),
    CONSTRAINT uq_clients_business_id_id UNIQUE (business_id, id),
    CONSTRAINT fk_clients_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT
)
    """,
    """
CREATE INDEX ix_clients_business_id_phone ON clients (business_id, phone)
    """,
    """
CREATE UNIQUE INDEX uq_clients_verified_phone ON clients (business_id, phone) WHERE phone_verified
    """,
    """
CREATE TABLE identities (
    id uuid DEFAULT uuidv7() NOT NULL,
    channel text NOT NULL,
    account_key text NOT NULL,
    external_id text NOT NULL,
    name text DEFAULT '' NOT NULL,
    username text,
    profile_locale text,
    chosen_locale text,
    reachable boolean DEFAULT true NOT NULL,
    business_id uuid,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    CONSTRAINT pk_identities PRIMARY KEY (id),
    CONSTRAINT uq_identities_channel_account_key_external_id UNIQUE (channel, account_key, external_id),
    CONSTRAINT ck_identities_channel CHECK (channel IN ('telegram', 'vk')),
    CONSTRAINT fk_identities_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT
)
    """,
    """
CREATE INDEX ix_identities_business_id ON identities (business_id)
    """,
    """
CREATE TABLE client_identities (
    business_id uuid NOT NULL,
    identity_id uuid NOT NULL,
    client_id uuid NOT NULL,
    CONSTRAINT pk_client_identities PRIMARY KEY (business_id, identity_id),
    CONSTRAINT fk_client_identities_business_id_client_id FOREIGN KEY (business_id, client_id)
        REFERENCES clients (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_client_identities_identity_id FOREIGN KEY (identity_id) REFERENCES identities (id) ON
        DELETE RESTRICT
)
    """,
    """
CREATE INDEX ix_client_identities_client_id ON client_identities (client_id)
    """,
    """
CREATE INDEX ix_client_identities_identity_id ON client_identities (identity_id)
    """,
    """
CREATE TABLE consents (
    id uuid DEFAULT uuidv7() NOT NULL,
    client_id uuid NOT NULL,
    purpose text NOT NULL,
    version text NOT NULL,
    channel text NOT NULL,
    granted_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT pk_consents PRIMARY KEY (id),
    CONSTRAINT fk_consents_client_id FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE RESTRICT
)
    """,
    """
CREATE UNIQUE INDEX uq_consents_standing ON consents (client_id, purpose, version)
    WHERE withdrawn_at IS NULL
    """,
    """
CREATE TABLE members (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    role text NOT NULL,
    name text DEFAULT '' NOT NULL,
    locale text NOT NULL,
    staff_id uuid,
    created_at timestamptz NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_members PRIMARY KEY (id),
    CONSTRAINT ck_members_role CHECK (role IN ('owner', 'ops_manager', 'operator', 'content_manager',
        'finance', 'integrations_admin', 'read_only', 'master')),
    CONSTRAINT ck_members_master CHECK (role <> 'master' OR staff_id IS NOT NULL),
    CONSTRAINT fk_members_business_id_staff_id FOREIGN KEY (business_id, staff_id) REFERENCES staff
        (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT uq_members_business_id_id UNIQUE (business_id, id),
    CONSTRAINT fk_members_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT,
    CONSTRAINT uq_members_staff_id UNIQUE (staff_id)
)
    """,
    """
CREATE TABLE member_identities (
    member_id uuid NOT NULL,
    identity_id uuid NOT NULL,
    linked_at timestamptz NOT NULL,
    CONSTRAINT pk_member_identities PRIMARY KEY (member_id, identity_id),
    CONSTRAINT fk_member_identities_member_id FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE
        RESTRICT,
    CONSTRAINT fk_member_identities_identity_id FOREIGN KEY (identity_id) REFERENCES identities (id) ON
        DELETE RESTRICT
)
    """,
    """
CREATE INDEX ix_member_identities_identity_id ON member_identities (identity_id)
    """,
    """
CREATE TABLE invites (
    code_hash bytea NOT NULL,
    business_id uuid NOT NULL,
    role text NOT NULL,
    staff_id uuid,
    name text DEFAULT '' NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by uuid,
    CONSTRAINT pk_invites PRIMARY KEY (code_hash),
    CONSTRAINT ck_invites_role CHECK (role IN ('owner', 'ops_manager', 'operator', 'content_manager',
        'finance', 'integrations_admin', 'read_only', 'master')),
    CONSTRAINT ck_invites_master CHECK (role <> 'master' OR staff_id IS NOT NULL),
    CONSTRAINT ck_invites_life CHECK (created_at < expires_at),
    CONSTRAINT fk_invites_business_id_staff_id FOREIGN KEY (business_id, staff_id) REFERENCES staff
        (business_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_invites_code_hash CHECK (octet_length(code_hash) = 32),
    CONSTRAINT fk_invites_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT,
    CONSTRAINT fk_invites_used_by FOREIGN KEY (used_by) REFERENCES identities (id) ON DELETE RESTRICT
)
    """,
    """
CREATE INDEX ix_invites_business_id ON invites (business_id)
    """,
    """
CREATE INDEX ix_invites_staff_id ON invites (staff_id)
    """,
    """
CREATE INDEX ix_invites_used_by ON invites (used_by)
    """,
    """
CREATE TABLE api_tokens (
    id uuid DEFAULT uuidv7() NOT NULL,
    business_id uuid NOT NULL,
    role text NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT pk_api_tokens PRIMARY KEY (id),
    CONSTRAINT ck_api_tokens_role CHECK (role IN ('owner', 'ops_manager', 'operator', 'content_manager',
        'finance', 'integrations_admin', 'read_only', 'master')),
    CONSTRAINT ck_api_tokens_token_hash CHECK (octet_length(token_hash) = 32),
    CONSTRAINT fk_api_tokens_business_id FOREIGN KEY (business_id) REFERENCES businesses (id) ON DELETE
        RESTRICT,
    CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash)
)
    """,
    """
CREATE INDEX ix_api_tokens_business_id ON api_tokens (business_id)
    """,
)


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.drop_table(table)
