"""Who may do what: each role on each route, and nothing of another tenant's."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.actor import Role
from tests.support.site import Reply, Site
from tests.support.world import MONDAY, World, make_business

ANYBODY = {
    "GET business": 200,
    "GET services": 200,
    "GET service": 200,
    "GET staff": 200,
    "GET staff member": 200,
    "GET availability": 200,
}
READER = {
    "GET bookings": 200,
    "GET booking": 200,
    "GET timeline": 200,
    "GET schedule": 200,
}
DECIDER = {"POST booking": 201, "POST reschedule": 200, "POST status": 200}
MANAGER = {
    "PATCH business": 200,
    "POST service": 201,
    "PATCH service": 200,
    "DELETE service": 204,
    "POST staff": 201,
    "PATCH staff": 200,
    "DELETE staff": 204,
    "PUT schedule": 200,
    "GET exceptions": 200,
    "POST exception": 201,
    "PATCH exception": 200,
    "DELETE exception": 204,
}


def no(rights: dict[str, int], status: int) -> dict[str, int]:
    """None of these."""
    return dict.fromkeys(rights, status)


EXPECTED: dict[Role | None, dict[str, int]] = {
    None: {
        **ANYBODY,
        **no(READER, 401),
        **no(DECIDER, 401),
        "POST booking": 201,
        **no(MANAGER, 401),
    },
    Role.OWNER: {**ANYBODY, **READER, **DECIDER, **MANAGER},
    Role.OPS_MANAGER: {**ANYBODY, **READER, **DECIDER, **MANAGER},
    Role.OPERATOR: {**ANYBODY, **READER, **DECIDER, **no(MANAGER, 403)},
    **{
        role: {**ANYBODY, **READER, **no(DECIDER, 403), **no(MANAGER, 403)}
        for role in (Role.READ_ONLY, Role.FINANCE, Role.CONTENT_MANAGER, Role.INTEGRATIONS_ADMIN)
    },
    # A token is nobody's chair: a master's works for no visit.
    Role.MASTER: {
        **ANYBODY,
        "GET schedule": 200,
        "GET bookings": 403,
        "GET booking": 404,
        "GET timeline": 404,
        "POST booking": 403,
        "POST reschedule": 404,
        "POST status": 404,
        **no(MANAGER, 403),
    },
}


async def walk(site: Site, world: World, token: str | None, owner: str) -> dict[str, Reply]:
    """Every route once, on things of ``world`` that its owner's token has made."""
    base = f"/api/v1/businesses/{world.id}"
    wish = site.wish(world.at(15), service_id=str(world.manicure), staff_id=str(world.anna))
    made = await site.post(f"{base}/bookings", wish, token=owner)
    assert made.status == 201, made.text
    booking = f"/api/v1/bookings/{made.body['booking']['id']}"
    closed = await site.post(f"{base}/exceptions", {"date": "2026-12-31", "type": "closed"}, token=owner)
    exception = f"/api/v1/exceptions/{closed.body['id']}"
    days = {"service_id": str(world.manicure), "from": str(MONDAY), "to": str(MONDAY)}
    later = {"start_ts": world.at(17).isoformat()}
    service = {"title": "Брови", "duration_minutes": 45, "price": 1}
    weekly = {"weekly": [{"weekday": 0, "start": "10:00", "end": "20:00"}]}
    routes: list[tuple[str, str, str, dict[str, Any]]] = [
        ("GET business", "GET", base, {}),
        ("GET services", "GET", f"{base}/services", {}),
        ("GET service", "GET", f"/api/v1/services/{world.manicure}", {}),
        ("GET staff", "GET", f"{base}/staff", {}),
        ("GET staff member", "GET", f"/api/v1/staff/{world.anna}", {}),
        ("GET availability", "GET", f"{base}/availability", {"params": days}),
        ("GET bookings", "GET", f"{base}/bookings", {}),
        ("GET booking", "GET", booking, {}),
        ("GET timeline", "GET", f"{booking}/timeline", {}),
        ("GET schedule", "GET", f"/api/v1/staff/{world.anna}/schedule", {}),
        (
            "POST booking",
            "POST",
            f"{base}/bookings",
            {"json": {**wish, "start_ts": world.at(12).isoformat()}},
        ),
        ("POST reschedule", "POST", f"{booking}/reschedule", {"json": later}),
        ("POST status", "POST", f"{booking}/status", {"json": {"status": "cancelled"}}),
        ("PATCH business", "PATCH", base, {"json": {"tagline": "новое"}}),
        ("POST service", "POST", f"{base}/services", {"json": service}),
        ("PATCH service", "PATCH", f"/api/v1/services/{world.pedicure}", {"json": {"price": 1}}),
        ("DELETE service", "DELETE", f"/api/v1/services/{world.pedicure}", {}),
        ("POST staff", "POST", f"{base}/staff", {"json": {"name": "Ирина"}}),
        ("PATCH staff", "PATCH", f"/api/v1/staff/{world.maria}", {"json": {"bio": "новое"}}),
        ("DELETE staff", "DELETE", f"/api/v1/staff/{world.maria}", {}),
        ("PUT schedule", "PUT", f"/api/v1/staff/{world.anna}/schedule", {"json": weekly}),
        ("GET exceptions", "GET", f"{base}/exceptions", {}),
        ("POST exception", "POST", f"{base}/exceptions", {"json": {"date": "2026-12-30", "type": "closed"}}),
        ("PATCH exception", "PATCH", exception, {"json": {"reason": "новое"}}),
        ("DELETE exception", "DELETE", exception, {}),
    ]
    return {name: await site.call(method, path, token=token, **how) for name, method, path, how in routes}


