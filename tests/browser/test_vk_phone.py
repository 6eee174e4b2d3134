"""A client in VK on the left phone, the master in Telegram on the right one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, async_playwright, expect

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.support.story import MOSCOW, Story, demo_settings, running_story

pytestmark = pytest.mark.browser

SIZES = {"wide": (1280, 860), "narrow": (390, 844), "tiny": (320, 640)}
NAME = "Алиса Орлова"


@pytest.fixture
async def story(database: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with running_story(demo_settings(database, redis_url, tmp_path / "data")) as story:
        yield story


@pytest.fixture
async def page(story: Story) -> AsyncIterator[Page]:
    """The page with the left phone in VK; whatever it complains of fails the test."""
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(
            viewport={"width": 1280, "height": 860},
            locale="ru-RU",
            timezone_id="Europe/Moscow",
            reduced_motion="reduce",
        )
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))

        def hear(line: ConsoleMessage) -> None:
            if line.type in {"error", "warning"}:
                complaints.append(line.text)

        page.on("console", hear)
        await page.goto(f"{story.demo.url}/sandbox")
        yield page
        await browser.close()
        assert complaints == []


def key(phone: Locator, label: str) -> Locator:
    """The first button under the last message whose label begins so."""
    return phone.locator(".message:last-child .key", has_text=re.compile(f"^{label}")).first


def last(phone: Locator) -> Locator:
    """What was said last."""
    return phone.locator(".theirs .text").last


async def look(page: Page, folder: Path, moment: str) -> None:
    """Pictures of all sizes in both themes; nothing sticks out of the screen in any of them."""
    for theme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            await page.emulate_media(color_scheme=theme)
            await page.set_viewport_size({"width": width, "height": height})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            await page.screenshot(path=folder / f"vk_{moment}_{size}_{theme}.png")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 1280, "height": 860})


async def test_a_client_in_vk_and_a_master_in_telegram(story: Story, page: Page, tmp_path: Path) -> None:
    left, right = page.locator("#left"), page.locator("#right")
    device = left.locator(".device")
    await left.get_by_role("button", name="Чаты").click()
    await left.get_by_role("button", name="VK", exact=True).click()
    await expect(device).to_have_attribute("data-messenger", "vk")
    await look(page, tmp_path, "0_chats")
    await left.locator(".line", has_text="vk.me/okoshko_demo").click()
    await expect(left.locator(".chat-status")).to_have_text("сообщество")
    await left.get_by_role("button", name="Начать").click()
    await expect(last(left)).to_contain_text("Студия „Окошко“")
    await look(page, tmp_path, "1_card")

    await key(left, "Записаться").click()
    await expect(last(left)).to_contain_text("На что вас записать")
    await look(page, tmp_path, "2_services")
    await key(left, "Маникюр").click()
    await expect(last(left)).to_contain_text("К кому записать")
    await key(left, "Анна").click()
    await expect(last(left)).to_contain_text("Когда вам удобно")
    await look(page, tmp_path, "3_times")
    await left.locator(".keys .row").first.locator(".key").last.click()
    await expect(last(left)).to_contain_text("Как с вами связаться")
    await left.get_by_role("textbox", name="Сообщение").fill("8 916 123-45-01")
    await left.get_by_role("button", name="Отправить").click()
    await expect(last(left)).to_contain_text("Проверьте запись")
    await look(page, tmp_path, "4_summary")
    await key(left, "Согласиться и записаться").click()
    await expect(last(left)).to_contain_text("Заявка отправлена")

    await expect(right.locator(".device")).to_have_attribute("data-messenger", "telegram")
    await expect(last(right)).to_contain_text("Новая заявка")
    await key(right, "Подтвердить").click()
    await expect(last(left)).to_contain_text("Запись подтверждена")
    await look(page, tmp_path, "5_confirmed")

    start = (await story.visit(NAME)).start.astimezone(MOSCOW)
    before = start - timedelta(hours=23, minutes=50)
    await page.locator("#clock-to").fill(f"{before:%Y-%m-%dT%H:%M}")
    await page.locator("#clock").get_by_role("button", name="Перейти").click()
    await expect(last(left)).to_contain_text("Ждём вас завтра")
    await key(left, "Буду").click()
    await expect(last(right)).to_contain_text(f"{NAME} придёт")
    await look(page, tmp_path, "6_reminded")

    await page.reload()
    await expect(device).to_have_attribute("data-messenger", "vk")
    await expect(last(left)).to_contain_text("Маникюр")
