"""The page with two phones in Chromium, with a small bot behind it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    WebAppInfo,
)
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from bots.sandbox.cast import seed_people
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.sandbox.views import person_view
from tests.browser.chromium import CHROMIUM, FLAGS

pytestmark = pytest.mark.browser

SIZES = [(1280, 860), (768, 1024), (390, 844), (320, 640)]
NASTY = "<img src=x onerror=\"document.title='hacked'\"> & <b>не жирный</b>"


def keyboard(*rows: tuple[str, ...]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=label, callback_data=label) for label in row] for row in rows
        ]
    )


def small_bot(app_url: str) -> Dispatcher:
    """One message edited in place, a toast, an alert, a contact, a file, a place, a Mini App."""
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def on_message(message: Message) -> None:
        if message.contact:
            await message.answer(
                f"Записала {message.contact.phone_number}", reply_markup=ReplyKeyboardRemove()
            )
            await message.answer_document(BufferedInputFile(b"BEGIN:VCALENDAR", "Запись.ics"))
            await message.answer_venue(55.76, 37.6, "Салон", "Тверская, 12")
        elif message.text and message.text.startswith("/start"):
            app = InlineKeyboardButton(text="Приложение", web_app=WebAppInfo(url=app_url))
            markup = keyboard(("Записаться", "Важно"), ("Номер",))
            markup.inline_keyboard.append([app])
            await message.answer(f"<b>Салон</b> · {message.text}", parse_mode="HTML", reply_markup=markup)
        else:
            await message.answer(message.text or "?")

    @dispatcher.callback_query()
    async def on_press(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        if query.data == "Важно":
            await query.answer("Прочтите это", show_alert=True)
        elif query.data == "Номер":
            await query.answer()
            button = KeyboardButton(text="Поделиться номером", request_contact=True)
            markup = ReplyKeyboardMarkup(keyboard=[[button]], resize_keyboard=True)
            await query.message.answer("Ваш номер?", reply_markup=markup)
        else:
            await query.answer("Ищу окошки")
            await query.message.edit_text(
                "Когда удобно?", reply_markup=keyboard(("Завтра 10:00", "Чт 18:30"))
            )

    return dispatcher


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox() as running:
        seed_people(running.world)
        await running.add_bot("7770001:AA", "salon_bot", "Салон «Окошко»")
        api = TelegramAPIServer.from_base(running.telegram_url)
        async with Bot("7770001:AA", session=AiohttpSession(api=api)) as bot:
            await bot.set_my_commands([BotCommand(command="start", description="Начать")])
            dispatcher = small_bot(f"{running.url}/static/mark.svg")
            polling = asyncio.create_task(
                dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)
            )
            yield running
            await dispatcher.stop_polling()
            await polling


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(sandbox: RunningSandbox, browser: Browser) -> AsyncIterator[Page]:
    """The page, open; whatever it complains of fails the test."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 860}, locale="ru-RU", reduced_motion="reduce"
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def hear(line: ConsoleMessage) -> None:
        # A refusal of the sandbox (400) is an answer that the page shows in words.
        if line.type in {"error", "warning"} and "400 (Bad Request)" not in line.text:
            complaints.append(line.text)

    page.on("console", hear)
    await page.goto(sandbox.url)
    await expect(page.locator("#left .start")).to_be_visible()
    yield page
    await context.close()
    assert complaints == []


async def test_two_people_talk_to_the_bot_side_by_side(page: Page) -> None:
    left, right = page.locator("#left"), page.locator("#right")
    await expect(left.locator(".chip")).to_contain_text("Алиса Орлова")
    await expect(right.locator(".chip")).to_contain_text("Анна Смирнова")
    await left.get_by_role("button", name="Начать").click()
    await expect(left.locator(".theirs strong")).to_have_text("Салон")
    await left.get_by_role("button", name="Записаться").click()
    await expect(left.locator(".toast")).to_have_text("Ищу окошки")
    await expect(left.locator(".theirs .text")).to_have_text("Когда удобно?")
    await expect(left.locator(".edited")).to_be_visible()
    await expect(left.get_by_role("button", name="Чт 18:30")).to_be_visible()
    await expect(right.locator(".message")).to_have_count(0)

    await right.get_by_role("button", name="Начать").click()
    await right.get_by_role("button", name="Важно").click()
    alert = right.get_by_role("dialog")
    await expect(alert).to_contain_text("Прочтите это")
    await page.keyboard.press("Escape")
    await expect(alert).to_have_count(0)


