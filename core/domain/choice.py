"""Who does it, when several could.

The chains that can be had at a start are compared, and the least one is taken, by

1. the fewest changes of master within the visit: one master for all of it where that is possible (before
   and after a service that several do together nobody changes);
2. the fewest group sessions opened anew: who can join a standing one joins it;
3. gap rank: no unusable remainder before one (:mod:`core.domain.offer_rules`);
4. the «any master» rule of the business, service by service:
   - least loaded: minutes of work on the start's local date, then priority, then position;
   - priority: the owner's order, then minutes of work, then position;
   - least recent: who was last booked longest ago (never is longest), then priority, then position;
   of those who do a service together (:mod:`core.domain.crews`) the first one counts first;
5. standing sessions joined earlier in the visit rather than later; the location's position.

Ids decide what is still equal, so that the same question always has the same answer.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.catalog import AnyStaffChoice, StaffMember
from core.domain.crews import StaffKey
from core.domain.slot_search import Chain
from core.domain.visit import Busy, DayLoad

NOTHING: Final = DayLoad(0, 0)
_NEVER: Final = -(1 << 62)


class ChainKey(NamedTuple):
    """What chains are compared by; the least is taken."""

    handovers: int
    opened: int
    rank: int
    staff: tuple[StaffKey, ...]
    new: tuple[bool, ...]
    position: int
    location_id: UUID


class Choice:
    """The order of staff members and chains on one local date."""

    def __init__(self, rule: AnyStaffChoice, busy: Busy, day: date) -> None:
        self._rule = rule
        self._busy = busy
        self._day = day

    def staff_key(self, member: StaffMember) -> StaffKey:
        """A staff member's place in the order of the «any master» rule."""
        minutes = self._busy.loads.get((member.id, self._day), NOTHING).minutes
        if self._rule is AnyStaffChoice.LEAST_LOADED:
            return minutes, member.priority, member.position, member.id
        if self._rule is AnyStaffChoice.PRIORITY:
            return member.priority, minutes, member.position, member.id
        return self._busy.last_booked.get(member.id, _NEVER), member.priority, member.position, member.id

    def key(self, chain: Chain, rank: int) -> ChainKey:
        """A chain's place in the order of choice."""
        links = chain.links
        return ChainKey(
            handovers=sum(one.way.hands_over(other.way) for one, other in pairwise(links)),
            opened=sum(link.way.is_group and link.session is None for link in links),
            rank=rank,
            staff=tuple(
                key
                for link in links
                for key in sorted(self.staff_key(worker.staff) for worker in link.workers)
            ),
            new=tuple(link.session is None for link in links),
            position=chain.branch.location.position,
            location_id=chain.branch.location.id,
        )
