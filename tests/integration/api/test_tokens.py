"""Personal tokens: made, listed, revoked, and what their scopes leave of a role."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.actor import SYSTEM, Role, Scope
from core.domain.errors import InvalidInput, NotFound
from deploy.clock import new_id
from tests.support.site import Site
from tests.support.world import make_business


async def make(site: Site, **changes: Any) -> dict[str, Any]:
    """A token by REST."""
    wanted = {"name": "1С", "role": "owner", **changes}
    reply = await site.post(f"{site.business}/tokens", wanted, token=await site.token())
    assert reply.status == 201, reply.text
    return dict(reply.body)


async def test_made_listed_and_revoked(site: Site) -> None:
    owner = await site.token()
    made = await make(site, scopes=["bookings:read"])
    assert made["value"].startswith("oko_")
    assert (await site.get(f"{site.business}/bookings", token=made["value"])).status == 200
    listed = await site.get(f"{site.business}/tokens", token=owner)
    assert made["token"] in listed.body["items"]
    assert made["value"] not in listed.text
    where = f"{site.business}/tokens/{made['token']['id']}"
    assert (await site.call("DELETE", where, token=owner)).status == 204
    assert (await site.get(f"{site.business}/bookings", token=made["value"])).status == 401
    assert (await site.call("DELETE", where, token=owner)).status == 404


@pytest.mark.parametrize(
    ("changes", "field", "issue"),
    [
        ({"role": "king"}, "role", "unknown"),
        ({"role": None}, "role", "required"),
        ({"name": ""}, "name", "empty"),
        ({"role": "master"}, "staff_id", "required"),
        ({"scopes": []}, "scopes", "empty"),
        ({"scopes": ["bookings:eat"]}, "scopes", "unknown"),
        ({"scopes": "bookings:read"}, "scopes", "not_a_list"),
        ({"scopes": [5]}, "scopes", "not_a_string"),
        ({"expires": 1}, "expires", "unknown"),
    ],
)
async def test_bad_input(site: Site, changes: dict[str, Any], field: str, issue: str) -> None:
    wanted = {"name": "1С", "role": "owner", **changes}
    reply = await site.post(f"{site.business}/tokens", wanted, token=await site.token())
    assert (reply.status, reply.details) == (422, [(field, issue)])


async def test_only_owners(site: Site) -> None:
    for role in set(Role) - {Role.OWNER}:
        token = await site.token(role)
        assert (await site.get(f"{site.business}/tokens", token=token)).status == 403
        assert (
            await site.post(f"{site.business}/tokens", {"name": "x", "role": "operator"}, token=token)
        ).status == 403
    other = await make_business(site.core.uow, slug="other")
    stranger = await site.token(world=other)
    theirs = (await make(site))["token"]["id"]
    assert (await site.get(f"{site.business}/tokens", token=stranger)).status == 404
    assert (await site.call("DELETE", f"{site.business}/tokens/{theirs}", token=stranger)).status == 404
    assert (
        await site.call("DELETE", f"/api/v1/businesses/other/tokens/{theirs}", token=stranger)
    ).status == 404


async def test_a_masters_token_is_that_master(site: Site) -> None:
    value = (await make(site, role="master", staff_id=str(site.world.anna)))["value"]
    await site.book(site.world.at(12))
    await site.book(site.world.at(12), staff_id=str(site.world.maria))
    seen = (await site.get(f"{site.business}/bookings", token=value)).body["items"]
    assert [each["staff_id"] for each in seen] == [str(site.world.anna)]
    await site.book(site.world.at(15), value)
    reply = await site.post(
        f"{site.business}/bookings", site.wish(site.world.at(15), staff_id=str(site.world.maria)), token=value
    )
    assert reply.status == 403
    with pytest.raises(NotFound):
        await site.core.tokens.create(SYSTEM, site.world.id, role=Role.MASTER, name="x", staff_id=new_id())
    with pytest.raises(InvalidInput):
        await site.core.tokens.create(
            SYSTEM, site.world.id, role=Role.OWNER, name="x", staff_id=site.world.anna
        )


NEEDS = {
    "GET bookings": Scope.BOOKINGS_READ,
    "GET booking": Scope.BOOKINGS_READ,
    "GET timeline": Scope.BOOKINGS_READ,
    "POST booking": Scope.BOOKINGS_WRITE,
    "POST status": Scope.BOOKINGS_WRITE,
    "POST reschedule": Scope.BOOKINGS_WRITE,
    "GET schedule": Scope.CATALOGUE_READ,
    "PATCH service": Scope.CATALOGUE_WRITE,
    "POST staff": Scope.CATALOGUE_WRITE,
    "POST closure": Scope.CATALOGUE_WRITE,
    "GET clients": Scope.CLIENTS_READ,
    "GET members": Scope.PEOPLE_WRITE,
    "POST invite": Scope.PEOPLE_WRITE,
    "GET tokens": Scope.PEOPLE_WRITE,
}
IMPLIED = {
    Scope.BOOKINGS_WRITE: {Scope.BOOKINGS_READ},
    Scope.CATALOGUE_WRITE: {Scope.CATALOGUE_READ},
}


@pytest.mark.parametrize("scope", Scope)
async def test_each_scope_opens_what_it_names(site: Site, scope: Scope) -> None:
    """An owner's token made for one thing: what it names works, all else is 403."""
    value = (await make(site, scopes=[scope.value]))["value"]
    booking = (await site.book(site.world.at(15)))["booking"]["id"]
    base, one = site.business, f"/api/v1/bookings/{booking}"
    calls: dict[str, tuple[str, str, object]] = {
        "GET bookings": ("GET", f"{base}/bookings", None),
        "GET booking": ("GET", one, None),
        "GET timeline": ("GET", f"{one}/timeline", None),
        "POST booking": ("POST", f"{base}/bookings", site.wish(site.world.at(12))),
        "POST reschedule": ("POST", f"{one}/reschedule", {"start_ts": site.world.at(17).isoformat()}),
        "POST status": ("POST", f"{one}/status", {"status": "cancelled"}),
        "GET schedule": ("GET", f"/api/v1/staff/{site.world.anna}/schedule", None),
        "PATCH service": ("PATCH", f"/api/v1/services/{site.world.pedicure}", {"price": 1}),
        "POST staff": ("POST", f"{base}/staff", {"name": "Ирина"}),
        "POST closure": ("POST", f"{base}/exceptions", {"date": "2026-12-31", "type": "closed"}),
        "GET clients": ("GET", f"{base}/clients", None),
        "GET members": ("GET", f"{base}/members", None),
        "POST invite": ("POST", f"{base}/invites", {"role": "operator"}),
        "GET tokens": ("GET", f"{base}/tokens", None),
    }
    assert calls.keys() == NEEDS.keys()
    granted = {scope} | IMPLIED.get(scope, set())
    for name, (method, path, body) in calls.items():
        reply = await site.call(method, path, json=body, token=value)
        assert (reply.status < 300) is (NEEDS[name] in granted), (name, reply.status, reply.text)
        if reply.status >= 300:
            assert (reply.status, reply.code) == (403, "FORBIDDEN"), name


