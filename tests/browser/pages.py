"""Mini App pages in Chromium as the tests see them: a person's browser, and the way through a booking."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.support.site import Site

NAME = "Алиса Орлова"
PHONE = "8 (900) 123-45-67"


@dataclass(slots=True)
class Person:
    """Somebody with a browser of their own. ``complaints``: what its console says."""

    page: Page
    context: BrowserContext
    root: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "") -> None:
        """Go to a page of the business by its address."""
        await self.page.goto(f"{self.root}{path}")
        await expect(self.page.locator("html")).to_have_attribute("data-ready", "")

    async def press(self) -> None:
        """The screen's main button."""
        await self.page.locator("[data-main]").click()

    async def heading(self, text: str) -> None:
        """The screen with this heading has come."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(re.compile(text))

    async def choose(self, service: str = "Маникюр") -> None:
        """From the business's page to the calendar."""
        await self.open()
        await self.page.locator(".pick", has_text=service).click()
        await self.press()
        await self.heading("Когда вам удобно")

    async def take(self, time: str) -> None:
        """A time of the day that is open."""
        await self.page.locator("#times .time", has_text=time).click()
        await self.heading("Как вас записать")

    async def say_who(self, name: str = NAME, phone: str = PHONE) -> None:
        """The form."""
        await self.page.get_by_label("Имя").fill(name)
        await self.page.get_by_label("Телефон").fill(phone)
        await self.press()
        await self.heading("Проверьте запись")

    async def agree(self) -> None:
        """The consent."""
        await self.page.get_by_role("checkbox", name="Даю согласие").check(force=True)

    async def book(self, time: str, service: str = "Маникюр") -> None:
        """All the way."""
        await self.choose(service)
        await self.take(time)
        await self.say_who()
        await self.agree()
        await self.press()
        await self.heading("Вы записаны")


@asynccontextmanager
async def person(browser: Browser, site: Site, **how: object) -> AsyncIterator[Person]:
    """Somebody's browser; whatever it complains of fails the test."""
    settings: dict[str, object] = {
        "viewport": {"width": 390, "height": 844},
        "locale": "ru-RU",
        "timezone_id": "Europe/Moscow",
        "reduced_motion": "reduce",
        **how,
    }
    context = await browser.new_context(**settings)  # type: ignore[arg-type]  # names are Playwright's
    page = await context.new_page()
    somebody = Person(page, context, str(site.http.make_url(f"/b/{site.world.catalogue.business.slug}")))

    def hear(line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"}:
            somebody.complaints.append(line.text)

    page.on("pageerror", lambda error: somebody.complaints.append(str(error)))
    page.on("console", hear)
    yield somebody
    await context.close()
    assert somebody.complaints == [], somebody.complaints
