"""Clients, the team, tokens: who somebody is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.actor import SYSTEM, Actor, ActorKind, Role
from core.domain.client import Channel
from core.domain.errors import Forbidden, InvalidInput, InviteInvalid, NotFound, Unauthorized
from core.domain.visit import from_minutes
from deploy.clock import new_id
from tests.support.world import MONDAY, Core, Hands, World, book, join, make_business, meet


async def test_a_messenger_user_is_remembered(core: Core, world: World) -> None:
    identity = await meet(core, "Ольга")
    await core.clients.set_locale(identity.id, "en")
    await core.clients.set_business(identity.id, world.id)
    seen = await core.clients.see(identity)
    assert (seen.id, seen.locale, seen.business_id) == (identity.id, "en", world.id)
    await core.clients.set_reachable(Channel.TELEGRAM, "1", identity.external_id, reachable=False)
    with pytest.raises(InvalidInput):
        await core.clients.set_locale(identity.id, "fr")


async def test_nobody_yet_and_a_client_after_the_first_booking(core: Core, world: World) -> None:
    identity = await meet(core)
    assert (await core.clients.actor(world.id, identity.id)).kind is ActorKind.ANONYMOUS
    client, known, _ = await book(core, world, world.at(12))
    assert await core.clients.actor(world.id, known.id) == client
    elsewhere = await make_business(core.uow, slug="elsewhere")
    assert await core.clients.find(elsewhere.id, known.id) is None, "a card is one business's"
    assert client.id is not None
    assert (await core.clients.get(world.owner(), client.id)).name == "Ольга"
    for stranger in (elsewhere.owner(), world.visitor(), Actor(ActorKind.CLIENT, new_id(), world.id)):
        with pytest.raises(NotFound):
            await core.clients.get(stranger, client.id)


async def test_as_last_time(core: Core, world: World, clock: Hands) -> None:
    client, _, _ = await book(core, world, world.at(12))
    assert client.id is not None
    clock.to(world.at(10, day=MONDAY + timedelta(days=21)))
    last = await core.clients.last_visit(world.id, client.id)
    assert last is not None
    assert last.query == world.query(staff=world.anna).__class__(
        items=world.query(staff=world.anna).items, location_id=world.location
    )
    assert from_minutes(last.starts[0].start) == clock.now() + timedelta(hours=1)
    await core.admin.update_staff(world.owner(), world.anna, {"service_ids": []})
    last = await core.clients.last_visit(world.id, client.id)
    assert last is not None
    assert last.query.items[0].staff_id is None, "the master is gone, another does it"
    await core.admin.archive_service(world.owner(), world.manicure)
    assert await core.clients.last_visit(world.id, client.id) is None
    assert await core.clients.last_visit(world.id, new_id()) is None


async def test_an_invite_is_good_once_and_for_a_week(core: Core, world: World, clock: Hands) -> None:
    start = await core.team.create_invite(SYSTEM, world.id, role=Role.OWNER, name="Елена")
    assert start.startswith("join_")
    assert len(start) <= 64
    assert start.replace("_", "").replace("-", "").isalnum()
    identity = await meet(core, "Елена")
    actor = await core.team.accept_invite(start, identity.id)
    assert (actor.role, actor.business_id, actor.name) == (Role.OWNER, world.id, "Елена")
    assert await core.team.actors(identity.id) == (actor,)
    assert await core.team.actor(world.id, identity.id) == actor
    with pytest.raises(InviteInvalid):
        await core.team.accept_invite(start, (await meet(core)).id)
    old = await core.team.create_invite(SYSTEM, world.id, role=Role.OWNER)
    clock.on(days=7, minutes=1)
    with pytest.raises(InviteInvalid):
        await core.team.accept_invite(old, (await meet(core)).id)
    for wrong in ("join_", "", "join_неверный", "join_" + "x" * 100, "b_okoshko"):
        with pytest.raises(InviteInvalid):
            await core.team.accept_invite(wrong, identity.id)


async def test_who_may_invite_whom(core: Core, world: World) -> None:
    manager = Actor(ActorKind.MEMBER, new_id(), world.id, Role.OPS_MANAGER)
    master, _ = await join(core, world, Role.MASTER, world.anna)
    assert (master.staff_id, master.name) == (world.anna, "Анна")
    with pytest.raises(Forbidden):
        await core.team.create_invite(master, world.id, role=Role.OWNER)
    with pytest.raises(Forbidden):
        await core.team.create_invite(manager, world.id, role=Role.OWNER)
    with pytest.raises(InvalidInput):
        await core.team.create_invite(manager, world.id, role=Role.MASTER)
    with pytest.raises(NotFound):
        await core.team.create_invite(manager, world.id, role=Role.MASTER, staff_id=new_id())
    with pytest.raises(NotFound):
        await core.team.create_invite(
            Actor(ActorKind.MEMBER, new_id(), new_id(), Role.OWNER), world.id, role=Role.OWNER
        )
    await core.team.create_invite(manager, world.id, role=Role.MASTER, staff_id=world.maria)


async def test_the_days_list(core: Core, world: World) -> None:
    client, _, first = await book(core, world, world.at(12))
    _, _, second = await book(core, world, world.at(11), items=world.query(staff=world.maria).items)
    gone, _, third = await book(core, world, world.at(15))
    await core.bookings.cancel(gone, third.id)
    day, visits = await core.team.day(world.owner(), world.id)
    assert (day, [visit.id for visit in visits]) == (MONDAY, [second.id, first.id])
    master, _ = await join(core, world, Role.MASTER, world.anna)
    assert [visit.id for visit in (await core.team.day(master, world.id))[1]] == [first.id]
    assert (await core.team.day(master, world.id, MONDAY + timedelta(days=1)))[1] == ()
    with pytest.raises(Forbidden):
        await core.team.day(client, world.id)
    with pytest.raises(Forbidden):
        await core.team.day(Actor(ActorKind.MEMBER, new_id(), world.id, Role.MASTER), world.id)


async def test_a_token_is_its_bearer(core: Core, world: World) -> None:
    token = await core.tokens.create(SYSTEM, "okoshko", role=Role.OWNER, name="Скрипт")
    assert token.startswith("oko_")
    actor = await core.tokens.authenticate(token)
    assert (actor.kind, actor.role, actor.business_id) == (ActorKind.TOKEN, Role.OWNER, world.id)
    for wrong in ("", "oko_", token[:-1], token + "x", "oko_" + "я" * 40, "oko_" + "x" * 200):
        with pytest.raises(Unauthorized):
            await core.tokens.authenticate(wrong)
    with pytest.raises(NotFound):
        await core.tokens.create(SYSTEM, "нет-такого", role=Role.OWNER, name="Скрипт")
    manager = Actor(ActorKind.MEMBER, new_id(), world.id, Role.OPS_MANAGER)
    with pytest.raises(Forbidden):
        await core.tokens.create(manager, world.id, role=Role.OWNER, name="Скрипт")
    with pytest.raises(InvalidInput):
        await core.tokens.create(SYSTEM, world.id, role=Role.OWNER, name=" ")
