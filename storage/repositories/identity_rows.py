"""Rows of messenger users and members ↔ the core's dataclasses."""

from __future__ import annotations

from typing import Final

from asyncpg import Record

from core.domain.actor import Role
from core.domain.client import Channel, Identity
from core.domain.member import Member

#: What makes an identity; the language they chose wins over the profile's.
IDENTITY: Final = """i.id, i.channel, i.account_key, i.external_id, i.name, i.username,
       coalesce(i.chosen_locale, i.profile_locale) AS locale, i.reachable, i.business_id, i.phone"""

MEMBER: Final = "m.id, m.business_id, m.role, m.name, m.locale, m.staff_id"
MEMBERS: Final = f"""
SELECT {MEMBER} FROM members AS m WHERE m.business_id = $1 AND NOT m.archived ORDER BY m.created_at, m.id
"""


def identity_of(row: Record) -> Identity:
    """A messenger user."""
    return Identity(
        id=row["id"],
        channel=Channel(row["channel"]),
        account_key=row["account_key"],
        external_id=row["external_id"],
        name=row["name"],
        username=row["username"],
        locale=row["locale"],
        reachable=row["reachable"],
        business_id=row["business_id"],
        phone=row["phone"],
    )


def member_of(row: Record) -> Member:
    """A member."""
    return Member(
        row["id"], row["business_id"], Role(row["role"]), row["name"], row["locale"], row["staff_id"]
    )
