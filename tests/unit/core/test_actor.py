"""Who may see and decide what: every kind of actor before own and foreign things."""

from __future__ import annotations

import pytest

from core.domain.actor import DECIDERS, SYSTEM, Actor, ActorKind, Role, Scope, scopes_with_implied
from core.domain.errors import Forbidden, NotFound
from tests.unit.core.samples import uid

OURS, THEIRS = uid(2), uid(99)
CHAIR = frozenset({uid(20)})


def member(role: Role, staff: int | None = None, business: int = 2) -> Actor:
    return Actor(ActorKind.MEMBER, uid(30), uid(business), role, uid(staff) if staff else None)


CLIENT = Actor(ActorKind.CLIENT, uid(3), OURS)
STRANGER = Actor(ActorKind.CLIENT, uid(4), OURS)
NOBODY = Actor(ActorKind.ANONYMOUS)


def sees(actor: Actor) -> bool:
    return actor.may_see(business_id=OURS, client_id=uid(3), staff_ids=CHAIR)


def decides(actor: Actor) -> bool:
    return actor.may_decide(business_id=OURS, staff_ids=CHAIR)


def test_a_client_sees_the_own_booking_and_decides_nothing() -> None:
    assert sees(CLIENT)
    assert not decides(CLIENT)
    assert not sees(STRANGER)
    assert not sees(NOBODY)
    assert not decides(NOBODY)


def test_a_master_has_the_own_chair() -> None:
    own, other = member(Role.MASTER, 20), member(Role.MASTER, 21)
    assert sees(own)
    assert decides(own)
    assert not sees(other)
    assert not decides(other)
    assert not sees(member(Role.MASTER))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.MASTER])
def test_roles(role: Role) -> None:
    assert sees(member(role))
    assert decides(member(role)) == (role in DECIDERS)


@pytest.mark.parametrize("role", list(Role))
def test_another_tenant_is_not_there(role: Role) -> None:
    foreign = member(role, 20, business=99)
    assert not sees(foreign)
    assert not decides(foreign)
    with pytest.raises(NotFound):
        foreign.require_business(OURS)
    with pytest.raises(NotFound):
        foreign.require_manager(OURS)


def test_only_managers_change_the_catalogue() -> None:
    member(Role.OWNER).require_manager(OURS)
    member(Role.OPS_MANAGER).require_manager(OURS)
    SYSTEM.require_manager(THEIRS)
    for role in set(Role) - {Role.OWNER, Role.OPS_MANAGER}:
        with pytest.raises(Forbidden):
            member(role, 20).require_manager(OURS)
    with pytest.raises(Forbidden):
        CLIENT.require_manager(OURS)
    with pytest.raises(NotFound):
        NOBODY.require_manager(OURS)


def test_a_token_may_no_more_than_its_scopes_and_no_more_than_its_role() -> None:
    for role in Role:
        scopes = scopes_with_implied({Scope.CATALOGUE_WRITE})
        actor = Actor(ActorKind.TOKEN, uid(30), OURS, role, scopes=scopes)
        assert actor.allows(Scope.CATALOGUE_READ)
        assert not actor.allows(Scope.BOOKINGS_READ)
        assert not decides(actor)
        assert not actor.may_override
        with pytest.raises(Forbidden):
            actor.require_scope(Scope.BOOKINGS_READ)
        with pytest.raises(Forbidden):
            actor.require_owner(OURS)
        if role not in {Role.OWNER, Role.OPS_MANAGER}:
            with pytest.raises(Forbidden):
                actor.require_manager(OURS)
        with pytest.raises(NotFound):
            actor.require_manager(THEIRS)


def test_who_is_no_token_is_not_bound_by_scopes() -> None:
    for actor in (SYSTEM, CLIENT, NOBODY, member(Role.OWNER)):
        assert all(actor.allows(scope) for scope in Scope)
    member(Role.OWNER).require_owner(OURS)
    SYSTEM.require_owner(OURS)
    for role in set(Role) - {Role.OWNER}:
        with pytest.raises(Forbidden):
            member(role).require_owner(OURS)


def test_to_write_is_to_read() -> None:
    assert scopes_with_implied({Scope.BOOKINGS_WRITE}) == {Scope.BOOKINGS_WRITE, Scope.BOOKINGS_READ}
    assert scopes_with_implied({Scope.CLIENTS_READ}) == {Scope.CLIENTS_READ}
