"""The Mini App inside the phones, in both dresses: opened from the chat, signed in, booked to the end."""

from __future__ import annotations

import re
from asyncio import gather
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Page,
    async_playwright,
    expect,
)

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.modules import HOST, SESSION, lend_modules
from tests.support.story import Story, demo_settings, running_story

pytestmark = pytest.mark.browser

NAME = "Алиса Орлова"
PHONE = "+7 916 123-45-01"
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
MESSENGERS = ("telegram", "vk")
#: The last one stays for the steps that follow.
SIZES = {"tiny": (320, 640), "narrow": (390, 844), "wide": (1280, 860)}


@pytest.fixture
async def story(database: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with running_story(demo_settings(database, redis_url, tmp_path / "data")) as story:
        yield story


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(story: Story, browser: Browser) -> AsyncIterator[Page]:
    """The two phones; whatever the browser complains of fails the test."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 860},
        locale="ru-RU",
        timezone_id="Europe/Moscow",
        reduced_motion="reduce",
    )
    await lend_modules(context)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def hear(line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"}:
            complaints.append(line.text)

    page.on("console", hear)
    await page.goto(f"{story.demo.url}/sandbox")
    yield page
    await context.close()
    assert complaints == []


@dataclass(frozen=True)
class Held:
    """The left phone, and the app that is open on it."""

    page: Page
    messenger: str

    @property
    def phone(self) -> Locator:
        return self.page.locator("#left")

    @property
    def app(self) -> FrameLocator:
        return self.phone.frame_locator("iframe.app-frame")

    async def enter(self) -> None:
        """The chat with the bot, begun."""
        if self.messenger == "vk":
            await self.phone.get_by_role("button", name="Чаты").click()
            await self.phone.get_by_role("button", name="VK", exact=True).click()
            await self.phone.locator(".line", has_text="vk.me/okoshko_demo").click()
        await self.phone.locator(".start").click()
        await expect(self.phone.locator(".theirs .text").last).to_contain_text("Студия „Окошко“")

    async def open(self) -> None:
        """The app, by the button under the bot's card."""
        await self.phone.locator(".key", has_text="Открыть приложение").last.click()
        await self.ready()

    async def ready(self) -> None:
        """The app is there, dressed and without its cover."""
        await expect(self.app.locator("html")).to_have_attribute("data-host", self.messenger)
        await expect(self.phone.locator(".app-cover")).to_have_count(0)

    async def main(self, label: str) -> None:
        """Press the main button: Telegram's own, or the page's."""
        if self.messenger == "telegram":
            await self.phone.locator(".app-key-main", has_text=label).click()
        else:
            await self.app.locator("[data-main]", has_text=label).click()

    async def to_times(self) -> None:
        """From the services to the times."""
        await self.app.locator(".pick", has_text="Маникюр").first.click()
        await self.main("Выбрать время")
        await expect(self.app.get_by_role("heading", level=1)).to_contain_text("Когда")

    async def to_form(self) -> None:
        """From the services to the form, the soonest time held."""
        await self.to_times()
        await self.app.locator(".soonest").click()
        await expect(self.app.get_by_label("Имя")).to_be_visible()

    async def give_phone(self) -> None:
        """The number from the messenger's account, which asks first."""
        await self.app.locator("[data-ask-phone]").click()
        question = self.phone.get_by_role("dialog", name="Поделиться номером?")
        await expect(question).to_contain_text("+79161234501")
        await question.get_by_role("button", name="Поделиться").click()
        await expect(self.app.locator("[data-phone]")).to_have_value(PHONE)

    async def book(self) -> None:
        """From the form to the end."""
        await self.app.get_by_label("Имя").fill(NAME)
        await self.give_phone()
        await self.main("Дальше")
        await self.app.locator('[name="consent"]').check(force=True)
        await self.main("Записаться")
        await expect(self.app.locator(".done")).to_contain_text("Заявка отправлена")

    async def leave(self) -> None:
        """Close the app by the messenger's own menu."""
        await self.phone.locator(".app-capsule button").first.click()
        await self.phone.locator(".sheet").get_by_role("button", name="Закрыть приложение").click()


@pytest.fixture(params=MESSENGERS)
async def held(request: pytest.FixtureRequest, page: Page) -> Held:
    """Either messenger's app, open on its first screen."""
    held = Held(page, request.param)
    await held.enter()
    await held.open()
    return held


@pytest.fixture
async def telegram(page: Page) -> Held:
    held = Held(page, "telegram")
    await held.enter()
    await held.open()
    return held


async def look(held: Held, folder: Path, moment: str) -> None:
    """Pictures in both themes, and nothing serious that axe would find in the app."""
    frame = next(frame for frame in held.page.frames if frame.name == "phone-left")
    for theme in ("dark", "light"):
        await held.page.emulate_media(color_scheme=theme)
        await expect(held.app.locator("html")).to_have_attribute("data-theme", theme)
        for size, (width, height) in SIZES.items():
            await held.page.set_viewport_size({"width": width, "height": height})
            root = "document.documentElement"
            assert await frame.evaluate(f"{root}.scrollWidth <= innerWidth"), (moment, size)
            await held.page.screenshot(path=folder / f"{held.messenger}_{moment}_{size}_{theme}.png")
        # The app's own policy lets no foreign script in, so axe comes past it.
        found: Any = await frame.evaluate(f"{AXE.read_text()}; axe.run({{resultTypes: ['violations']}})")
        serious = [
            (each["id"], [node["html"][:120] + str(node["any"][:1]) for node in each["nodes"]])
            for each in found["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
        assert serious == [], (moment, theme)


async def test_a_visit_is_booked_and_told_in_the_chat(held: Held, story: Story, tmp_path: Path) -> None:
    await look(held, tmp_path, "1_services")
    await held.to_times()
    await look(held, tmp_path, "2_times")
    await held.app.locator(".soonest").click()
    await expect(held.app.get_by_label("Имя")).to_be_visible()
    await look(held, tmp_path, "3_form")
    await held.book()
    await look(held, tmp_path, "4_done")
    # Who writes to the business stays in the messenger where they are.
    write = held.app.locator(".tile:visible", has_text="Написать нам")
    await expect(write).to_have_attribute("data-messenger", held.messenger)
    booking = await story.visit(NAME)
    assert await story.value("SELECT source FROM bookings WHERE id = $1", booking.id) == "miniapp"

    await held.leave()
    await expect(held.phone.locator("iframe.app-frame")).to_have_count(0)
    last = held.phone.locator(".theirs .text").last
    await expect(last).to_contain_text("Маникюр")
    right = held.page.locator("#right")
    await expect(right.locator(".theirs .text").last).to_contain_text("Новая заявка")
    await right.locator(".key", has_text=re.compile("^Подтвердить")).last.click()
    await expect(held.phone.locator(".theirs .text").last).to_contain_text("Запись подтверждена")


def in_app(asked: str) -> str:
    """A script for the app's frame that answers ``asked``, an expression of ``host`` and ``session``."""
    return f"""async () => {{
      const host = await (await import("{HOST}")).connect();
      const session = await import("{SESSION}");
      void session.begin(host);
      return await ({asked});
    }}"""


async def ask_host(held: Held, asked: str) -> Any:
    """What the host says to the app on the left phone."""
    frame = next(frame for frame in held.page.frames if frame.name == "phone-left")
    return await frame.evaluate(in_app(asked))


async def test_telegram_s_own_buttons_and_questions(telegram: Held) -> None:
    held, phone = telegram, telegram.phone
    assert await ask_host(held, "session.signedIn().then((user) => user.name)") == NAME
    # Below the services there is no button until something is chosen; in the page there is none at all.
    await expect(phone.locator(".app-keys")).to_be_hidden()
    await held.to_form()
    await expect(held.app.locator("[data-main]")).to_be_hidden()

    # The form asks before it is closed, and stays when told so.
    await expect(phone.locator(".app-lead")).to_have_accessible_name("Назад в приложении")
    await held.leave()
    question = phone.get_by_role("dialog", name="Закрыть приложение?")
    await question.get_by_role("button", name="Отмена").click()
    await expect(held.app.get_by_label("Имя")).to_be_visible()

    # «Back» is Telegram's: to the times, to the services, and then it closes.
    await phone.locator(".app-lead").click()
    await expect(held.app.get_by_role("heading", level=1)).to_contain_text("Когда")
    await phone.locator(".app-lead").click()
    await expect(held.app.locator(".pick").first).to_be_visible()
    await expect(phone.locator(".app-lead")).to_have_accessible_name("Закрыть приложение")

    # A button that is busy can't be pressed. The page puts its own there first, for what is still chosen.
    await expect(phone.locator(".app-key-main")).to_have_text("Выбрать время")
    await ask_host(held, 'host.mainButton({text: "Секунду", onClick: () => {}, busy: true})')
    await expect(phone.locator(".app-key-main")).to_be_disabled()
    await expect(phone.locator(".app-key-main")).to_have_attribute("aria-busy", "true")
    await ask_host(held, 'host.secondaryButton({text: "Позже", onClick: () => { window.later = true; }})')
    await phone.get_by_role("button", name="Позже").click()
    frame = next(frame for frame in held.page.frames if frame.name == "phone-left")
    await frame.wait_for_function("window.later === true")
    await ask_host(held, 'host.haptic("success")')
    await expect(phone.locator(".device")).to_have_attribute("data-felt", "success")

    # A page that is read anew keeps who is there and how it looks.
    await frame.evaluate("document.documentElement.dataset.before = ''; location.replace('/b/demo')")
    await expect(held.app.locator("html:not([data-before])")).to_be_attached()
    await expect(held.app.locator("html")).to_have_attribute("data-native-back", "")
    assert await ask_host(held, "session.signedIn().then((user) => user.name)") == NAME
    await held.leave()
    await expect(phone.locator("iframe.app-frame")).to_have_count(0)


async def test_links_into_the_app_and_two_people_in_it(page: Page) -> None:
    held = Held(page, "telegram")
    left, right = page.locator("#left"), page.locator("#right")
    await left.get_by_role("button", name="Чаты").click()
    await left.get_by_role("searchbox").fill("https://t.me/okoshko_demo_bot?startapp=b_demo-london")
    await left.get_by_role("searchbox").press("Enter")
    await held.ready()
    await expect(held.app.get_by_role("heading", level=1)).to_contain_text("Little Window Barbers")
    # The bot has not been started: the app is who asks whether it may write.
    asked = left.get_by_role("dialog", name="Разрешить писать вам?")
    allowed, _ = await gather(
        ask_host(held, "host.allowMessages()"), asked.get_by_role("button", name="Разрешить").click()
    )
    assert allowed is True

    # The other phone's person is another one, in the same browser.
    await right.locator(".menu-button").click()
    there = right.frame_locator("iframe.app-frame")
    # The entry leads on to the business that she works for.
    await expect(there.locator(".pick").first).to_be_visible()
    await expect(there.locator("html")).to_have_attribute("data-host", "telegram")
    frame = next(frame for frame in page.frames if frame.name == "phone-right")
    signed_in = in_app("session.signedIn().then((user) => user.name)")
    name = await frame.evaluate(signed_in)
    assert name == "Анна Смирнова"
    assert await ask_host(held, "session.signedIn().then((user) => user.name)") == NAME


async def test_vk_s_permission_and_signed_number(page: Page, story: Story) -> None:
    held = Held(page, "vk")
    phone = held.phone
    await phone.get_by_role("button", name="Чаты").click()
    await phone.get_by_role("button", name="VK", exact=True).click()
    await phone.get_by_role("searchbox").fill("vk.com/app7000001_-800001#b_demo")
    await phone.get_by_role("searchbox").press("Enter")
    await expect(held.app.locator(".pick").first).to_be_visible()
    await held.ready()
    asked = phone.get_by_role("dialog", name="Разрешить писать вам?")
    refused, _ = await gather(
        ask_host(held, "host.allowMessages()"), asked.get_by_role("button", name="Отмена").click()
    )
    assert refused is False
    allowed, _ = await gather(
        ask_host(held, "host.allowMessages()"), asked.get_by_role("button", name="Разрешить").click()
    )
    assert allowed is True

    await held.to_form()
    await held.give_phone()
    verified = "SELECT phone FROM identities WHERE channel = 'vk' AND phone_verified_at IS NOT NULL"
    await expect(held.app.locator("[data-phone]")).to_have_value(PHONE)
    for _ in range(50):
        if await story.value(verified):
            break
        await page.wait_for_timeout(100)
    assert await story.value(verified) == "+79161234501"
