"""Clients and members, and the messenger users that they are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.actor import Role, Scope
from core.domain.booking import BookingStatus
from core.domain.client import Account, Channel, Client, Consent, Identity
from core.domain.member import Member
from core.ports.repositories import ApiToken
from core.ports.unit_of_work import Transaction
from deploy.clock import new_id
from storage.unit_of_work import PgUnitOfWork
from tests.support.visits import add, new_client, visit
from tests.support.world import Hands, World, make_business


def user(external_id: str, channel: Channel = Channel.TELEGRAM, **changes: object) -> Identity:
    identity = Identity(new_id(), channel, "7", external_id, "Ольга", "olga", "ru", True)
    return replace(identity, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass


async def see(uow: PgUnitOfWork, clock: Hands, identity: Identity) -> Identity:
    async with uow.begin() as tx:
        return await tx.people.see(identity, clock.now())


# Clients


async def test_a_card_is_made_and_changed(uow: PgUnitOfWork, client: Client) -> None:
    changed = replace(client, name="Ольга П.", phone="+79001234567", email="o@example.org", locale="en")
    async with uow.begin() as tx:
        assert await tx.clients.save(changed) == changed
        assert await tx.clients.get(client.id) == changed
        assert await tx.clients.get(new_id()) is None


async def test_visits_are_those_that_took_place(uow: PgUnitOfWork, world: World, client: Client) -> None:
    await add(uow, visit(world, client, world.at(10), status=BookingStatus.COMPLETED))
    await add(uow, visit(world, client, world.at(12), status=BookingStatus.NO_SHOW))
    async with uow.read() as tx:
        found = await tx.clients.get(client.id)
    assert found == replace(client, visits=1)


async def test_a_proved_phone_is_one_clients_however_many_come_at_once(
    uow: PgUnitOfWork, world: World, clock: Hands
) -> None:
    cards = [
        Client(new_id(), world.id, f"Ольга {n}", "+79005555555", True, None, "ru", clock.now())
        for n in range(12)
    ]

    async def save(card: Client) -> Client:
        async with uow.begin() as tx:
            return await tx.clients.save(card)

    saved = await asyncio.gather(*map(save, cards))
    assert len({card.id for card in saved}) == 1
    async with uow.read() as tx:
        assert await tx.clients.by_phone(world.id, "+79005555555", verified=True) == saved[0]


async def test_two_cards_proving_one_phone_at_once_make_one(
    uow: PgUnitOfWork, world: World, clock: Hands
) -> None:
    first, second = [await new_client(uow, world, clock.now()) for _ in range(2)]

    async def prove(card: Client) -> Client:
        async def work(tx: Transaction) -> Client:
            owner = await tx.clients.by_phone(world.id, "+79006666666", verified=True)
            proved = replace(card, phone="+79006666666", phone_verified=True)
            return owner or await tx.clients.save(proved)

        return await uow.run(work)

    proved = await asyncio.gather(prove(first), prove(second))
    assert len({card.id for card in proved}) == 1


async def test_a_typed_phone_proves_nothing(uow: PgUnitOfWork, world: World, clock: Hands) -> None:
    phone = "+79007777777"
    cards = []
    for hour in range(3):
        card = Client(
            new_id(), world.id, "Ольга", phone, False, None, "ru", clock.now() + timedelta(hours=hour)
        )
        async with uow.begin() as tx:
            cards.append(await tx.clients.save(card))
    assert len({card.id for card in cards}) == 3
    linked = await see(uow, clock, user("1"))
    async with uow.begin() as tx:
        assert await tx.clients.by_phone(world.id, phone, verified=True) is None
        assert await tx.clients.by_phone(world.id, phone, verified=False) == cards[0]
        await tx.clients.link(cards[0].id, linked.id)
        assert await tx.clients.by_phone(world.id, phone, verified=False) == cards[1]


async def test_a_messenger_user_is_one_client_in_each_business(
    uow: PgUnitOfWork, world: World, client: Client, clock: Hands
) -> None:
    elsewhere = await make_business(uow, slug="elsewhere")
    abroad = await new_client(uow, elsewhere, clock.now())
    newer = await new_client(uow, world, clock.now())
    identity = await see(uow, clock, user("1"))
    async with uow.begin() as tx:
        for card in (client, abroad, client):
            await tx.clients.link(card.id, identity.id)
        assert await tx.clients.by_identity(world.id, identity.id) == client
        assert await tx.clients.by_identity(elsewhere.id, identity.id) == abroad
        await tx.clients.link(newer.id, identity.id)
        assert await tx.clients.by_identity(world.id, identity.id) == newer
        assert await tx.clients.identities(client.id) == []


async def test_a_client_is_reached_where_they_were_last(
    uow: PgUnitOfWork, client: Client, clock: Hands
) -> None:
    telegram = await see(uow, clock, user("1"))
    clock.on(minutes=1)
    vk = await see(uow, clock, user("1", Channel.VK))
    clock.on(minutes=1)
    blocked = await see(uow, clock, user("2", reachable=False))
    async with uow.begin() as tx:
        for identity in (telegram, vk, blocked):
            await tx.clients.link(client.id, identity.id)
        assert await tx.clients.identities(client.id) == [vk, telegram, blocked]
        await tx.people.set_reachable(Channel.VK, "7", "1", False, clock.now())
        assert [each.id for each in await tx.clients.identities(client.id)] == [
            telegram.id,
            blocked.id,
            vk.id,
        ]


async def test_a_consent_is_kept_once(uow: PgUnitOfWork, client: Client, clock: Hands) -> None:
    async with uow.begin() as tx:
        assert not await tx.clients.has_consent(client.id, "personal_data", "2026-11")
        for _ in range(2):
            await tx.clients.add_consent(
                Consent(new_id(), client.id, "personal_data", "2026-11", "telegram", clock.now())
            )
        assert await tx.clients.has_consent(client.id, "personal_data", "2026-11")
        assert not await tx.clients.has_consent(client.id, "personal_data", "2027-01")
        assert not await tx.clients.has_consent(client.id, "adverts", "2026-11")
        assert await tx.connection.fetchval("SELECT count(*) FROM consents") == 1


# Messenger users


async def test_what_they_chose_outlives_what_their_profile_says(
    uow: PgUnitOfWork, world: World, clock: Hands
) -> None:
    first = await see(uow, clock, user("1"))
    async with uow.begin() as tx:
        await tx.people.set_locale(first.id, "en")
        await tx.people.set_business(first.id, world.id)
    again = await see(uow, clock, user("1", name="Оля", username=None, locale="ru"))
    assert again == replace(first, name="Оля", username=None, locale="en", business_id=world.id)


async def test_two_first_messages_at_once_are_of_one_user(uow: PgUnitOfWork, clock: Hands) -> None:
    seen = await asyncio.gather(*(see(uow, clock, user("1")) for _ in range(8)))
    assert len({identity.id for identity in seen}) == 1


async def test_who_blocked_us_may_come_back(uow: PgUnitOfWork, clock: Hands) -> None:
    identity = await see(uow, clock, user("1"))
    async with uow.begin() as tx:
        await tx.people.set_reachable(Channel.TELEGRAM, "7", "1", False, clock.now())
        await tx.people.set_reachable(Channel.TELEGRAM, "7", "unknown", False, clock.now())
        assert not await tx.connection.fetchval("SELECT reachable FROM identities WHERE id = $1", identity.id)
    assert (await see(uow, clock, user("1"))).reachable


# Members


async def invited(
    uow: PgUnitOfWork, world: World, clock: Hands, code: bytes, role: Role, **who: object
) -> bytes:
    async with uow.begin() as tx:
        await tx.people.add_invite(
            code * 32,
            world.id,
            role=role,
            staff_id=who.get("staff"),  # type: ignore[arg-type]
            name=str(who.get("name", "")),
            expires_at=clock.now() + timedelta(days=7),
            now=clock.now(),
        )
    return code * 32


async def use(uow: PgUnitOfWork, clock: Hands, code: bytes, identity: Identity) -> Member | None:
    async with uow.begin() as tx:
        return await tx.people.use_invite(code, identity.id, clock.now())


async def test_an_invite_is_used_once(uow: PgUnitOfWork, world: World, clock: Hands) -> None:
    code = await invited(uow, world, clock, b"a", Role.OWNER, name="Елена")
    people = [await see(uow, clock, user(str(number))) for number in range(6)]
    members = await asyncio.gather(*(use(uow, clock, code, each) for each in people))
    (owner,) = [member for member in members if member]
    assert owner == Member(owner.id, world.id, Role.OWNER, "Елена", "ru", None)
    assert await use(uow, clock, b"x" * 32, people[0]) is None


async def test_an_old_invite_is_none(uow: PgUnitOfWork, world: World, clock: Hands) -> None:
    code = await invited(uow, world, clock, b"a", Role.OWNER)
    clock.on(days=7)
    assert await use(uow, clock, code, await see(uow, clock, user("1"))) is None


async def test_a_masters_second_phone_is_the_same_member(
    uow: PgUnitOfWork, world: World, clock: Hands
) -> None:
    telegram, vk = await see(uow, clock, user("1")), await see(uow, clock, user("1", Channel.VK))
    first = await use(
        uow, clock, await invited(uow, world, clock, b"a", Role.MASTER, staff=world.anna), telegram
    )
    second = await use(uow, clock, await invited(uow, world, clock, b"b", Role.MASTER, staff=world.anna), vk)
    assert first is not None
    assert first == second
    async with uow.read() as tx:
        assert await tx.people.member(first.id) == first
        assert {each.id for each in await tx.people.member_identities(first.id)} == {telegram.id, vk.id}
        assert await tx.people.members_of_identity(vk.id) == [first]


@pytest.mark.parametrize("role", [Role.OWNER, Role.OPS_MANAGER, Role.OPERATOR])
async def test_who_decides_anyway_loses_nothing_by_a_chair(
    uow: PgUnitOfWork, world: World, clock: Hands, role: Role
) -> None:
    person = await see(uow, clock, user("1"))
    await use(uow, clock, await invited(uow, world, clock, b"a", role, name="Елена"), person)
    code = await invited(uow, world, clock, b"b", Role.MASTER, staff=world.anna, name="Анна")
    member = await use(uow, clock, code, person)
    assert member is not None
    assert (member.role, member.staff_id, member.name) == (role, world.anna, "Елена")


async def test_a_chair_that_somebody_has_is_shared_not_stolen(
    uow: PgUnitOfWork, world: World, clock: Hands
) -> None:
    owner, anna = await see(uow, clock, user("1")), await see(uow, clock, user("2"))
    await use(uow, clock, await invited(uow, world, clock, b"a", Role.OWNER, name="Елена"), owner)
    master = await use(
        uow, clock, await invited(uow, world, clock, b"b", Role.MASTER, staff=world.anna, name="Анна"), anna
    )
    assert (
        await use(uow, clock, await invited(uow, world, clock, b"c", Role.MASTER, staff=world.anna), owner)
        == master
    )
    async with uow.read() as tx:
        roles = [member.role for member in await tx.people.members_of_identity(owner.id)]
    assert roles == [Role.OWNER, Role.MASTER]


async def test_who_gets_the_card_of_a_booking(uow: PgUnitOfWork, world: World, clock: Hands) -> None:
    names = {}
    for number, (role, staff) in enumerate(
        [
            (Role.OWNER, None),
            (Role.OPS_MANAGER, None),
            (Role.OPERATOR, None),
            (Role.FINANCE, None),
            (Role.MASTER, world.anna),
            (Role.MASTER, world.maria),
        ]
    ):
        code = await invited(uow, world, clock, bytes([number]), role, staff=staff, name=f"{role} {number}")
        member = await use(uow, clock, code, await see(uow, clock, user(str(number))))
        assert member is not None
        names[member.id] = number
        clock.on(minutes=1)
    async with uow.read() as tx:
        assert [names[each.id] for each in await tx.people.deciders(world.id, {world.anna})] == [0, 1, 2, 4]
        assert [names[each.id] for each in await tx.people.deciders(world.id, ())] == [0, 1, 2]
        assert await tx.people.deciders(new_id(), {world.anna}) == []


async def test_accounts_are_bound_and_bound_anew(uow: PgUnitOfWork, world: World) -> None:
    async with uow.begin() as tx:
        await tx.people.bind_account(Account(Channel.VK, "12"))
        await tx.people.bind_account(Account(Channel.TELEGRAM, "7", world.id))
        await tx.people.bind_account(Account(Channel.VK, "12", world.id))
        assert await tx.people.accounts() == [
            Account(Channel.TELEGRAM, "7", world.id),
            Account(Channel.VK, "12", world.id),
        ]


async def test_a_token_is_found_by_its_hash_until_it_is_revoked(
    uow: PgUnitOfWork, world: World, clock: Hands
) -> None:
    token = ApiToken(
        new_id(), world.id, Role.OWNER, "касса", None, frozenset({Scope.BOOKINGS_READ}), clock.now()
    )
    async with uow.begin() as tx:
        await tx.tokens.add(token, b"h" * 32)
        assert await tx.tokens.by_hash(b"h" * 32) == token
        assert await tx.tokens.by_hash(b"g" * 32) is None
        assert await tx.tokens.of_business(world.id) == [token]
        assert not await tx.tokens.revoke(new_id(), token.id, clock.now())
        assert await tx.tokens.revoke(world.id, token.id, clock.now())
        assert not await tx.tokens.revoke(world.id, token.id, clock.now())
        assert await tx.tokens.by_hash(b"h" * 32) is None
        assert await tx.tokens.of_business(world.id) == []
