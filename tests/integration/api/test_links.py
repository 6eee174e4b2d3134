"""From the web into a messenger over HTTP: links of bookings, and what they are good for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from core.domain.catalog import BookingRules, Business, WebConfirmation
from core.domain.client import Channel
from core.services.linking import Opening
from tests.integration.api.conftest import serve
from tests.support.site import Site
from tests.support.world import Core, Hands, make_business, meet
from webapp.wiring import MessengerLink, Outside


def messengers(business: Business, start: str = "") -> Sequence[MessengerLink]:
    start = start or f"b_{business.slug}"
    return (
        MessengerLink(Channel.TELEGRAM, f"https://t.me/okoshko_bot?start={start}"),
        MessengerLink(Channel.VK, f"https://vk.me/club1?ref={start}"),
    )


@pytest.fixture
async def site(core: Core) -> AsyncIterator[Site]:
    """A business that wants to see the web's clients in a messenger."""
    assert isinstance(core.clock, Hands)
    rules = BookingRules(web_confirmation=WebConfirmation.MESSENGER)
    world = await make_business(core.uow, rules=rules)
    async with serve(core, world, core.clock, Outside(links=messengers)) as site:
        yield site


async def test_a_booking_from_the_web_is_confirmed_by_its_link(site: Site) -> None:
    made = await site.book(site.world.at(15))
    booking, key = made["booking"], made["visit_key"]
    assert (booking["status"], booking["awaits_client"]) == ("pending", True)
    path = f"/api/v1/bookings/{booking['id']}"
    reply = await site.post(f"{path}/link", None, token=key)
    assert reply.status == 201, reply.text
    code = reply.body["code"]
    assert reply.body["links"] == [
        {"channel": "telegram", "url": f"https://t.me/okoshko_bot?start={code}"},
        {"channel": "vk", "url": f"https://vk.me/club1?ref={code}"},
    ]
    opened = await site.core.linking.open(code, await meet(site.core, "Оля", Channel.VK))
    assert opened.what is Opening.CONFIRMED
    now = (await site.get(path, token=key)).body["booking"]
    assert (now["status"], now["awaits_client"]) == ("confirmed", False), "the browser looks after it still"
    assert now["client_id"] == str(opened.client.id)


async def test_a_link_is_for_whose_booking_it_is(site: Site) -> None:
    mine, other = await site.book(site.world.at(11)), await site.book(site.world.at(13))
    path = f"/api/v1/bookings/{mine['booking']['id']}/link"
    assert (await site.post(path, None)).status == 401
    assert (await site.post(path, None, token=other["visit_key"])).status == 404
    assert (await site.post(path, None, token=await site.token())).status == 404, "the business is no client"
    unknown = f"/api/v1/bookings/{UUID(int=1)}/link"
    assert (await site.post(unknown, None, token=mine["visit_key"])).status == 404


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_the_contact_is_for_sessions(site: Site, method: str) -> None:
    path = f"{site.business}/contact"
    body = {"preferred_channel": None} if method == "PATCH" else None
    assert (await site.call(method, path, json=body)).status == 401
    assert (await site.call(method, path, json=body, token=await site.token())).status == 401
    assert (await site.post(f"{site.business}/link", None)).status == 401


async def test_the_rule_is_told_and_changed_over_the_api(site: Site) -> None:
    shown = (await site.get(site.business)).body
    rules = (shown.get("business") or shown)["booking_rules"]
    assert rules["web_confirmation"] == "messenger"
    change = {"booking_rules": {"web_confirmation": "none"}}
    reply = await site.call("PATCH", site.business, json=change, token=await site.token())
    assert reply.status == 200, reply.text
    assert (await site.book(site.world.at(15)))["booking"]["status"] == "confirmed"
    wrong = {"booking_rules": {"web_confirmation": "pigeon"}}
    refused = await site.call("PATCH", site.business, json=wrong, token=await site.token())
    assert refused.status == 422
