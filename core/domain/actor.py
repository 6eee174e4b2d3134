"""Who acts. Services authorise every call by the actor, whatever the button or token claimed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
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
    """What a member of a business may do, in short: :data:`MANAGERS` change the catalogue and the people,
    :data:`DECIDERS` make and decide bookings, a master those of the own chair, all others read.

    An owner alone makes other owners and handles tokens and members.
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


class Scope(StrEnum):
    """What a personal token was made for: less than its role could. To write is to read what is written."""

    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    BOOKINGS_READ = "bookings:read"
    BOOKINGS_WRITE = "bookings:write"
    CLIENTS_READ = "clients:read"
    PEOPLE_WRITE = "people:write"


_IMPLIED: Final[Mapping[Scope, Scope]] = {
    Scope.CATALOGUE_WRITE: Scope.CATALOGUE_READ,
    Scope.BOOKINGS_WRITE: Scope.BOOKINGS_READ,
}


def scopes_with_implied(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """The same with those that go without saying."""
    named = frozenset(scopes)
    return named | {_IMPLIED[scope] for scope in named & _IMPLIED.keys()}


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller.

    ``business_id``: the only business that the actor may touch (None: the system, or anonymous booking by a
    public page). ``id``: the client, member or token. ``staff_id``: the staff member a master is. ``scopes``:
    all that they may do of what their role may; None: everything.
    """

    kind: ActorKind
    id: UUID | None = None
    business_id: UUID | None = None
    role: Role | None = None
    staff_id: UUID | None = None
    name: str = ""
    scopes: frozenset[Scope] | None = None

    def allows(self, scope: Scope) -> bool:
        """Whether the token was made for this, too; everybody else's may."""
        return self.scopes is None or scope in self.scopes

    def require_scope(self, scope: Scope) -> None:
        """To be asked after the business: a stranger learns nothing. Raises Forbidden."""
        if not self.allows(scope):
            raise Forbidden(scope=scope.value)

    @property
    def is_business_side(self) -> bool:
        """A member, a token or the system: not bound by the clients' deadlines."""
        return self.kind in {ActorKind.MEMBER, ActorKind.TOKEN, ActorKind.SYSTEM}

    @property
    def may_override(self) -> bool:
        """May place a visit against the rules of the offer: managers, and the system."""
        return self.kind is ActorKind.SYSTEM or (
            self.is_business_side and self.role in MANAGERS and self.allows(Scope.BOOKINGS_WRITE)
        )

    def require_booker(self) -> None:
        """One of the business's people who make bookings: the rules that are the clients' alone don't bind
        them when they say so. Raises Forbidden.
        """
        if not (self.is_business_side and (self.role is None or self.role in DECIDERS | {Role.MASTER})):
            raise Forbidden
        self.require_scope(Scope.BOOKINGS_WRITE)

    def require_business(self, business_id: UUID) -> None:
        """The actor belongs to this business.

        Raises NotFound: to a stranger, other tenants' things don't exist.
        """
        if self.kind is ActorKind.SYSTEM:
            return
        if self.business_id != business_id:
            raise NotFound(what="business")

    def require_manager(self, business_id: UUID, scope: Scope = Scope.CATALOGUE_WRITE) -> None:
        """The actor may change the catalogue, or what else ``scope`` names.

        Raises NotFound for strangers, Forbidden for others of the business.
        """
        self._require_role(business_id, MANAGERS)
        self.require_scope(scope)

    def require_owner(self, business_id: UUID) -> None:
        """The actor decides who else gets in: tokens, members, invites.

        Raises NotFound for strangers, Forbidden for others of the business.
        """
        self._require_role(business_id, frozenset({Role.OWNER}))
        self.require_scope(Scope.PEOPLE_WRITE)

    def _require_role(self, business_id: UUID, roles: frozenset[Role]) -> None:
        self.require_business(business_id)
        if self.kind is not ActorKind.SYSTEM and (not self.is_business_side or self.role not in roles):
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
        if not self.allows(Scope.BOOKINGS_WRITE):
            return False
        return self.role in DECIDERS or (self.role is Role.MASTER and self.staff_id in staff_ids)


SYSTEM = Actor(ActorKind.SYSTEM, name="system")
