"""Who acts. Services authorise every call by the actor, whatever the button or token claimed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from core.domain.errors import Forbidden, NotFound


class ActorKind(StrEnum):
    """On whose behalf something happens; kept in the timeline."""

    CLIENT = "client"
    MEMBER = "member"
    TOKEN = "token"  # noqa: S105 - a kind of actor, not a secret
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class Role(StrEnum):
    """What a member of a business may do.

    Only owner and master are told apart by what is built; the others are read only.
    """

    OWNER = "owner"
    OPS_MANAGER = "ops_manager"
    OPERATOR = "operator"
    CONTENT_MANAGER = "content_manager"
    FINANCE = "finance"
    INTEGRATIONS_ADMIN = "integrations_admin"
    READ_ONLY = "read_only"
    MASTER = "master"


MANAGERS = frozenset({Role.OWNER, Role.OPS_MANAGER})
DECIDERS = MANAGERS | {Role.OPERATOR}


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller.

    ``business_id``: the only business that the actor may touch (None: the system, or anonymous booking by a
    public page). ``id``: the client, member or token. ``staff_id``: the staff member a master is.
    """

    kind: ActorKind
    id: UUID | None = None
    business_id: UUID | None = None
    role: Role | None = None
    staff_id: UUID | None = None
    name: str = ""

    @property
    def is_business_side(self) -> bool:
        """A member, a token or the system: not bound by the clients' deadlines."""
        return self.kind in {ActorKind.MEMBER, ActorKind.TOKEN, ActorKind.SYSTEM}

    @property
    def may_override(self) -> bool:
        """May place a visit against the rules of the offer: managers, and the system."""
        return self.kind is ActorKind.SYSTEM or (self.is_business_side and self.role in MANAGERS)

    def require_business(self, business_id: UUID) -> None:
        """The actor belongs to this business.

        Raises NotFound: to a stranger, other tenants' things don't exist.
        """
        if self.kind is ActorKind.SYSTEM:
            return
        if self.business_id != business_id:
            raise NotFound(what="business")

    def require_manager(self, business_id: UUID) -> None:
        """The actor may change the catalogue.

        Raises NotFound for strangers, Forbidden for others of the business.
        """
        self.require_business(business_id)
        if self.kind is not ActorKind.SYSTEM and (not self.is_business_side or self.role not in MANAGERS):
            raise Forbidden

    def may_see(self, *, business_id: UUID, client_id: UUID | None, staff_ids: frozenset[UUID]) -> bool:
        """Whether a booking exists for this actor: own ones for a client, own chair for a master, all for the
        others.
        """
        if self.kind is ActorKind.SYSTEM:
            return True
        if self.business_id != business_id:
            return False
        if self.kind is ActorKind.CLIENT:
            return client_id is not None and client_id == self.id
        if self.role is Role.MASTER:
            return self.staff_id in staff_ids
        return self.role is not None

    def may_decide(self, *, business_id: UUID, staff_ids: frozenset[UUID]) -> bool:
        """Whether this actor may confirm, decline, complete or move the booking on the business's side."""
        if self.kind is ActorKind.SYSTEM:
            return True
        if self.business_id != business_id or not self.is_business_side:
            return False
        return self.role in DECIDERS or (self.role is Role.MASTER and self.staff_id in staff_ids)


SYSTEM = Actor(ActorKind.SYSTEM, name="system")
