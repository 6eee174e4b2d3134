"""What the small commands do. Each joins the servers of the data folder, running or not."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from core.domain.actor import SYSTEM, Role, Scope
from core.domain.errors import InvalidInput, NotFound
from deploy.clock import SystemClock
from deploy.compose import Core, open_core
from deploy.demo.seed import seed
from deploy.demo.show import load_clock
from deploy.schema import newest_revision
from deploy.settings import Settings

_Word = TypeVar("_Word", bound=StrEnum)


async def migrate_schema(settings: Settings) -> str:
    """The revision that the schema now has."""
    async with open_core(settings, SystemClock()):
        return newest_revision()


async def seed_demo(settings: Settings) -> list[str]:
    """A line for each business written."""
    async with open_core(settings, SystemClock()) as core:
        return [f"{each.slug}: {each.bookings}" for each in await seed(core)]


async def create_token(
    settings: Settings,
    business: str,
    role: str,
    name: str,
    *,
    staff: str | None = None,
    scopes: Sequence[str] = (),
) -> str:
    """A personal API token; a master's acts as the ``staff`` member of this name. No ``scopes``: all of them.

    Raises InvalidInput (``role``, ``scope``, ``staff_id``), NotFound.
    """
    wanted = _word(Role, "role", role)
    chosen = frozenset(_word(Scope, "scope", scope) for scope in scopes) or None
    async with open_core(settings, load_clock(settings.data_dir)) as core:
        staff_id = None if staff is None else await _staff_id(core, business, staff)
        return await core.tokens.create(
            SYSTEM, business, role=wanted, name=name, staff_id=staff_id, scopes=chosen
        )


def _word(words: type[_Word], field: str, said: str) -> _Word:
    try:
        return words(said)
    except ValueError:
        raise InvalidInput(field, "unknown", allowed=", ".join(words)) from None


async def create_invite(settings: Settings, business: str, staff: str | None) -> str:
    """A start parameter (``join_…``) for an owner, or for the staff member of this name. Raises NotFound."""
    async with open_core(settings, load_clock(settings.data_dir)) as core:
        if staff is None:
            return await core.team.create_invite(SYSTEM, business, role=Role.OWNER)
        return await core.team.create_invite(
            SYSTEM, business, role=Role.MASTER, staff_id=await _staff_id(core, business, staff), name=staff
        )


async def _staff_id(core: Core, business: str, name: str) -> UUID:
    catalogue = await core.catalogues.get(business)
    wanted = name.strip().casefold()
    found = [m for m in catalogue.staff.values() if m.name.casefold() == wanted and not m.archived]
    if len(found) != 1:
        raise NotFound(what="staff", name=name)
    return found[0].id
