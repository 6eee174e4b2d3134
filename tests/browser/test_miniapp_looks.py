"""Every screen for everybody: axe finds nothing, nothing sticks out at 320 px, the keyboard is enough."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.pages import NAME, Person, person
from tests.support.processes import process
from tests.support.site import Site
from tests.support.world import Hands
from webapp.pages.render import STATIC

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """
async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter((each) => ["serious", "critical", "moderate"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}
"""
#: What can be pressed and is smaller than 44 px either way, apart from links within a sentence.
SMALL = """
() => [...document.querySelectorAll("a, button, summary, label.pick, input, textarea")]
  .filter((each) => each.checkVisibility() && !each.closest("label, p:not(.acts):not(.ways), .skip"))
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([each, box]) => box.width > 0 && box.height < 44 && !each.matches(".near, .skip"))
  .map(([each, box]) => `${each.outerHTML.slice(0, 100)} ${box.width}x${box.height}`)
"""


@pytest.fixture
async def site(database: str, redis_url: str) -> AsyncIterator[Site]:
    async with process(database, redis_url, None, Hands()) as made:
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def inspect(page: Page) -> None:
    """What stands on the screen now."""
    # Axe is put in by the browser's tools, which the page's policy doesn't bind.
    await page.evaluate(AXE.read_text())
    assert await page.evaluate(RUN_AXE) == []
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert await page.evaluate(SMALL) == []


async def every_screen(somebody: Person) -> None:
    """Book, look, move, cancel, and inspect all that comes."""
    page = somebody.page
    await somebody.open()
    await expect(page.locator("a.near").first).to_be_visible()
    await inspect(page)
    await page.locator(".pick", has_text="Маникюр").click()
    await inspect(page)
    await somebody.press()
    await somebody.heading("Когда вам удобно")
    await inspect(page)
    await page.locator(".month-link").click()
    await expect(page.locator(".month")).to_be_visible()
    await inspect(page)
    await page.locator(".date.lit").nth(1).click()
    await page.locator("#times .time").first.click()
    await somebody.heading("Как вас записать")
    await somebody.press()
    await expect(page.locator("#name-fault")).not_to_be_empty()
    await inspect(page)
    await somebody.say_who()
    await page.get_by_text("Текст согласия").click()
    await somebody.press()
    await expect(page.locator("#consent-fault")).not_to_be_empty()
    await inspect(page)
    await somebody.agree()
    await somebody.press()
    await somebody.heading("Вы записаны")
    await inspect(page)
    await page.get_by_role("link", name="Мои записи").click()
    await expect(page.locator(".visit-card")).to_be_visible()
    await inspect(page)
    await page.get_by_role("link", name="Отменить").click()
    await somebody.heading("Отменить запись")
    await inspect(page)


@pytest.mark.parametrize(("width", "theme"), [(320, "light"), (390, "dark"), (1280, "light")])
async def test_every_screen_is_for_everybody(site: Site, browser: Browser, width: int, theme: str) -> None:
    size = {"width": width, "height": 640 if width == 320 else 844}
    async with person(browser, site, viewport=size, color_scheme=theme) as somebody:
        await every_screen(somebody)


async def test_at_twice_the_size(site: Site, browser: Browser) -> None:
    """200 % zoom, up to the calendar and the form."""
    async with person(browser, site, viewport={"width": 640, "height": 800}) as somebody:
        page = somebody.page
        sticks_out = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        await somebody.open()
        await page.evaluate("document.documentElement.style.zoom = 2")
        assert await page.evaluate(sticks_out) <= 0
        await page.locator(".pick", has_text="Маникюр").click()
        await somebody.press()
        await somebody.heading("Когда вам удобно")
        assert await page.evaluate(sticks_out) <= 0
        await page.locator("#times .time").first.click()
        await somebody.heading("Как вас записать")
        assert await page.evaluate(sticks_out) <= 0


async def focused(page: Page) -> str:
    """What has the focus, in the words of a screen reader as far as it matters here."""
    return str(
        await page.evaluate(
            "(() => { const e = document.activeElement;"
            " return (e.labels?.[0] ?? e).textContent.trim().replace(/\\s+/g, ' ') })()"
        )
    )


async def tab_to(page: Page, text: str, most: int = 60) -> None:
    """Press Tab until the focus is there; it is seen all the way."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        if text in await focused(page):
            return
    raise AssertionError(f"Tab never came to {text!r}")


async def test_the_keyboard_alone(site: Site, browser: Browser) -> None:
    async with person(browser, site) as somebody:
        page = somebody.page
        await somebody.open()
        await page.keyboard.press("Tab")
        assert await focused(page) == "К содержанию"
        await tab_to(page, "Маникюр")
        await page.keyboard.press("Space")
        await tab_to(page, "Выбрать время")
        await page.keyboard.press("Enter")
        await somebody.heading("Когда вам удобно")
        await tab_to(page, "10:15")
        await page.keyboard.press("Enter")
        await somebody.heading("Как вас записать")
        await tab_to(page, "Имя")
        await page.keyboard.type(NAME)
        await tab_to(page, "Телефон")
        await page.keyboard.type("89001234567")
        await page.keyboard.press("Enter")
        await somebody.heading("Проверьте запись")
        await tab_to(page, "Даю согласие")
        await page.keyboard.press("Space")
        await tab_to(page, "Записаться")
        await page.keyboard.press("Enter")
        await somebody.heading("Вы записаны")
        assert await focused(page) == "Вы записаны"


async def test_english_and_the_choice_of_a_language(site: Site, browser: Browser) -> None:
    async with person(browser, site) as somebody:
        page = somebody.page
        await somebody.open()
        await page.get_by_role("link", name="English").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await page.locator(".pick", has_text="Маникюр").click()
        await somebody.press()
        await somebody.heading("When suits you")
        assert "lang=en" in page.url
        await page.locator("#times .time").first.click()
        await somebody.heading("Who is it for")
        await somebody.press()
        await expect(page.locator("#name-fault")).to_have_text("Please write your name.")


def test_scripts_weigh_little() -> None:
    """All scripts there are, those of both messengers included: 40 KB as they are sent."""
    sizes = STATIC.sizes()
    weights = {name: len(gzip.compress(sizes[name], 6)) for name in sizes if name.endswith(".js")}
    assert {"htmx.min.js", "app.js", "early.js", "telegram.js", "vk.js"} <= weights.keys()
    assert sum(weights.values()) <= 40 * 1024
    assert len(gzip.compress(sizes["app.css"], 6)) <= 10 * 1024
