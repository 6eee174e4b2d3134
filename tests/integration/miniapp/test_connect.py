"""The way from the plain page into a messenger: offered for a visit, needed where the business wants it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from core.domain.catalog import BookingRules, Business, WebConfirmation
from core.domain.client import Channel
from core.domain.visit import VisitItem, to_minutes
from core.jobs.expiry import ExpirySweep
from core.services.linking import Opening
from tests.integration.api.conftest import serve
from tests.support.sessions import enter
from tests.support.site import Reply, Site
from tests.support.world import Core, Hands, make_business, meet
from webapp.miniapp.flow import Flow
from webapp.wiring import MessengerLink, Outside

ROOT = "/b/okoshko"
HTMX = {"HX-Request": "true", "Okoshko-Visitor": "somebody-with-a-browser", "Accept": "text/html"}


def messengers(business: Business, start: str = "") -> Sequence[MessengerLink]:
    start = start or f"b_{business.slug}"
    return (
        MessengerLink(Channel.TELEGRAM, f"https://t.me/okoshko_bot?start={start}"),
        MessengerLink(Channel.VK, f"https://vk.me/club1?ref={start}"),
    )


@pytest.fixture
async def site(core: Core, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """A business in two messengers; by default it wants to see the web's clients in one of them."""
    assert isinstance(core.clock, Hands)
    rules = getattr(request, "param", BookingRules(web_confirmation=WebConfirmation.MESSENGER))
    world = await make_business(core.uow, rules=rules)
    async with serve(core, world, core.clock, Outside(links=messengers)) as site:
        yield site


class Booked(NamedTuple):
    """The last screen, the visit's address, and how the device shows whose it is."""

    reply: Reply
    address: str
    own: dict[str, str]


async def booked(site: Site, **headers: str) -> Booked:
    """The whole way on the page."""
    start = to_minutes(site.world.at(15))
    flow = Flow(items=(VisitItem(site.world.manicure, site.world.anna),), start=start, key="a-form-of-mine")
    said = [("name", "Алиса"), ("phone", "8 900 111-22-33"), ("consent", "1")]
    sent = {**HTMX, "Content-Type": "application/x-www-form-urlencoded", **headers}
    body = urlencode([*flow.pairs(), *said])
    reply = await site.call("POST", f"{ROOT}/book", data=body, headers=sent)
    assert reply.status == 200
    key = re.search(r'"key": "([^"]+)"', reply.headers["HX-Trigger-After-Swap"])
    own = {**HTMX, **headers, **({"Okoshko-Visit": key[1]} if key is not None else {})}
    return Booked(reply, reply.headers["HX-Replace-Url"].partition("?")[0], own)


def section(text: str) -> str:
    """The part of a screen that offers the messengers; empty when there is none."""
    found = re.search(r'<section class="card connect.*?</section>', text, re.DOTALL)
    return found[0] if found is not None else ""


async def test_one_step_is_left_and_a_link_leads_to_it(site: Site) -> None:
    made = await booked(site)
    assert "Осталось подтвердить" in made.reply.text
    assert "Вы записаны" not in made.reply.text
    assert "Мастер подтвердит" not in made.reply.text, "nobody is asked yet"
    offered = section(made.reply.text)
    assert "Подтвердите запись в чате" in offered
    assert "Держим окошко полчаса" in offered
    assert f'hx-post="{made.address}/connect"' in offered
    assert 'hx-trigger="load"' in offered, "without another tap"
    assert "data-web-only" not in offered, "also where a host did not say who it is"
    # The step comes before everything else that could be done.
    assert made.reply.text.index(offered) < made.reply.text.index('class="tiles"')

    links = await site.call("POST", f"{made.address}/connect", headers=made.own)
    buttons = re.findall(r'href="([^"]+)"[^>]*data-messenger.*?>([^<>]+)</a>', links.text, re.DOTALL)
    assert [name.strip() for _, name in buttons] == ["Telegram", "VK"]
    codes = {re.split("start=|ref=", address)[1] for address, _ in buttons}
    assert len(codes) == 1
    [code] = codes

    opened = await site.core.linking.open(code, await meet(site.core, "Алиса", Channel.VK))
    assert opened.what is Opening.CONFIRMED
    after = await site.get(made.address, headers=made.own)
    assert "Осталось подтвердить" not in after.text
    assert "Подтвердите запись" not in after.text
    assert "Маникюр" in after.text


async def test_a_reload_offers_the_step_again(site: Site) -> None:
    made = await booked(site)
    again = await site.get(made.address, headers=made.own)
    assert 'hx-trigger="load"' in section(again.text)
    assert "Подтвердите запись в чате" in section(again.text)
    first = await site.call("POST", f"{made.address}/connect", headers=made.own)
    second = await site.call("POST", f"{made.address}/connect", headers=made.own)
    for links in (first, second):
        assert "start=link_" in links.text, "an older link goes on working beside a newer one"


async def test_what_nobody_confirmed_in_time_is_over(site: Site) -> None:
    made = await booked(site)
    site.clock.on(minutes=31)
    assert await ExpirySweep(site.core.uow, site.core.bookings, site.clock).run_once() == 1
    after = await site.get(made.address, headers=made.own)
    assert "Маникюр" in after.text
    assert section(after.text) == ""


async def test_links_are_for_whose_visit_it_is(site: Site) -> None:
    made = await booked(site)
    for headers in (HTMX, {**HTMX, "Okoshko-Visit": "okov_x"}):
        refused = await site.call("POST", f"{made.address}/connect", headers=headers)
        assert refused.status == 404
        assert "link_" not in refused.text
    bare = {name: value for name, value in made.own.items() if name != "HX-Request"}
    assert (await site.call("POST", f"{made.address}/connect", headers=bare)).status == 403


async def test_who_came_by_a_messenger_has_nothing_left_to_do(site: Site) -> None:
    token = (await enter(site, 1001, first_name="Алиса", allows_write_to_pm=True))["access_token"]
    made = await booked(site, Authorization=f"Bearer {token}")
    assert "Вы записаны" in made.reply.text
    assert section(made.reply.text) == ""


@pytest.mark.parametrize("site", [BookingRules()], indirect=True)
async def test_where_it_is_not_wanted_the_chat_is_an_offer(site: Site) -> None:
    made = await booked(site)
    assert "Вы записаны" in made.reply.text
    offered = section(made.reply.text)
    assert "Напомнить в чате?" in offered
    assert "data-web-only" in offered
    assert made.reply.text.index('class="tiles"') < made.reply.text.index(offered)
