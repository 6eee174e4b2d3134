"""What changes, heard by a page: while it listens, after a break, and never in vain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from core.domain.visit import VisitItem, to_minutes
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.modules import HOST, LIVE, SESSION, lend_modules
from tests.support.processes import process
from tests.support.site import Site
from tests.support.world import MONDAY, Hands
from webapp.miniapp.flow import Flow
from webapp.wiring import STREAMS

pytestmark = pytest.mark.browser

#: Gathers what the window is told, and waits for more of it.
EARS = """
async ([live, session, host, business]) => {
  const { listen } = await import(live);
  void (await import(session)).begin(await (await import(host)).connect());
  window.told = [];
  window.waiting = () => {};
  for (const name of ["slots", "catalogue", "reset", "booking"])
    window.addEventListener(`okoshko:${name}`, (event) => {
      window.told.push([name, event.detail]);
      window.waiting();
    });
  window.hear = listen(business);
}
"""
NEXT = """
async () => {
  while (!window.told.length) await new Promise((resolve) => (window.waiting = resolve));
  return window.told.shift();
}
"""
PIECES = """
async ([address, text]) => {
  const { Events } = await import(address);
  const heard = [];
  for (let size = 1; size <= text.length; size++) {
    const told = [], ids = [];
    const events = new Events((id) => ids.push(id), (name, data) => told.push([name, data]));
    for (let at = 0; at < text.length; at += size) events.take(text.slice(at, at + size));
    heard.push(JSON.stringify([told, ids]));
  }
  return [...new Set(heard)];
}
"""


@pytest.fixture
async def site(database: str, redis_url: str) -> AsyncIterator[Site]:
    async with process(database, redis_url, None, Hands()) as made:
        yield made


@pytest.fixture
async def page(site: Site) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        await lend_modules(page.context)
        await page.goto(str(site.http.make_url("/b/okoshko")))
        yield page
        await browser.close()


async def listen(page: Page, site: Site) -> None:
    """Listen, and wait until the server knows."""
    async with page.expect_response(lambda response: "/api/v1/events" in response.url):
        await page.evaluate(EARS, [LIVE, SESSION, HOST, str(site.world.id)])
    assert site.core.live.listeners == 1


async def next_of(page: Page) -> Any:
    return await page.evaluate(NEXT)


async def test_a_stream_is_read_in_whatever_pieces_it_comes(page: Page) -> None:
    text = 'retry: 2000\nid: 7\n\n: \n\nid: 8\nevent: slots\ndata: {"dates":[],\ndata: "é":1}\n\nid: 9\n\nev'
    heard = await page.evaluate(PIECES, [LIVE, text])
    assert heard == ['[[["slots",{"dates":[],"é":1}]],["7","8","9"]]']


async def test_a_page_hears_and_catches_up_after_a_break(site: Site, page: Page) -> None:
    world = site.world
    await listen(page, site)
    await site.book(world.at(12))
    name, told = await next_of(page)
    assert name == "slots"
    assert told == {
        "business_id": str(world.id),
        "dates": [MONDAY.isoformat()],
        "staff_ids": [str(world.anna)],
    }
    # The stream breaks, and what comes before the next one is not lost.
    streams = site.http.app[STREAMS]
    await streams.close()
    await site.book(world.at(14), staff_id=str(world.maria))
    streams._closed = False
    name, told = await next_of(page)
    assert (name, told["staff_ids"]) == ("slots", [str(world.maria)])


async def test_hours_and_losses_concern_all_free_time(site: Site, page: Page) -> None:
    await listen(page, site)
    async with site.core.uow.begin() as tx:
        await tx.catalogue.save_business(site.world.id, {"name": "Другое"})
    assert await next_of(page) == ["catalogue", {"version": 2}]
    assert await next_of(page) == ["slots", {"dates": None, "staff_ids": []}]
    site.core.live.began(10**15)
    assert await next_of(page) == ["reset", {}]
    assert await next_of(page) == ["slots", {"dates": None, "staff_ids": []}]


async def test_a_page_that_stops_leaves(site: Site, page: Page) -> None:
    await listen(page, site)
    async with page.expect_event("requestfailed"):
        await page.evaluate("window.hear.stop()")
    async with asyncio.timeout(10):
        while site.core.live.listeners:  # noqa: ASYNC110 - that nobody is left has no event
            await asyncio.sleep(0.05)


async def test_the_slot_picker_refreshes_itself(site: Site, page: Page) -> None:
    world = site.world
    flow = Flow(items=(VisitItem(world.manicure, world.anna),), day=MONDAY)
    async with page.expect_response(lambda response: "/api/v1/events" in response.url):
        await page.goto(str(site.http.make_url(f"/b/okoshko/time?{flow.query()}")))
    noon = page.locator(f'#times [name="t"][value="{to_minutes(world.at(12))}"]')
    await expect(noon).to_be_visible()
    made = await site.book(world.at(12))
    await expect(noon).to_have_count(0)
    await site.post(
        f"/api/v1/bookings/{made['booking']['id']}/status",
        {"status": "cancelled"},
        token=await site.token(),
    )
    await expect(noon).to_be_visible()
