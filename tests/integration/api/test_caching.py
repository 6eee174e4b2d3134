"""What the callers' own machines may keep: tags and 304, gzip, and which sites' pages may read it all."""

from __future__ import annotations

import re

import pytest

from core.domain.actor import Role
from tests.integration.api.conftest import serve
from tests.support.site import Site
from tests.support.world import MONDAY, Core, Hands, make_business
from webapp.wiring import Gate, Outside

PLAIN = {"Accept-Encoding": "identity"}
SHOP = "https://shop.example"


def days(site: Site, count: int = 30) -> str:
    """Availability of a month."""
    last = MONDAY.replace(day=MONDAY.day + 6) if count < 30 else MONDAY.replace(month=12)
    return f"{site.business}/availability?service_id={site.world.manicure}&from={MONDAY}&to={last}"


async def test_every_list_and_object_has_a_tag_and_is_not_sent_twice(site: Site) -> None:
    token = await site.token()
    booking = (await site.book(site.world.at(15), token))["booking"]
    paths = [
        site.business,
        f"{site.business}/services",
        f"{site.business}/staff",
        f"{site.business}/rooms",
        f"{site.business}/exceptions",
        f"{site.business}/bookings",
        f"/api/v1/services/{site.world.manicure}",
        f"/api/v1/staff/{site.world.anna}/schedule",
        f"/api/v1/bookings/{booking['id']}",
        f"/api/v1/bookings/{booking['id']}/timeline",
        days(site),
    ]
    for path in paths:
        for encoding in ("identity", "gzip"):
            accept = {"Accept-Encoding": encoding}
            first = await site.get(path, token=token, headers=accept)
            tag = first.headers["ETag"]
            assert first.status == 200
            assert tag.startswith('"')
            assert first.headers["Cache-Control"] == "private, no-cache"
            assert {"Authorization", "Accept-Encoding"} <= set(first.headers["Vary"].split(", "))
            for known in (tag, f'"x", W/{tag}', "*"):
                again = await site.get(path, token=token, headers={**accept, "If-None-Match": known})
                assert (again.status, again.text) == (304, "")
                assert again.headers["ETag"] == tag
                assert again.headers["Vary"] == first.headers["Vary"]
                assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
            other = await site.get(path, token=token, headers={**accept, "If-None-Match": '"other"'})
            assert (other.status, other.text) == (200, first.text)


async def test_a_change_is_another_tag(site: Site) -> None:
    token = await site.token()
    kept = {path: await tag_of(site, path) for path in (f"{site.business}/services", days(site))}
    assert kept == {path: await tag_of(site, path) for path in kept}
    await site.book(site.world.at(15))
    assert await tag_of(site, f"{site.business}/services") == kept[f"{site.business}/services"]
    assert await tag_of(site, days(site)) != kept[days(site)]
    await site.call(
        "PATCH", f"/api/v1/services/{site.world.manicure}", token=token, json={"duration_minutes": 75}
    )
    assert await tag_of(site, f"{site.business}/services") != kept[f"{site.business}/services"]


async def tag_of(site: Site, path: str) -> str:
    """Its tag now."""
    return (await site.get(path, headers=PLAIN)).headers["ETag"]


async def test_who_sees_more_has_another_answer(site: Site) -> None:
    """The phone of a master is for the business alone: no tag of a stranger leads to it."""
    path, token = f"{site.business}/staff", await site.token()
    await site.call("PATCH", f"/api/v1/staff/{site.world.anna}", token=token, json={"phone": "+79005550102"})
    stranger = await site.get(path, headers=PLAIN)
    inside = await site.get(path, token=token, headers={**PLAIN, "If-None-Match": stranger.headers["ETag"]})
    assert inside.status == 200
    assert "+79005550102" in inside.text
    assert "+79005550102" not in stranger.text


async def test_faults_and_what_is_done_have_no_tag(site: Site) -> None:
    made = await site.post(f"{site.business}/bookings", site.wish(site.world.at(15)))
    lost = await site.get(f"{site.business}x")
    health = await site.get("/api/v1/health")
    for reply in (made, lost, health):
        assert "ETag" not in reply.headers
        assert reply.headers["Cache-Control"] == "no-store"


