"""What a session opens to the people of a business."""

from __future__ import annotations

import asyncio
from uuid import UUID

from core.domain.actor import Role
from tests.support.sessions import ME, enter, enter_as
from tests.support.site import Site
from tests.support.world import join, make_business
from webapp.access import _THINGS
from webapp.api.operation import Access
from webapp.api.routes import OPERATIONS


async def test_a_member_by_session_may_what_a_token_may(site: Site) -> None:
    owner = await enter_as(site, Role.OWNER, 1)
    master = await enter_as(site, Role.MASTER, 2, staff_id=site.world.anna)
    me = (await site.get(ME, token=master)).body
    assert me["memberships"] == [
        {
            "business_id": str(site.world.id),
            "slug": "okoshko",
            "role": "master",
            "staff_id": str(site.world.anna),
        }
    ]
    await site.book(site.world.at(12))
    await site.book(site.world.at(12), staff_id=str(site.world.maria))
    assert len((await site.get(f"{site.business}/bookings", token=owner)).body["items"]) == 2
    seen = (await site.get(f"{site.business}/bookings", token=master)).body["items"]
    assert [each["staff_id"] for each in seen] == [str(site.world.anna)]
    service = f"/api/v1/services/{site.world.manicure}"
    assert (await site.call("PATCH", service, json={"price": 1}, token=owner)).status == 200
    assert (await site.call("PATCH", service, json={"price": 2}, token=master)).status == 403
    assert (await site.get(site.business, token=owner)).body["messages"]
    assert (
        "messages" not in (await site.get(site.business, token=(await enter(site, 3))["access_token"])).body
    )


async def test_a_member_of_two_businesses(site: Site) -> None:
    other = await make_business(site.core.uow, slug="other")
    token = await enter_as(site, Role.OWNER, 1)
    await enter_as(site, Role.OPERATOR, 1, world=other)
    for world, status in ((site.world, 200), (other, 403)):
        for path in (f"services/{world.manicure}", f"staff/{world.anna}", f"rooms/{world.room}"):
            reply = await site.call("PATCH", f"/api/v1/{path}", json={}, token=token)
            assert reply.status == status, (path, reply.text)
        assert (await site.get(f"/api/v1/businesses/{world.id}/bookings", token=token)).status == 200
    assert (await site.call("PATCH", "/api/v1/services/none", json={}, token=token)).status == 404


def test_every_thing_with_an_id_leads_to_its_business() -> None:
    """A member of several businesses is taken at that of the thing which the address names."""
    for operation in OPERATIONS:
        if operation.access in {Access.MEMBER, Access.MANAGER, Access.OWNER} and "{id}" in operation.path:
            first = operation.path.split("/")[1]
            assert first in {"businesses", "bookings", *_THINGS}, operation.path


async def test_a_removed_member_has_lost_it_at_once(site: Site) -> None:
    owner = await enter_as(site, Role.OWNER, 1)
    master = await enter_as(site, Role.MASTER, 2, staff_id=site.world.anna)
    assert (await site.get(f"{site.business}/bookings", token=master)).status == 200
    members = (await site.get(f"{site.business}/members", token=owner)).body["items"]
    assert [(each["role"], each["name"]) for each in members] == [
        ("owner", "Студия «Окошко»"),
        ("master", "Анна"),
    ]
    leaving = f"{site.business}/members/{members[1]['id']}"
    assert (await site.call("DELETE", leaving, token=master)).status == 403
    assert (await site.call("DELETE", leaving, token=owner)).status == 204
    assert (await site.get(f"{site.business}/bookings", token=master)).status == 404
    assert (await site.get(ME, token=master)).body["memberships"] == []
    assert (await site.call("DELETE", leaving, token=owner)).status == 404
    # The chair is free for the next one, or for the same one again.
    again = await enter_as(site, Role.MASTER, 3, staff_id=site.world.anna)
    assert (await site.get(f"{site.business}/bookings", token=again)).status == 200
    assert (await site.get(f"{site.business}/bookings", token=master)).status == 404


async def test_the_last_owner_stays(site: Site) -> None:
    first, second = await enter_as(site, Role.OWNER, 1), await enter_as(site, Role.OWNER, 2)
    ids = [each["id"] for each in (await site.get(f"{site.business}/members", token=first)).body["items"]]
    paths = [f"{site.business}/members/{member}" for member in ids]
    replies = await asyncio.gather(
        site.call("DELETE", paths[1], token=first), site.call("DELETE", paths[0], token=second)
    )
    assert sorted(reply.status for reply in replies) in ([204, 404], [204, 422])
    left = first if replies[0].status == 204 else second
    (last,) = (await site.get(f"{site.business}/members", token=left)).body["items"]
    reply = await site.call("DELETE", f"{site.business}/members/{last['id']}", token=left)
    assert (reply.status, reply.details) == (422, [("member", "last_owner")])


async def test_another_tenants_people(site: Site) -> None:
    other = await make_business(site.core.uow, slug="other")
    owner = await enter_as(site, Role.OWNER, 1)
    actor, _ = await join(site.core, other)
    base = "/api/v1/businesses/other"
    for method, path in (("GET", "members"), ("DELETE", f"members/{actor.id}"), ("GET", "tokens")):
        assert (await site.call(method, f"{base}/{path}", token=owner)).status == 404
        assert (await site.call(method, f"{base}/{path}")).status == 401
    assert (await site.call("DELETE", f"{site.business}/members/{actor.id}", token=owner)).status == 404
    invite = {"role": "operator"}
    assert (await site.post(f"{base}/invites", invite, token=owner)).status == 404


async def test_inviting(site: Site) -> None:
    owner = await enter_as(site, Role.OWNER, 1)
    reply = await site.post(f"{site.business}/invites", {"role": "operator", "name": "Вера"}, token=owner)
    assert reply.status == 201
    assert reply.body["start"].startswith("join_")
    signed = await enter(site, 2)
    await site.core.team.accept_invite(reply.body["start"], UUID(signed["user"]["id"]))
    assert (await site.get(ME, token=signed["access_token"])).body["memberships"][0]["role"] == "operator"
    operator = signed["access_token"]
    assert (await site.post(f"{site.business}/invites", {"role": "operator"}, token=operator)).status == 403
    assert (await site.post(f"{site.business}/invites", {"role": "king"}, token=owner)).details == [
        ("role", "unknown")
    ]
    manager = await enter_as(site, Role.OPS_MANAGER, 3)
    assert (await site.post(f"{site.business}/invites", {"role": "owner"}, token=manager)).status == 403
    assert (await site.get(f"{site.business}/members", token=manager)).status == 403
