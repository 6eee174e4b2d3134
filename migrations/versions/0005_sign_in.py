"""Sessions of people who sign in, the phones that messengers vouch for, what a token is made for.

The meaning of tables and columns is told in :mod:`storage.tables`.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS: Final = (
    """
CREATE TABLE auth_sessions (
    id uuid DEFAULT uuidv7() NOT NULL,
    identity_id uuid NOT NULL,
    refresh_hash bytea NOT NULL,
    device text DEFAULT '' NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    swapped_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    idle_until timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT pk_auth_sessions PRIMARY KEY (id),
    CONSTRAINT fk_auth_sessions_identity_id FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE RESTRICT,
    CONSTRAINT ck_auth_sessions_refresh_hash CHECK (octet_length(refresh_hash) = 32),
    CONSTRAINT ck_auth_sessions_life CHECK (created_at <= used_at AND used_at < idle_until AND idle_until <= expires_at)
)
    """,
    "CREATE INDEX ix_auth_sessions_identity_id ON auth_sessions (identity_id, used_at)",
    "CREATE INDEX ix_auth_sessions_idle_until ON auth_sessions (idle_until)",
    """
ALTER TABLE identities
    ADD COLUMN phone text,
    ADD COLUMN phone_verified_at timestamptz,
    ADD CONSTRAINT ck_identities_phone CHECK (phone ~ '^\\+[1-9][0-9]{6,14}$'),
    ADD CONSTRAINT ck_identities_phone_verified CHECK ((phone IS NULL) = (phone_verified_at IS NULL))
    """,
    """
ALTER TABLE api_tokens
    ADD COLUMN staff_id uuid,
    ADD COLUMN scopes text[],
    ADD CONSTRAINT fk_api_tokens_business_id_staff_id FOREIGN KEY (business_id, staff_id)
        REFERENCES staff (business_id, id) ON DELETE RESTRICT,
    ADD CONSTRAINT ck_api_tokens_scopes CHECK (scopes <@ ARRAY['catalogue:read', 'catalogue:write', 'bookings:read',
        'bookings:write', 'clients:read', 'people:write'])
    """,
    "CREATE INDEX ix_api_tokens_staff_id ON api_tokens (staff_id)",
    "ALTER TABLE members DROP CONSTRAINT uq_members_staff_id",
    "CREATE UNIQUE INDEX uq_members_staff_id ON members (staff_id) WHERE NOT archived",
)

# Who is archived gives up the chair, where the older schema knows one holder of it only.
BACK: Final = (
    "DROP INDEX uq_members_staff_id",
    """
UPDATE members AS m SET role = CASE WHEN m.role = 'master' THEN 'read_only' ELSE m.role END, staff_id = NULL
WHERE m.archived AND m.staff_id IS NOT NULL
    """,
    "ALTER TABLE members ADD CONSTRAINT uq_members_staff_id UNIQUE (staff_id)",
    "ALTER TABLE api_tokens DROP COLUMN scopes, DROP COLUMN staff_id",
    "ALTER TABLE identities DROP COLUMN phone_verified_at, DROP COLUMN phone",
    "DROP TABLE auth_sessions",
)


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for statement in BACK:
        op.execute(statement)
