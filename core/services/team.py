"""The people of a business: invites, who somebody is here, the day's list."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from core.domain.actor import Actor, ActorKind, Role, Scope
from core.domain.booking import OCCUPIES, Booking
from core.domain.client import clean_name
from core.domain.errors import Forbidden, InvalidInput, InviteInvalid, NotFound
from core.domain.member import Member
from core.ports.clock import Clock, NewId
from core.ports.repositories import BookingFilter
from core.ports.unit_of_work import UnitOfWork
from core.services.catalogues import Catalogues
from core.services.tokens import digest

PREFIX: Final = "join_"
INVITE_LIFE: Final = timedelta(days=7)
_BYTES: Final = 24
_MAX_DAY: Final = 200


class Team:
    """See the module."""

    def __init__(self, uow: UnitOfWork, catalogues: Catalogues, clock: Clock, new_id: NewId) -> None:
        self._uow = uow
        self._catalogues = catalogues
        self._clock = clock
        self._new_id = new_id

    async def create_invite(
        self,
        actor: Actor,
        business: UUID | str,
        *,
        role: Role,
        staff_id: UUID | None = None,
        name: str = "",
    ) -> str:
        """A start parameter (``join_…``, at most 64 of A–Z a–z 0–9 _ -) that makes whoever opens it a member.

        Good once, for seven days. ``staff_id`` says which staff member they are; a master has to be one.
        Raises NotFound, Forbidden, InvalidInput (``staff_id``, ``name``).
        """
        catalogue = await self._catalogues.get(business)
        actor.require_manager(catalogue.business.id, Scope.PEOPLE_WRITE)
        if role is Role.OWNER and (actor.role not in {Role.OWNER, None} or actor.scopes is not None):
            # A token that was made for less makes nobody who may do everything.
            raise Forbidden
        if role is Role.MASTER and staff_id is None:
            raise InvalidInput("staff_id", "required")
        if staff_id is not None:
            member = catalogue.staff.get(staff_id)
            if member is None or member.archived:
                raise NotFound(what="staff")
            name = name or member.name
        name = clean_name(name or catalogue.business.name)
        code = secrets.token_urlsafe(_BYTES)
        now = self._clock.now()
        async with self._uow.begin() as tx:
            await tx.people.add_invite(
                digest(code),
                catalogue.business.id,
                role=role,
                staff_id=staff_id,
                name=name,
                expires_at=now + INVITE_LIFE,
                now=now,
            )
        return PREFIX + code

    async def accept_invite(self, start: str, identity_id: UUID) -> Actor:
        """Join by an invite (with or without ``join_``). Raises InviteInvalid: unknown, used, too old."""
        code = start.removeprefix(PREFIX)
        if not code or len(code) > 64 or not code.isascii():
            raise InviteInvalid
        async with self._uow.begin() as tx:
            member = await tx.people.use_invite(digest(code), identity_id, self._clock.now())
        if member is None:
            raise InviteInvalid
        return actor_of(member)

    async def actors(self, identity_id: UUID) -> tuple[Actor, ...]:
        """As whom this messenger user works, in each of their businesses."""
        async with self._uow.read() as tx:
            return tuple(actor_of(member) for member in await tx.people.members_of_identity(identity_id))

    async def actor(self, business_id: UUID, identity_id: UUID) -> Actor | None:
        """As whom this messenger user works here; None for a client."""
        for actor in await self.actors(identity_id):
            if actor.business_id == business_id:
                return actor
        return None

    async def day(
        self, actor: Actor, business_id: UUID, day: date | None = None
    ) -> tuple[date, tuple[Booking, ...]]:
        """The visits of a local date (None: today) by start, without the cancelled: a master's own, else all.

        Raises NotFound, Forbidden.
        """
        catalogue = await self._catalogues.peek(business_id)
        actor.require_business(business_id)
        actor.require_scope(Scope.BOOKINGS_READ)
        if not actor.is_business_side or (actor.role is Role.MASTER and actor.staff_id is None):
            raise Forbidden
        zone = catalogue.business.zone
        chosen = day or self._clock.now().astimezone(zone).date()
        first = datetime.combine(chosen, time(), zone).astimezone(UTC)
        last = datetime.combine(chosen + timedelta(days=1), time(), zone).astimezone(UTC)
        where = BookingFilter(
            start_from=first,
            start_until=last,
            staff_id=actor.staff_id if actor.role is Role.MASTER else None,
            statuses=OCCUPIES,
        )
        async with self._uow.read() as tx:
            page = await tx.bookings.list(business_id, where, limit=_MAX_DAY)
        return chosen, tuple(page.items)


def actor_of(member: Member) -> Actor:
    """A member as the one who acts."""
    return Actor(
        ActorKind.MEMBER,
        id=member.id,
        business_id=member.business_id,
        role=member.role,
        staff_id=member.staff_id,
        name=member.name,
    )