@pytest.mark.parametrize("role", EXPECTED)
async def test_each_role_on_each_route(site: Site, role: Role | None) -> None:
    token = await site.token(role) if role else None
    replies = await walk(site, site.world, token, await site.token())
    assert {name: reply.status for name, reply in replies.items()} == EXPECTED[role]
    for name, reply in replies.items():
        if reply.status >= 400:
            assert reply.code in {"UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND"}, name


async def test_nothing_of_another_tenant_exists(site: Site) -> None:
    """An owner of one business on every route of another: what is public, and otherwise 404."""
    other = await make_business(site.core.uow, slug="other")
    replies = await walk(site, other, await site.token(), await site.token(world=other))
    expected = {**ANYBODY, **no(READER, 404), **no(DECIDER, 404), **no(MANAGER, 404)}
    assert {name: reply.status for name, reply in replies.items()} == expected
    mine = await site.get(f"/api/v1/businesses/{other.id}", token=await site.token(world=other))
    assert mine.body["tagline"] == ""
    assert "messages" in mine.body
    assert "messages" not in replies["GET business"].body
    assert all("phone" not in item for item in replies["GET staff"].body["items"])


async def test_a_visit_key_of_another_tenant(site: Site) -> None:
    other = await make_business(site.core.uow, slug="other")
    wish = site.wish(other.at(15), service_id=str(other.manicure), staff_id=str(other.anna))
    theirs = (await site.post("/api/v1/businesses/other/bookings", wish)).body
    ours = await site.book(site.world.at(15))
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/timeline", None),
        ("POST", "/status", {"status": "cancelled"}),
        ("POST", "/reschedule", {"start_ts": site.world.at(17).isoformat()}),
    ):
        reply = await site.call(
            method, f"/api/v1/bookings/{ours['booking']['id']}{path}", json=body, token=theirs["visit_key"]
        )
        assert (reply.status, reply.code) == (404, "NOT_FOUND")


async def test_ids_of_two_tenants_do_not_mix(site: Site) -> None:
    other = await make_business(site.core.uow, slug="other")
    token = await site.token()
    for changes in ({"service_id": str(other.manicure)}, {"staff_id": str(other.anna)}):
        reply = await site.post(
            f"{site.business}/bookings", site.wish(site.world.at(15), **changes), token=token
        )
        assert (reply.status, reply.code) == (404, "NOT_FOUND")
    booking = (await site.book(site.world.at(15), token))["booking"]
    move = {"start_ts": site.world.at(17).isoformat(), "staff_id": str(other.anna)}
    assert (await site.post(f"/api/v1/bookings/{booking['id']}/reschedule", move, token=token)).status == 404
    staff = {"name": "Ирина", "service_ids": [str(other.manicure)]}
    assert (await site.post(f"{site.business}/staff", staff, token=token)).details == [
        ("service_ids", "not_found")
    ]
