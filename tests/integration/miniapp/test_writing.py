"""From a visit to the business's chat: by any messenger that it has, each telling which others there are."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from core.domain.catalog import Business
from core.domain.client import Channel
from tests.integration.api.conftest import serve
from tests.support.site import Site
from tests.support.world import Core, Hands, make_business
from webapp.miniapp.flow import short
from webapp.wiring import MessengerLink, Outside

BOTH = (
    MessengerLink(Channel.TELEGRAM, "https://t.me/okoshko_bot"),
    MessengerLink(Channel.VK, "https://vk.me/club1"),
)


@pytest.fixture(params=[BOTH, BOTH[1:], ()], ids=["both", "one", "none"])
def messengers(request: pytest.FixtureRequest) -> Sequence[MessengerLink]:
    found: Sequence[MessengerLink] = request.param
    return found


@pytest.fixture
async def site(core: Core, messengers: Sequence[MessengerLink]) -> AsyncIterator[Site]:
    def links(business: Business, start: str = "") -> Sequence[MessengerLink]:
        return messengers

    assert isinstance(core.clock, Hands)
    async with serve(core, await make_business(core.uow), core.clock, Outside(links=links)) as site:
        yield site


async def test_each_messenger_is_offered(site: Site, messengers: Sequence[MessengerLink]) -> None:
    made = await site.book(site.world.at(12))
    visit = short(UUID(made["booking"]["id"]))
    headers = {"Okoshko-Visit": made["visit_key"], "HX-Request": "true", "Accept": "text/html"}
    page = await site.get(f"/b/okoshko/visit/{visit}", headers=headers)
    assert page.status == 200, page.text
    tile = r'<a class="tile" href="([^"]*)"[^>]* data-messenger="(\w+)" data-beside="([\w ]*)">'
    told = re.findall(tile, page.text)
    channels = [link.channel.value for link in messengers]
    beside = {channel: " ".join(each for each in channels if each != channel) for channel in channels}
    assert told == [(link.url, link.channel.value, beside[link.channel.value]) for link in messengers]
    # By name only where there is a choice.
    assert page.text.count('<small class="where">') == (len(messengers) if len(messengers) > 1 else 0)
