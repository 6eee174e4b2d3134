"""Who may do what: each kind of caller on each operation of the document, and nothing of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import pytest

from core.domain.actor import SYSTEM, Role
from tests.support.document import NOBODY, Things, found, operations, things_of
from tests.support.site import Reply, Site
from tests.support.world import book, join, make_business, meet

#: The columns: personal tokens of five roles, an owner's of another business, a client's session, nobody.
CALLERS: Final = (
    "owner",
    "ops_manager",
    "operator",
    "read_only",
    "master",
    "stranger",
    "client",
    "anonymous",
)

#: By operation: ``+`` done, or answered by how things stand; ``1`` 401, ``3`` 403, ``4`` 404; ``?`` 422,
#: because something hangs on the thing.
TABLE: Final[Mapping[str, str]] = {
    "listAvailability": "++++++++",
    "listFreeDates": "++++++++",
    "listNextStarts": "++++++++",
    "listNearestStarts": "++++++++",
    "createHold": "++++++++",
    "getHold": "++++++++",
    "listBookings": "+++++431",
    "createBooking": "+++3+4++",
    "getBooking": "+++++4+1",
    "setBookingStatus": "+++3+4+1",
    "rescheduleBooking": "+++3+4+1",
    "listTimeline": "+++++4+1",
    "offerTimes": "+++3+431",
    "acceptOffer": "+++3+4+1",
    "confirmAttendance": "+++3+4+1",
    "linkBooking": "444444+1",
    "linkClient": "111111+1",
    "getContact": "111111+1",
    "changeContact": "111111+1",
    "listGroupSessions": "+++++431",
    "previewSeries": "+++3+4++",
    "createSeries": "+++334++",
    "listSeries": "+++++4+1",
    "cancelRestOfSeries": "+++3+4+1",
    "listBusinesses": "++++++++",
    "getBusiness": "++++++++",
    "updateBusiness": "++333431",
    "listServices": "++++++++",
    "createService": "++333431",
    "getService": "++++++++",
    "updateService": "++333431",
    "listStaff": "++++++++",
    "createStaffMember": "++333431",
    "getStaffMember": "++++++++",
    "updateStaffMember": "++333431",
    "getSchedule": "+++++4+1",
    "setSchedule": "++333431",
    "listExceptions": "++333431",
    "createException": "++333431",
    "updateException": "++333431",
    "createClosure": "++333431",
    "listLocations": "++++++++",
    "createLocation": "++333431",
    "updateLocation": "++333431",
    "listRooms": "++++++++",
    "createRoom": "++333431",
    "updateRoom": "++333431",
    "listCategories": "++++++++",
    "createCategory": "++333431",
    "updateCategory": "++333431",
    "listAddOns": "++++++++",
    "createAddOn": "++333431",
    "updateAddOn": "++333431",
    "listClients": "++++3431",
    "getClient": "+++++4+1",
    "updateClient": "+++334+1",
    "listClientBookings": "+++++4+1",
    "getMe": "111111+1",
    "updateMe": "111111+1",
    "listMyBookings": "111111+1",
    "proveMyPhone": "11111141",
    "listMySessions": "111111+1",
    "listMembers": "+3333431",
    "createInvite": "+3333431",
    "listTokens": "+3333431",
    "createToken": "+3333431",
    "getHealth": "++++++++",
    "getReadiness": "++++++++",
    "getOpenApi": "++++++++",
    "deleteHold": "++++++++",
    "archiveService": "++333431",
    "archiveStaffMember": "++333431",
    "deleteException": "++333431",
    "deleteLocation": "??333431",
    "deleteRoom": "??333431",
    "deleteCategory": "++333431",
    "deleteAddOn": "++333431",
    "endMySession": "11111141",
    "archiveMember": "+3333431",
    "revokeToken": "+3333431",
    "signOut": "111111+1",
}

#: Streams, tested by themselves; and what is not about rights: signing in.
ELSEWHERE: Final = {"listenToEvents", "signInByTelegram", "signInByVk", "refreshSession"}
#: Ends the session by which the others are asked.
LAST: Final = {"signOut"}


async def token_of(site: Site, caller: str) -> tuple[str | None, dict[str, str]]:
    """Whom the caller comes as, and what is theirs if it is somebody who books."""
    if caller == "anonymous":
        return None, {}
    if caller == "stranger":
        return await site.token(world=await make_business(site.core.uow, slug="other")), {}
    if caller == "client":
        actor, identity, booking = await book(site.core, site.world, site.world.at(11))
        signed = await site.core.sign_in._enter(identity, "test", None)
        return signed.access_token, {"bookings": str(booking.id), "clients": str(actor.id)}
    if caller == "master":
        made = await site.core.tokens.create(
            SYSTEM, site.world.id, role=Role.MASTER, name="Анна", staff_id=site.world.anna
        )
        return made, {}
    return await site.token(Role(caller)), {}


async def with_people(site: Site, things: Things) -> Things:
    """With a member and a token that may be taken away."""
    member, _ = await join(site.core, site.world, Role.OPERATOR, name="Пётр")
    spare, _ = await site.core.tokens.create_shown(SYSTEM, site.world.id, role=Role.READ_ONLY, name="ещё")
    return replace(things, ids={**things.ids, "members": str(member.id), "tokens": str(spare.id)})


Told = tuple[str, str, Mapping[str, Any]]


async def ask(site: Site, things: Things, operation: Told, token: str | None) -> Reply:
    """The operation as its example has it, about these things."""
    method, path, told = operation
    how: dict[str, Any] = {"headers": {"Okoshko-Visitor": "a-visitor-of-the-tests"}}
    if "requestBody" in told:
        example = told["requestBody"]["content"]["application/json"]["example"]
        how["json"] = things.about(example)
    known = {"service_id": things.ids["services"], "from": "2026-11-24", "to": "2026-11-25"}
    known |= {"month": "2026-11", "around": "2026-11-24T15:00:00+03:00"}
    names = [each["name"] for each in map(found, told.get("parameters", ())) if each["in"] == "query"]
    how["params"] = {name: known[name] for name in names if name in known}
    return await site.call(method, things.address(path), token=token, **how)


def sign_of(reply: Reply) -> str:
    """``+`` for what was done, or would have been but for how things stand."""
    assert reply.status < 500, reply.text
    return {401: "1", 403: "3", 404: "4", 422: "?"}.get(reply.status, "+")


@pytest.mark.parametrize("caller", CALLERS)
async def test_each_caller_on_each_operation(site: Site, caller: str) -> None:
    token, own = await token_of(site, caller)
    things = await with_people(site, await things_of(site))
    things = replace(things, ids={**things.ids, **own})
    listed = [each for each in operations() if each[2]["operationId"] not in ELSEWHERE]
    listed.sort(key=lambda each: (each[2]["operationId"] in LAST, each[0] == "DELETE"))
    met: dict[str, set[str]] = {}
    for method, path, told in listed:
        name = told["operationId"].removesuffix("OfBusiness")
        if name != told["operationId"] and method == "DELETE":
            continue  # it is gone already
        reply = await ask(site, things, (method, path, told), token)
        met.setdefault(name, set()).add(sign_of(reply))
        if reply.status in {401, 403, 404}:
            assert reply.code in {"UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND"}
    column = CALLERS.index(caller)
    assert met == {name: {signs[column]} for name, signs in TABLE.items()}


def with_ids() -> list[tuple[str, str, dict[str, Any]]]:
    """Operations on something that has an id."""
    return [each for each in operations() if "{id}" in each[1]]


#: What everybody may read, of any business.
PUBLIC: Final = {"getService", "getStaffMember"}


async def test_nothing_of_another_tenant_exists(site: Site) -> None:
    """An owner with another business's ids: at the things' own addresses, and under the own business."""
    other = await make_business(site.core.uow, slug="other")
    theirs = replace(site, world=other)
    things = await with_people(theirs, await things_of(theirs))
    owner = await site.token()
    for method, path, told in with_ids():
        if told["operationId"] in PUBLIC or told["tags"] == ["Me"]:
            continue
        for business in {things.business, str(site.world.id)} if "{business}" in path else {""}:
            met = await ask(site, replace(things, business=business), (method, path, told), owner)
            what = f"{method} {path}"
            if business == things.business and told["operationId"].removesuffix("OfBusiness") in PUBLIC:
                assert met.status == 200, what
            else:
                assert (met.status, met.code) == (404, "NOT_FOUND"), what


@pytest.mark.parametrize("by", ["session", "visit key"])
async def test_nothing_of_another_client_exists(site: Site, by: str) -> None:
    """Bookings, and cards where they can be come to at all."""
    things = await things_of(site)
    if by == "session":
        token, _ = await token_of(site, "client")
    else:
        token = (await site.book(site.world.at(11)))["visit_key"]
    seen = 0
    for method, path, told in with_ids():
        if things.kind(path) not in {"bookings", "clients"}:
            continue
        met = await ask(site, things, (method, path, told), token)
        # A visit key opens its booking and is nobody's elsewhere.
        expected = 401 if by == "visit key" and things.kind(path) == "clients" else 404
        assert met.status == expected, f"{method} {path}: {met.text}"
        seen += 1
    assert seen > 10


async def test_sessions_of_others_do_not_exist(site: Site) -> None:
    token, _ = await token_of(site, "client")
    signed = await site.core.sign_in._enter(await meet(site.core), "test", None)
    theirs = await site.get("/api/v1/me/sessions", token=signed.access_token)
    session = theirs.body["items"][0]["id"]
    reply = await site.call("DELETE", f"/api/v1/me/sessions/{session}", token=token)
    assert (reply.status, reply.code) == (404, "NOT_FOUND")
    assert (await site.get("/api/v1/me", token=signed.access_token)).status == 200


@pytest.mark.parametrize("thing", [NOBODY, "x", "0", "%F0%9F%92%85", UUID(NOBODY).hex])
async def test_what_is_no_id_of_anything(site: Site, thing: str) -> None:
    things = await things_of(site)
    nothing = replace(things, ids={**things.ids, **dict.fromkeys(EVERYTHING, thing)})
    owner = await site.token()
    for method, path, told in with_ids():
        if told["tags"] == ["Me"]:
            continue
        content = told.get("requestBody", {}).get("content")
        body = things.about(content["application/json"]["example"]) if content else None
        reply = await site.call(method, nothing.address(path), token=owner, json=body)
        assert (reply.status, reply.code) == (404, "NOT_FOUND"), f"{method} {path}"


EVERYTHING: Final = (
    "services",
    "staff",
    "exceptions",
    "locations",
    "rooms",
    "categories",
    "addons",
    "bookings",
    "clients",
    "members",
    "tokens",
)
