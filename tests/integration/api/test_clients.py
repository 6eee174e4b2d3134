"""The list of clients: searched by the people of the business, and closed to everybody else."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.actor import SYSTEM, Role, Scope
from core.services.booking import ClientData
from tests.support.site import Site
from tests.support.world import book, make_business

PEOPLE = (
    ("Фёдор Смирнов", "+7 900 111-22-33"),
    ("Анна Смирнова", "+7 900 222-33-44"),
    ("Anna_100%", "+7 900 333-44-55"),
    ("Мария", "+44 20 7946 0018"),
)


@pytest.fixture
async def clients(site: Site) -> list[str]:
    """Their ids, oldest first."""
    made = []
    for number, (name, phone) in enumerate(PEOPLE):
        site.clock.on(minutes=1)
        body = await site.book(site.world.at(15 + number), client={"name": name, "phone": phone})
        made.append(body["booking"]["client_id"])
    return made


async def names(site: Site, token: str, **query: str) -> list[str]:
    """Who is found, newest first."""
    reply = await site.get(f"{site.business}/clients", params=query, token=token)
    assert reply.status == 200, reply.text
    return [client["name"] for client in reply.body["items"]]


@pytest.mark.usefixtures("clients")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("смирнов", ["Анна Смирнова", "Фёдор Смирнов"]),
        ("федор", ["Фёдор Смирнов"]),
        ("ФЁДОР", ["Фёдор Смирнов"]),
        ("  мар ", ["Мария"]),
        ("222-33", ["Анна Смирнова"]),
        ("+7 900 222 33 44", ["Анна Смирнова"]),
        ("8 (900) 222-33-44", ["Анна Смирнова"]),
        ("7946", ["Мария"]),
        # A sign of patterns is a sign like others, and two digits are no phone.
        ("100%", ["Anna_100%"]),
        ("a_1", ["Anna_100%"]),
        ("%", ["Anna_100%"]),
        ("22", []),
        ("никого", []),
    ],
)
async def test_search(site: Site, text: str, found: list[str]) -> None:
    assert await names(site, await site.token(Role.READ_ONLY), q=text) == found


async def test_a_card_that_became_another_is_found_no_more(site: Site) -> None:
    core, world = site.core, site.world
    anna, identity, _ = await book(core, world, world.at(12), client=ClientData("Анна", "+79001112233"))
    site.clock.on(minutes=1)
    other, _, _ = await book(core, world, world.at(14), client=ClientData("Анюта", "+79002223344"))
    await core.linking.open(await core.linking.of_client(other, world.id), identity)
    owner = await site.token()
    assert await names(site, owner) == await names(site, owner, q="ан") == ["Анна"]
    assert await names(site, owner, q="222-33-44") == []
    gone = f"/api/v1/clients/{other.id}"
    assert (await site.get(gone, token=owner)).status == 404
    assert (await site.call("PATCH", gone, json={"email": "a@example.org"}, token=owner)).status == 404
    shown = await site.get(f"/api/v1/clients/{anna.id}/bookings", token=owner)
    assert len(shown.body["items"]) == 2


async def test_pages_meet_everybody_once(site: Site, clients: list[str]) -> None:
    token = await site.token()
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "1", **({"cursor": cursor} if cursor else {})}
        body = (await site.get(f"{site.business}/clients", params=query, token=token)).body
        seen += [client["id"] for client in body["items"]]
        cursor = body["next_cursor"]
    assert seen == clients[::-1]
    for query, issue in (
        ({"cursor": "me"}, "unknown"),
        ({"limit": "0"}, "out_of_range"),
        ({"q": "я" * 101}, "too_long"),
    ):
        reply = await site.get(f"{site.business}/clients", params=query, token=token)
        assert reply.details == [(next(iter(query)), issue)]


async def test_a_card_and_its_bookings(site: Site, clients: list[str]) -> None:
    token = await site.token()
    card: dict[str, Any] = (await site.get(f"/api/v1/clients/{clients[0]}", token=token)).body
    assert (card["name"], card["phone"], card["visits"]) == ("Фёдор Смирнов", "+79001112233", 0)
    body = (await site.get(f"/api/v1/clients/{clients[0]}/bookings", token=token)).body
    assert [booking["client_id"] for booking in body["items"]] == [clients[0]]
    changed = await site.call(
        "PATCH",
        f"/api/v1/clients/{clients[0]}",
        json={"name": " Фёдор  С. ", "email": "f@example.org"},
        token=token,
    )
    assert (changed.body["name"], changed.body["email"]) == ("Фёдор С.", "f@example.org")
    for wrong, issue in (
        ({"email": "f"}, "not_an_email"),
        ({"phone": "1"}, "unknown"),
        ({"name": "1"}, "no_letters"),
    ):
        reply = await site.call("PATCH", f"/api/v1/clients/{clients[0]}", json=wrong, token=token)
        assert reply.details == [(next(iter(wrong)), issue)]


async def test_a_master_knows_the_own_clients(site: Site, clients: list[str]) -> None:
    """All were booked with Anna."""
    tokens = site.core.tokens
    anna, maria = [
        await tokens.create(SYSTEM, site.world.id, role=Role.MASTER, name=name, staff_id=staff_id)
        for name, staff_id in (("Анна", site.world.anna), ("Мария", site.world.maria))
    ]
    path = f"/api/v1/clients/{clients[0]}"
    assert (await site.get(path, token=anna)).status == 200
    assert len((await site.get(f"{path}/bookings", token=anna)).body["items"]) == 1
    assert (await site.get(path, token=maria)).status == 404
    assert (await site.get(f"{path}/bookings", token=maria)).status == 404
    assert (await site.get(f"{site.business}/clients", token=anna)).status == 403
    assert (await site.call("PATCH", path, json={"name": "Я"}, token=anna)).status == 403


async def test_clients_are_for_the_business_alone(site: Site, clients: list[str]) -> None:
    other = await make_business(site.core.uow, slug="other")
    stranger = await site.token(world=other)
    for path in (
        f"{site.business}/clients",
        f"/api/v1/clients/{clients[0]}",
        f"/api/v1/clients/{clients[0]}/bookings",
    ):
        assert (await site.get(path, token=stranger)).status == 404
        assert (await site.get(path)).status == 401
    key = (await site.book(site.world.at(11)))["visit_key"]
    assert (await site.get(f"/api/v1/clients/{clients[0]}", token=key)).status == 401


async def test_a_client_has_the_own_card_alone(site: Site, clients: list[str]) -> None:
    actor, identity, _ = await book(site.core, site.world, site.world.at(11))
    token = (await site.core.sign_in._enter(identity, "test", None)).access_token
    mine = f"/api/v1/clients/{actor.id}"
    assert (await site.get(mine, token=token)).status == 200
    assert len((await site.get(f"{mine}/bookings", token=token)).body["items"]) == 1
    changed = await site.call("PATCH", mine, json={"name": "Оля"}, token=token)
    assert changed.body["name"] == "Оля"
    for path in (f"/api/v1/clients/{clients[0]}", f"/api/v1/clients/{clients[0]}/bookings"):
        assert (await site.get(path, token=token)).status == 404
    assert (await site.get(f"{site.business}/clients", token=token)).status in {403, 404}


async def test_scopes(site: Site, clients: list[str]) -> None:
    """Names and phones are only for tokens that were made for them."""
    tokens = site.core.tokens
    path = f"/api/v1/clients/{clients[0]}"
    for scope, status in ((Scope.BOOKINGS_READ, 403), (Scope.CLIENTS_READ, 200)):
        token = await tokens.create(
            SYSTEM, site.world.id, role=Role.OWNER, name=scope.value, scopes=frozenset({scope})
        )
        assert (await site.get(path, token=token)).status == status
        assert (await site.get(f"{site.business}/clients", token=token)).status == status
        assert (await site.get(f"{path}/bookings", token=token)).status == 403
