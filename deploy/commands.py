"""What the small commands do. Each joins the servers of the data folder, running or not."""

from __future__ import annotations

from uuid import UUID

from core.domain.actor import SYSTEM, Role
from core.domain.errors import InvalidInput, NotFound
from deploy.clock import SystemClock
from deploy.compose import Core, open_core
from deploy.demo.seed import seed
from deploy.demo.show import load_clock
from deploy.schema import newest_revision
from deploy.settings import Settings


async def migrate_schema(settings: Settings) -> str:
    """The revision that the schema now has."""
    async with open_core(settings, SystemClock()):
        return newest_revision()


async def seed_demo(settings: Settings) -> list[str]:
    """A line for each business written."""
    async with open_core(settings, SystemClock()) as core:
        return [f"{each.slug}: {each.bookings}" for each in await seed(core)]


async def create_token(settings: Settings, business: str, role: str, name: str) -> str:
    """A personal API token. Raises InvalidInput (``role``), NotFound."""
    try:
        wanted = Role(role)
    except ValueError:
        raise InvalidInput("role", "unknown", allowed=", ".join(Role)) from None
    async with open_core(settings, load_clock(settings.data_dir)) as core:
        return await core.tokens.create(SYSTEM, business, role=wanted, name=name)


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
