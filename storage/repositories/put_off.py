"""SQL of what :class:`storage.session.Session` puts off."""

from __future__ import annotations

from typing import Final


def put_off(first: int) -> str:
    """The statements that write it, as parts of a WITH; ``first`` is the number of their first parameter: JSON
    of cards, consents, lines of history and messages.
    """
    cards, consents, entries, messages = (f"${first + place}::jsonb" for place in range(4))
    return f"""
card AS (
    INSERT INTO clients (id, business_id, name, phone, phone_verified, email, locale, created_at)
    SELECT * FROM jsonb_to_recordset({cards}) AS r (
        id uuid, business_id uuid, name text, phone text, phone_verified boolean, email text, locale text,
        created_at timestamptz)
), consent AS (
    INSERT INTO consents (id, client_id, purpose, version, channel, granted_at)
    SELECT * FROM jsonb_to_recordset({consents}) AS r (
        id uuid, client_id uuid, purpose text, version text, channel text, granted_at timestamptz)
    ON CONFLICT (client_id, purpose, version) WHERE withdrawn_at IS NULL DO NOTHING
), entry AS (
    INSERT INTO booking_timeline (id, booking_id, at, event, actor_kind, actor_id, actor_name, reason, before, after)
    SELECT * FROM jsonb_to_recordset({entries}) AS r (
        id uuid, booking_id uuid, at timestamptz, event text, actor_kind text, actor_id uuid, actor_name text,
        reason text, before jsonb, after jsonb)
), message AS (
    INSERT INTO outbox (id, business_id, kind, dedup_key, due_at, client_id, member_id, identity_id, booking_id, params,
                        priority, not_after, edit_of, request_id, available_at)
    SELECT r.*, r.due_at FROM jsonb_to_recordset({messages}) AS r (
        id uuid, business_id uuid, kind text, dedup_key text, due_at timestamptz, client_id uuid, member_id uuid,
        identity_id uuid, booking_id uuid, params jsonb, priority smallint, not_after timestamptz, edit_of uuid,
        request_id text)
    ORDER BY r.dedup_key
    ON CONFLICT (dedup_key) DO NOTHING RETURNING 1
)"""


WRITE: Final = f"WITH {put_off(1)} SELECT count(*) FROM message"
