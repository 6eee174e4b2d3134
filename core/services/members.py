"""The members of a business: who they are, and how one leaves."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.domain.actor import Actor, Role
from core.domain.errors import Forbidden, NotFound, PolicyRefused
from core.domain.member import Member
from core.ports.unit_of_work import UnitOfWork
from core.services.catalogues import Catalogues


class Members:
    """See the module. They come by invites, see :mod:`core.services.team`."""

    def __init__(self, uow: UnitOfWork, catalogues: Catalogues) -> None:
        self._uow = uow
        self._catalogues = catalogues

    async def list(self, actor: Actor, business: UUID | str) -> Sequence[Member]:
        """All who are members now, oldest membership first. Raises NotFound, Forbidden."""
        business_id = (await self._catalogues.peek(business)).business.id
        actor.require_owner(business_id)
        async with self._uow.read() as tx:
            return await tx.people.members(business_id)

    async def archive(self, actor: Actor, business: UUID | str, member_id: UUID) -> None:
        """Somebody leaves: their messengers open nothing of the business any more, at once.

        Raises NotFound, Forbidden, PolicyRefused (``last_owner``).
        """
        business_id = (await self._catalogues.peek(business)).business.id
        actor.require_owner(business_id)
        async with self._uow.begin() as tx:
            # One at a time, so that two owners who remove each other leave one.
            await tx.bookings.lock([f"members:{business_id}"])
            members = await tx.people.members(business_id)
            leaving = next((member for member in members if member.id == member_id), None)
            if leaving is None:
                raise NotFound(what="member")
            owners = [member for member in members if member.role is Role.OWNER]
            if owners == [leaving]:
                raise PolicyRefused("last_owner")
            if leaving.role is Role.OWNER and actor.scopes is not None:
                raise Forbidden
            await tx.people.archive_member(member_id)