async def test_contact_files_and_places(page: Page) -> None:
    left = page.locator("#left")
    await left.get_by_role("button", name="Начать").click()
    await left.get_by_role("button", name="Номер").click()
    await left.get_by_role("button", name="Поделиться номером").click()
    question = left.get_by_role("dialog")
    await expect(question).to_contain_text("+79161234501")
    await question.get_by_role("button", name="Поделиться").click()
    await expect(left.locator(".own .contact")).to_contain_text("Алиса Орлова")
    await expect(left.locator(".panel")).to_be_hidden()
    await expect(left.locator(".place")).to_contain_text("Тверская, 12")
    async with page.expect_download() as download:
        await left.get_by_role("link", name="Скачать Запись.ics").click()
    assert (await (await download.value).path()).read_bytes() == b"BEGIN:VCALENDAR"


async def test_what_people_write_is_never_markup(page: Page) -> None:
    left = page.locator("#left")
    await left.get_by_role("button", name="Начать").click()
    await expect(left.locator(".theirs")).to_have_count(1)
    box = left.get_by_role("textbox", name="Сообщение")
    await box.fill(NASTY)
    await box.press("Enter")
    await expect(left.locator(".own .text").last).to_have_text(NASTY)
    await expect(left.locator(".theirs .text").last).to_have_text(NASTY)
    assert await page.locator("img[src='x']").count() == 0
    assert "hacked" not in await page.title()


async def test_commands_attachments_and_the_mini_app(page: Page) -> None:
    left = page.locator("#left")
    await left.get_by_role("button", name="Начать").click()
    await left.get_by_role("textbox", name="Сообщение").fill("/")
    await left.get_by_role("button", name="/start Начать").click()
    await expect(left.locator(".own")).to_have_count(2)
    await left.get_by_role("button", name="Прикрепить").click()
    await left.get_by_role("button", name="Стикер").click()
    await expect(left.locator(".own .sticker")).to_be_visible()
    await left.get_by_role("button", name="Приложение").last.click()
    frame = left.locator("iframe")
    await expect(frame).to_have_attribute("src", re.compile(r"mark\.svg#tgWebAppData=auth_date"))
    await left.get_by_role("button", name="Закрыть").click()
    await expect(frame).to_have_count(0)


async def test_the_clock_moves_everybodys_time(page: Page, sandbox: RunningSandbox) -> None:
    clock = page.locator("#clock")
    before = await sandbox.now()
    await clock.get_by_role("button", name="+3 ч").click()
    await expect(clock).to_contain_text("вперёд на 3 ч")
    hours = (await sandbox.now() - before).total_seconds() / 3600
    assert 3 <= hours < 3.05
    await clock.get_by_role("button", name="Завтра, 9:00").click()
    await expect(clock.locator(".digits")).to_have_text("09:00")
    await expect(page.locator("#left .phone-time")).to_have_text("09:00")
    await page.locator("#clock-to").fill("2030-01-01T10:00")
    await clock.get_by_role("button", name="Перейти").click()
    await expect(clock.get_by_role("alert")).to_contain_text("только вперёд")


async def test_the_log_unfolds(page: Page) -> None:
    await page.locator("#left").get_by_role("button", name="Начать").click()
    await page.get_by_role("button", name="Журнал API").click()
    await page.get_by_role("searchbox", name="Метод, бот или код ответа").fill("sendMessage")
    call = page.locator(".call").first
    await call.locator("summary").click()
    await expect(call.locator(".call-body")).to_contain_text('"parse_mode": "HTML"')
    await expect(call.locator(".call-body")).to_contain_text("7770001:***")
    assert "7770001:AA" not in await page.content()


async def test_people_can_be_added_and_switched(page: Page) -> None:
    left = page.locator("#left")
    await left.locator(".chip").click()
    await left.get_by_role("button", name="Добавить человека").click()
    await left.get_by_label("Имя и фамилия").fill("Ёлка Новая")
    await left.get_by_label("Язык телефона").select_option("en")
    await left.get_by_role("button", name="Добавить", exact=True).click()
    await expect(left.locator(".chip")).to_contain_text("Ёлка Новая")
    await left.get_by_role("button", name="Начать").click()
    await expect(left.locator(".theirs")).to_have_count(1)
    await page.reload()
    await expect(left.locator(".chip")).to_contain_text("Ёлка Новая")
    await expect(left.locator(".theirs")).to_have_count(1)