async def test_long_answers_are_compressed_for_who_asks(site: Site) -> None:
    packed = await site.get(days(site), headers={"Accept-Encoding": "br, gzip;q=0.5"})
    plain = await site.get(days(site), headers=PLAIN)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.text == plain.text
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 5
    assert packed.headers["ETag"] != plain.headers["ETag"], "other bytes have another strong tag"
    swapped = {**PLAIN, "If-None-Match": packed.headers["ETag"]}
    assert (await site.get(days(site), headers=swapped)).status == 304, "what it says is known all the same"
    small = await site.get("/api/v1/health", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers

    page = await site.get("/", headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert {"Accept-Language", "Accept-Encoding"} <= set(page.headers["Vary"].split(", "))


async def test_files_are_compressed_beforehand(site: Site) -> None:
    page = await site.get("/", headers={"Accept": "text/html"})
    found = re.search(r'href="(/static/site\.\w+\.css)"', page.text)
    assert found is not None
    packed = await site.get(found[1], headers={"Accept-Encoding": "gzip"})
    plain = await site.get(found[1], headers=PLAIN)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.text == plain.text
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    for reply in (packed, plain):
        assert reply.headers["Vary"] == "Accept-Encoding"
        assert "immutable" in reply.headers["Cache-Control"]


async def test_head_has_the_headers_of_get(site: Site) -> None:
    got = await site.get(days(site), headers=PLAIN)
    head = await site.call("HEAD", days(site), headers=PLAIN)
    assert (head.status, head.text) == (200, "")
    for name in ("ETag", "Content-Length", "Vary", "Cache-Control"):
        assert head.headers[name] == got.headers[name]


@pytest.fixture
def preflight() -> dict[str, str]:
    """What a browser asks before it sends a page's request."""
    return {
        "Origin": SHOP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "idempotency-key",
    }


async def test_no_site_may_read_unless_it_is_named(site: Site, preflight: dict[str, str]) -> None:
    asked = await site.call("OPTIONS", f"{site.business}/bookings", headers=preflight)
    assert asked.status == 405
    for reply in (asked, await site.get(site.business, headers={"Origin": SHOP})):
        assert not any(name.startswith("Access-Control-") for name in reply.headers)
        assert "Origin" not in reply.headers.get("Vary", "")


@pytest.mark.parametrize("named", [(SHOP, "https://other.example"), ("*",)])
async def test_pages_of_named_sites_may(
    core: Core, preflight: dict[str, str], named: tuple[str, ...]
) -> None:
    world = await make_business(core.uow)
    async with serve(core, world, Hands(), Outside(gate=Gate(cors_origins=named))) as site:
        asked = await site.call("OPTIONS", f"{site.business}/bookings", headers=preflight)
        assert asked.status == 204
        assert asked.headers["Access-Control-Allow-Origin"] == ("*" if named == ("*",) else SHOP)
        assert "POST" in asked.headers["Access-Control-Allow-Methods"]
        assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in asked.headers

        got = await site.get(site.business, headers={"Origin": SHOP})
        lost = await site.get("/api/v1/bookings/x", headers={"Origin": SHOP})
        for reply in (got, lost):
            assert reply.headers["Access-Control-Allow-Origin"] == ("*" if named == ("*",) else SHOP)
            exposed = reply.headers["Access-Control-Expose-Headers"].split(", ")
            assert {"ETag", "Location", "X-Request-ID", "Retry-After", "X-RateLimit-Remaining"} <= set(
                exposed
            )
            assert "Origin" in reply.headers["Vary"]
        same = await site.get(site.business, headers={"Origin": SHOP, "If-None-Match": "*"})
        assert same.status == 304
        assert "Access-Control-Allow-Origin" in same.headers

        if named != ("*",):
            strange = {**preflight, "Origin": "https://evil.example"}
            refused = await site.call("OPTIONS", f"{site.business}/bookings", headers=strange)
            assert "Access-Control-Allow-Origin" not in refused.headers
        page = await site.get("/", headers={"Origin": SHOP, "Accept": "text/html"})
        assert "Access-Control-Allow-Origin" not in page.headers


async def test_a_token_may_not_read_more_by_a_tag(site: Site) -> None:
    """Whoever may not see a thing isn't told that it is unchanged."""
    token = await site.token()
    made = (await site.book(site.world.at(15), token))["booking"]
    path = f"/api/v1/bookings/{made['id']}"
    master = await site.token(Role.MASTER)
    for how in ({}, {"token": master}):
        reply = await site.get(path, headers={"If-None-Match": "*"}, **how)
        assert reply.status in {401, 404}