async def test_what_is_told_follows_the_scopes(site: Site) -> None:
    booking = f"/api/v1/bookings/{(await site.book(site.world.at(12)))['booking']['id']}"
    blind = (await make(site, scopes=["bookings:read"]))["value"]
    seeing = (await make(site, scopes=["bookings:read", "clients:read", "catalogue:read"]))["value"]
    assert "client" not in (await site.get(booking, token=blind)).body["booking"]
    assert "client" in (await site.get(booking, token=seeing)).body["booking"]
    assert "messages" not in (await site.get(site.business, token=blind)).body
    assert "messages" in (await site.get(site.business, token=seeing)).body


async def test_less_never_makes_more(site: Site) -> None:
    value = (await make(site, scopes=["people:write", "bookings:read"]))["value"]
    path = f"{site.business}/tokens"
    for wanted in (
        {"name": "x", "role": "owner"},
        {"name": "x", "role": "owner", "scopes": ["catalogue:write"]},
        {"name": "x", "role": "read_only", "scopes": ["bookings:write"]},
    ):
        assert (await site.post(path, wanted, token=value)).status == 403
    good = {"name": "x", "role": "owner", "scopes": ["bookings:read"]}
    assert (await site.post(path, good, token=value)).status == 201
    assert (await site.post(f"{site.business}/invites", {"role": "owner"}, token=value)).status == 403
