"""The whole story on the page: the client's phone on the left, the master's on the right, the clock above."""

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

SIZES = {"wide": (1280, 860), "narrow": (390, 844)}
NAME = "Алиса Орлова"


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
    """The demo's page, open; whatever it complains of fails the test."""
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
    await expect(page.locator("#left .start")).to_be_visible()
    yield page
    await context.close()
    assert complaints == []


async def press(phone: Locator, label: str) -> None:
    """Press the newest button with this label, whatever follows it after a dot."""
    await phone.locator(".keys .key", has_text=re.compile(rf"^{label}( · .*)?$")).last.click()


async def look(page: Page, folder: Path, moment: str) -> None:
    """Pictures of both sizes in both themes; nothing sticks out of the screen in any of them."""
    for theme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            await page.emulate_media(color_scheme=theme)
            await page.set_viewport_size({"width": width, "height": height})
            root = "document.documentElement"
            assert await page.evaluate(
                f"{root}.scrollWidth <= innerWidth && {root}.scrollHeight <= innerHeight"
            )
            await page.screenshot(path=folder / f"{moment}_{size}_{theme}.png")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 1280, "height": 860})


async def test_a_booking_from_the_first_press_to_the_reminder(
    story: Story, page: Page, tmp_path: Path
) -> None:
    left, right = page.locator("#left"), page.locator("#right")
    await expect(left.locator(".chip")).to_contain_text(NAME)
    await expect(right.locator(".chip")).to_contain_text("Анна Смирнова")
    await left.get_by_role("button", name="Начать").click()
    await expect(left.locator(".theirs .text").last).to_contain_text("Студия „Окошко“")
    for label in ("Записаться", "Маникюр"):
        await press(left, label)
    await expect(left.locator(".theirs .text").last).to_contain_text("К кому записать?")
    await press(left, "Анна Смирнова")
    await expect(left.locator(".theirs .text").last).to_contain_text("Когда вам удобно?")
    await press(left, "Выбрать день")
    await expect(left.locator(".theirs .text").last).to_contain_text("Выберите день")
    await look(page, tmp_path, "1_calendar")
    await press(left, "Назад")
    await expect(left.locator(".theirs .text").last).to_contain_text("Когда вам удобно?")
    await left.locator(".keys .row").first.locator(".key").last.click()
    await left.get_by_role("button", name="Поделиться номером").click()
    await left.get_by_role("dialog").get_by_role("button", name="Поделиться").click()
    await expect(left.locator(".theirs .text").last).to_contain_text("Проверьте запись")
    await look(page, tmp_path, "2_summary")
    await press(left, "Согласиться и записаться")
    await expect(left.locator(".theirs .text").last).to_contain_text("Заявка отправлена")

    await expect(right.locator(".theirs .text").last).to_contain_text("Новая заявка")
    await look(page, tmp_path, "3_request")
    await press(right, "Подтвердить")
    await expect(right.locator(".theirs .text", has_text="Подтверждено: Анна Смирнова")).to_be_visible()
    await expect(left.locator(".theirs .text").last).to_contain_text("Запись подтверждена")
    await expect(page.locator(".toast")).to_have_count(0)
    await look(page, tmp_path, "4_confirmed")

    start = (await story.visit(NAME)).start.astimezone(MOSCOW)
    clock = page.locator("#clock")
    before = start - timedelta(hours=23, minutes=50)
    await page.locator("#clock-to").fill(f"{before:%Y-%m-%dT%H:%M}")
    await clock.get_by_role("button", name="Перейти").click()
    await expect(left.locator(".theirs .text").last).to_contain_text("Ждём вас завтра")
    for _ in range(7):
        await clock.get_by_role("button", name="+3 ч").click()
    await clock.get_by_role("button", name="+1 ч").click()
    await expect(left.locator(".theirs .text").last).to_contain_text("Через 2 часа")
    await press(left, "Буду")
    await expect(left.locator(".theirs .text").last).to_contain_text("Ждём вас")
    await expect(right.locator(".theirs .text").last).to_contain_text(f"{NAME} придёт")
    await look(page, tmp_path, "5_coming")
