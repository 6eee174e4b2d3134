"""What is somebody's own, in all businesses at once: their visits."""

from __future__ import annotations

from uuid import UUID

from core.domain.errors import InvalidInput
from core.ports.clock import Clock
from core.ports.repositories import Page
from core.ports.unit_of_work import UnitOfWork
from core.services.booking_read import MAX_PAGE
from core.services.catalogues import Catalogues


class Mine:
    """See the module. ``identity_id`` is the messenger user who asks, and it is all that is asked for."""

    def __init__(self, uow: UnitOfWork, catalogues: Catalogues, clock: Clock) -> None:
        self._uow = uow
        self._catalogues = catalogues
        self._clock = clock

    async def bookings(
        self,
        identity_id: UUID,
        *,
        past: bool = False,
        business: UUID | str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """The visits to come by start, or those that are over, latest first; in one business or in all.

        Raises NotFound (the business), InvalidInput (``limit``, ``cursor``).
        """
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInput("limit", "out_of_range", min=1, max=MAX_PAGE)
        business_id = None
        if business is not None:
            business_id = (await self._catalogues.peek(business)).business.id
        async with self._uow.read() as tx:
            read = tx.own_bookings.past if past else tx.own_bookings.coming
            return await read(identity_id, business_id, self._clock.now(), limit=limit, cursor=cursor)