async def test_a_deep_link_waits_for_start(page: Page, sandbox: RunningSandbox) -> None:
    left = page.locator("#left")
    await left.get_by_role("button", name="Начать").click()
    await page.goto(f"{sandbox.url}?start=b_demo")
    await left.get_by_role("button", name="Начать").click()
    await expect(left.locator(".theirs .text").last).to_have_text("Салон · /start b_demo")
    await left.get_by_role("button", name="Чаты").click()
    link = left.get_by_role("searchbox", name="Найти бота по имени или ссылке")
    await link.fill("https://t.me/salon_bot?start=join_abc")
    await link.press("Enter")
    await left.get_by_role("button", name="Начать").click()
    await expect(left.locator(".own .text").last).to_have_text("/start join_abc")


async def test_blocking_and_deleting(page: Page, sandbox: RunningSandbox) -> None:
    left = page.locator("#left")
    await left.get_by_role("button", name="Начать").click()
    await expect(left.locator(".theirs")).to_have_count(1)
    await left.get_by_role("button", name="Действия с чатом").click()
    await left.get_by_role("button", name="Заблокировать бота").click()
    await expect(left.locator(".chat-status")).to_have_text("заблокирован")
    await left.get_by_role("button", name="Вернуться и начать").click()
    await expect(left.locator(".theirs")).to_have_count(2)
    await left.locator(".own .bubble").first.hover()
    await left.locator(".own").first.get_by_role("button", name="Удалить сообщение").click()
    await left.get_by_role("button", name="Удалить", exact=True).click()
    await expect(left.locator(".own")).to_have_count(1)


async def test_the_keyboard_is_enough(page: Page) -> None:
    await page.locator("#left .chip").focus()
    await page.keyboard.press("Enter")
    dialog = page.locator("#left").get_by_role("dialog")
    await expect(dialog).to_be_focused()
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    await page.keyboard.press("Escape")
    await expect(page.locator("#left .chip")).to_be_focused()
    for _ in range(3):
        await page.keyboard.press("Tab")
    names = "[...document.querySelectorAll('button, a, input, textarea')].filter(e => e.offsetParent)"
    unnamed = await page.evaluate(
        f"{names}.filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map(e => e.id)"
    )
    assert unnamed == []


async def test_live_again_when_the_server_forgot_the_events(page: Page, sandbox: RunningSandbox) -> None:
    left = page.locator("#left")
    await left.get_by_role("button", name="Начать").click()
    await expect(left.locator(".theirs")).to_have_count(1)
    anna = sandbox.world.find_person("Алиса Орлова")
    assert anna is not None
    for _ in range(sandbox.world.limits.events + 1):
        sandbox.world.emit("person", {"person": person_view(anna)})
    await left.get_by_role("textbox", name="Сообщение").fill("ещё здесь")
    await left.get_by_role("button", name="Отправить").click()
    await expect(left.locator(".theirs .text").last).to_have_text("ещё здесь")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_size_theme_and_language(
    page: Page, sandbox: RunningSandbox, tmp_path: Path, language: str, theme: str
) -> None:
    await page.locator("#left").get_by_role("button", name="Начать").click()
    await page.get_by_role("link", name={"ru": "Русский", "en": "English"}[language]).click()
    await page.wait_for_url(f"**lang={language}")
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await expect(page.locator("#left .keys")).to_be_visible()
    for _ in range(1 if theme == "light" else 2):
        await page.locator("#theme").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", theme)
    background = await page.evaluate("getComputedStyle(document.querySelector('.screen')).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is (theme == "light")
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await expect(page.locator("#left .keys")).to_be_visible()
        await expect(page.locator("#right .device")).to_be_visible(visible=width >= 720)
        root = "document.documentElement"
        assert await page.evaluate(f"{root}.scrollWidth <= innerWidth && {root}.scrollHeight <= innerHeight")
        small = await page.evaluate(
            "[...document.querySelectorAll('.key, .step, .tool, .chip, .icon-button, .drawer-handle')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
        )
        assert small == []
        await page.screenshot(path=tmp_path / f"sandbox_{width}_{theme}_{language}.png")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.locator("#right .chip").click()
    await expect(page.locator("#right .device")).to_be_visible()
    await expect(page.locator("#left .device")).to_be_hidden()
