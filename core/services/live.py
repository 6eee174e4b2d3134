"""Listening to what changes: who hears what, and catching up after a connection broke.

One :class:`Live` for the process. It keeps the newest changes for a short while, so that a listener who comes
back with the number of the last one it heard gets what it missed, or else is told that it missed something.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.actor import Actor, ActorKind, Scope
from core.domain.errors import Forbidden, Unauthorized
from core.ports.events import BookingChanged, CatalogueChanged, Change, SlotsChanged

#: How many changes are kept for those who come back.
KEPT: Final = 4096
#: How many a listener may leave waiting before it is given up.
DEPTH: Final = 100


class Kind(StrEnum):
    """What one can listen to."""

    SLOTS = "slots"
    BOOKINGS = "bookings"
    CATALOGUE = "catalogue"


_KINDS: Final = {
    SlotsChanged: Kind.SLOTS,
    BookingChanged: Kind.BOOKINGS,
    CatalogueChanged: Kind.CATALOGUE,
}


class Told(NamedTuple):
    """What a listener hears: a change and its number.

    ``change`` None: something was missed, look at everything anew. ``number`` None: there is none to come
    back with.
    """

    number: int | None
    change: Change | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who listens to ``kinds`` of one business.

    ``booking_id``: the only booking that they may hear of, for who came by the key of one visit.
    """

    actor: Actor
    business_id: UUID
    kinds: frozenset[Kind]
    booking_id: UUID | None = None

    def hears(self, change: Change) -> bool:
        """Whether the change is for them. A master hears of a visit that went to a colleague, too."""
        if change.business_id != self.business_id or _KINDS[type(change)] not in self.kinds:
            return False
        if not isinstance(change, BookingChanged):
            return True
        return self._may_see(change, change.staff_ids | change.former_staff_ids)

    def still_sees(self, change: BookingChanged) -> bool:
        """Whether the booking exists for them after the change."""
        return self._may_see(change, change.staff_ids)

    def _may_see(self, change: BookingChanged, staff_ids: frozenset[UUID]) -> bool:
        if self.booking_id is not None:
            # The key outlives a change of cards.
            return change.booking_id == self.booking_id
        return self.actor.may_see(
            business_id=change.business_id, client_id=change.client_id, staff_ids=staff_ids
        )


def viewer_of(
    actor: Actor, business_id: UUID, wanted: Iterable[Kind] | None, *, booking_id: UUID | None = None
) -> Viewer:
    """What this actor may listen to, of what they want; None wants all there is for them.

    Bookings are told to the people of the business and to clients, of their own. Raises Unauthorized when
    somebody unknown asks for them, NotFound for those of another business, Forbidden for a token whose scopes
    don't have them.
    """
    related = actor.kind is ActorKind.SYSTEM or actor.business_id == business_id
    known = related and actor.kind is not ActorKind.ANONYMOUS
    if wanted is None:
        kinds = frozenset(Kind) if known and _may_listen(actor) else frozenset(Kind) - {Kind.BOOKINGS}
        return Viewer(actor, business_id, kinds, booking_id)
    kinds = frozenset(wanted)
    if Kind.BOOKINGS in kinds:
        if actor.kind is ActorKind.ANONYMOUS:
            raise Unauthorized
        actor.require_business(business_id)
        if not _may_listen(actor):
            raise Forbidden
    return Viewer(actor, business_id, kinds, booking_id)


def _may_listen(actor: Actor) -> bool:
    """Whether they may read bookings at all."""
    return actor.kind in {ActorKind.CLIENT, ActorKind.SYSTEM} or (
        actor.role is not None and actor.allows(Scope.BOOKINGS_READ)
    )


class Listener:
    """One who listens. Whoever leaves more than ``depth`` changes waiting is given up: ``overrun``."""

    def __init__(self, viewer: Viewer, depth: int) -> None:
        self.viewer = viewer
        self.overrun = False
        self._depth = depth
        self._waiting: deque[Told] = deque()
        self._wake = asyncio.Event()
        self._ended = False

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        return self._ended

    def end(self) -> None:
        """Hear nothing more."""
        self._ended = True
        self._wake.set()

    def tell(self, told: Told) -> None:
        """Something more to hear."""
        if self._ended:
            return
        if told.change is None:
            # Whoever has to look at everything anew needs nothing of what waits.
            self._waiting.clear()
        elif len(self._waiting) >= self._depth:
            self._waiting.clear()
            self.overrun = True
            self.end()
            return
        self._waiting.append(told)
        self._wake.set()

    async def next(self, seconds: float) -> Sequence[Told]:
        """What there is to hear, after ``seconds`` at the latest; nothing also when it has :attr:`ended`."""
        if not self._waiting and not self._ended:
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                return ()
        found = tuple(self._waiting)
        self._waiting.clear()
        if not self._ended:
            self._wake.clear()
        return found


class Live:
    """See the module, and :class:`core.ports.events.Audience`."""

    def __init__(self, *, kept: int = KEPT, depth: int = DEPTH) -> None:
        self._kept: deque[tuple[int, Change]] = deque(maxlen=kept)
        self._depth = depth
        #: Every change after this one is kept, up to ``_last``; None: there is no telling.
        self._from: int | None = None
        self._last = 0
        self._listeners: dict[UUID, set[Listener]] = {}

    @property
    def position(self) -> int | None:
        """The number of the newest change; None when there is nothing to come back with."""
        return None if self._from is None else self._last

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return sum(map(len, self._listeners.values()))

    # --- what is told

    def began(self, number: int) -> None:
        """Those who listen may have missed something."""
        self._kept.clear()
        self._from = self._last = number
        for listener in self._everybody():
            listener.tell(Told(number, None))

    def lost(self) -> None:
        """What comes in the meantime has no number."""
        self._kept.clear()
        self._from = None

    def arrived(self, number: int | None, change: Change) -> None:
        """Kept, and told to those whom it is for. A number twice is once; a gap is a loss."""
        if number is not None:
            if self._from is None or number > self._last + 1:
                self.began(number - 1)
            elif number <= self._last:
                return
            if len(self._kept) == self._kept.maxlen:
                self._from = self._kept[0][0]
            self._kept.append((number, change))
            self._last = number
        told = Told(number, change)
        for listener in [*self._listeners.get(change.business_id, ())]:
            if listener.viewer.hears(change):
                listener.tell(told)

    # --- who listens

    @contextmanager
    def listening(self, viewer: Viewer, since: int | None = None) -> Iterator[Listener]:
        """A listener for as long as the block lasts.

        ``since``: the number of the last change that they heard; they hear those after it first, or that they
        missed some. A negative one is none that there ever was.
        """
        listener = Listener(viewer, self._depth)
        if since is not None:
            self._catch_up(listener, since)
        of = self._listeners.setdefault(viewer.business_id, set())
        of.add(listener)
        try:
            yield listener
        finally:
            of.discard(listener)
            if not of and self._listeners.get(viewer.business_id) is of:
                del self._listeners[viewer.business_id]

    def _catch_up(self, listener: Listener, since: int) -> None:
        if self._from is None or not self._from <= since <= self._last:
            listener.tell(Told(self.position, None))
            return
        missed = [
            Told(number, change)
            for number, change in self._kept
            if number > since and listener.viewer.hears(change)
        ]
        if len(missed) > self._depth:
            listener.tell(Told(self.position, None))
            return
        for told in missed:
            listener.tell(told)

    def _everybody(self) -> list[Listener]:
        return [listener for of in self._listeners.values() for listener in of]
