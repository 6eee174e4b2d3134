"""Booking on a page, as people do it: straight through, with reloads and second thoughts, twice at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, async_playwright, expect

from core.domain.actor import SYSTEM
from core.domain.booking import Booking, BookingSource, BookingStatus
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.pages import NAME, Person, person
from tests.support.processes import process
from tests.support.site import Site
from tests.support.world import Hands

pytestmark = pytest.mark.browser


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


@pytest.fixture
async def alice(site: Site, browser: Browser) -> AsyncIterator[Person]:
    async with person(browser, site) as alice:
        yield alice


async def bookings(site: Site) -> list[Booking]:
    """All of the business, by start."""
    owner = site.world.owner()
    return list((await site.core.bookings.list(owner, site.world.id)).items)


async def test_straight_through(site: Site, alice: Person) -> None:
    await alice.book("10:00")
    (booking,) = await bookings(site)
    assert booking.start == site.world.at(10)
    assert booking.status is BookingStatus.CONFIRMED
    assert booking.source is BookingSource.WEB
    client = await site.core.clients.get(SYSTEM, booking.client_id)
    assert (client.name, client.phone) == (NAME, "+79001234567")

    # The calendar file needs no header: a phone's calendar opens its plain address.
    address = await alice.page.get_by_role("link", name="В календарь").get_attribute("href")
    file = await site.get(str(address))
    assert file.headers["Content-Type"].startswith("text/calendar")
    assert f"UID:{booking.id}@okoshko" in file.text
    assert NAME not in file.text
    assert (await site.get(f"{str(address)[:-6]}aa.ics")).status == 404

    # The page can be reloaded, and stands among one's own visits on this device.
    await alice.page.reload()
    await expect(alice.page.locator(".lit-when")).to_contain_text("10:00–11:00")
    await alice.open("/mine")
    await expect(alice.page.locator(".visit-card")).to_have_count(1)


async def test_what_was_typed_survives_reload_and_back(site: Site, alice: Person) -> None:
    await alice.choose()
    await alice.take("10:30")
    await alice.page.get_by_label("Имя").fill(NAME)
    await alice.page.get_by_label("Телефон").press_sequentially("9001234567")
    await expect(alice.page.get_by_label("Телефон")).to_have_value("+7 900 123-45-67")
    await alice.page.reload()
    await expect(alice.page.get_by_label("Имя")).to_have_value(NAME)
    await expect(alice.page.get_by_label("Телефон")).to_have_value("+7 900 123-45-67")
    await expect(alice.page.locator(".held")).to_contain_text("Держим окошко")
    await alice.press()
    await alice.heading("Проверьте запись")
    await alice.page.get_by_label("Пара слов").fill("Без дизайна")
    await alice.page.reload()
    await expect(alice.page.locator(".person")).to_contain_text(NAME)
    await expect(alice.page.get_by_label("Пара слов")).to_have_value("Без дизайна")
    await alice.page.go_back()
    await alice.heading("Как вас записать")
    await expect(alice.page.get_by_label("Имя")).to_have_value(NAME)
    await alice.page.go_back()
    await alice.heading("Когда вам удобно")
    await expect(alice.page.locator("#mine-held")).to_contain_text("10:30")
    await alice.page.get_by_role("link", name="Продолжить").click()
    await alice.heading("Как вас записать")
    await alice.press()
    await alice.agree()
    await alice.press()
    await alice.heading("Вы записаны")
    (booking,) = await bookings(site)
    assert booking.comment == "Без дизайна"


async def test_a_double_tap_books_once(site: Site, alice: Person) -> None:
    await alice.choose()
    await alice.take("11:00")
    await alice.say_who()
    await alice.agree()
    await alice.page.locator("[data-main]").evaluate("(button) => { button.click(); button.click(); }")
    await alice.heading("Вы записаны")
    assert len(await bookings(site)) == 1


async def test_the_same_form_sent_again_is_the_same_booking(site: Site, alice: Person) -> None:
    """The answer to the first press was lost on the way: the second one gets it."""
    await alice.choose()
    await alice.take("11:30")
    await alice.say_who()
    await alice.agree()
    lost = asyncio.Event()

    async def lose(route: object) -> None:
        await route.fetch()  # type: ignore[attr-defined]
        await route.abort()  # type: ignore[attr-defined]
        lost.set()

    await alice.page.route("**/book", lose, times=1)
    await alice.press()
    await lost.wait()
    await expect(alice.page.get_by_role("alert")).to_contain_text("Похоже, нет связи")
    assert len(await bookings(site)) == 1
    await alice.press()
    await alice.heading("Вы записаны")
    assert len(await bookings(site)) == 1
    alice.complaints.clear()


async def test_nothing_is_booked_without_consent_name_or_phone(site: Site, alice: Person) -> None:
    await alice.choose()
    await alice.take("12:00")
    await alice.press()
    await expect(alice.page.get_by_label("Имя")).to_be_focused()
    await expect(alice.page.locator("#name-fault")).to_have_text("Напишите, пожалуйста, имя.")
    await alice.page.get_by_label("Имя").fill(NAME)
    await expect(alice.page.locator("#name-fault")).to_be_empty()
    await alice.page.get_by_label("Телефон").fill("12")
    await alice.press()
    await expect(alice.page.locator("#phone-fault")).to_contain_text("Не похоже на номер")
    await expect(alice.page.get_by_label("Имя")).to_have_value(NAME)
    await alice.say_who()
    await expect(alice.page.get_by_role("checkbox", name="Даю согласие")).not_to_be_checked()
    await alice.press()
    await expect(alice.page.locator("#consent-fault")).to_contain_text("Без согласия")
    await alice.page.get_by_text("Текст согласия").click()
    await expect(alice.page.locator(".law")).to_contain_text("О персональных данных")
    assert await bookings(site) == []


async def test_two_browsers_want_one_slot(site: Site, browser: Browser, alice: Person) -> None:
    """Whoever holds it has it; the other one is told kindly, and offered the nearest ones."""
    async with person(browser, site) as boris:
        # His calendar doesn't hear of changes: he presses what he saw a moment ago.
        await boris.page.route("**/api/v1/events*", lambda route: route.fulfill(status=404, body="{}"))
        for each in (alice, boris):
            await each.choose("Маникюр")
            await each.page.locator(".chip", has_text="Анна").click()
            await expect(each.page.locator(".chip[aria-current]", has_text="Анна")).to_be_visible()
        await alice.take("13:00")
        await boris.page.locator("#times .time", has_text="13:00").click()
        await expect(boris.page.locator(".gone")).to_contain_text("Это окошко только что заняли")
        await expect(boris.page.locator(".gone .time")).to_have_count(3)
        await expect(boris.page.locator("#times .time", has_text="13:00")).to_have_count(0)
        await alice.say_who()
        await alice.agree()
        await alice.press()
        await alice.heading("Вы записаны")
        await boris.page.locator(".gone .time").first.click()
        await boris.heading("Как вас записать")
        await boris.say_who("Борис", "+7 900 765-43-21")
        await boris.agree()
        await boris.press()
        await boris.heading("Вы записаны")
        boris.complaints.clear()
    found = await bookings(site)
    assert [booking.staff_ids for booking in found] == [{site.world.anna}, {site.world.anna}]
    assert found[0].end <= found[1].start


async def test_the_calendar_refreshes_itself(site: Site, alice: Person) -> None:
    """Somebody else books in the chat: the time goes from the page by itself."""
    world = site.world
    async with alice.page.expect_response("**/api/v1/events*"):
        await alice.choose()
    await alice.page.locator(".chip", has_text="Анна").click()
    await expect(alice.page.locator(".chip[aria-current]", has_text="Анна")).to_be_visible()
    time = alice.page.locator("#times .time", has_text="15:00")
    await expect(time).to_be_visible()
    await site.core.bookings.create(world.visitor(), world.wish(world.at(15)))
    await expect(time).to_have_count(0, timeout=10_000)


async def test_several_services_with_extras_and_no_master_chosen(site: Site, alice: Person) -> None:
    await alice.open()
    await alice.page.locator(".pick", has_text="Маникюр").click()
    await alice.page.locator(".addon", has_text="Дизайн").click()
    await alice.page.locator(".pick", has_text="Педикюр").click()
    await expect(alice.page.locator("[data-sum]")).to_have_text(
        "2 услуги · 2 ч 45 мин · 4 000 ₽".replace(" 000", "\u00a0000").replace(" ₽", "\u00a0₽")
    )
    await alice.press()
    await alice.heading("Когда вам удобно")
    await alice.take("10:00")
    await alice.say_who()
    await alice.agree()
    await alice.press()
    await alice.heading("Вы записаны")
    (booking,) = await bookings(site)
    assert [segment.service_title for segment in booking.segments] == ["Маникюр", "Педикюр"]
    assert booking.total.minor == 400_000
    assert len(booking.staff_ids) == 1
    assert booking.end - booking.start == timedelta(minutes=165)


async def test_moving_and_cancelling(site: Site, alice: Person) -> None:
    await alice.book("14:00")
    await expect(alice.page.locator(".page")).to_contain_text("Перенести или отменить можно до")
    await alice.page.get_by_role("link", name="Перенести").click()
    await alice.heading("На когда перенести")
    await expect(alice.page.locator(".was")).to_contain_text("14:00–15:00")
    await expect(alice.page.locator("#times .time", has_text="14:00")).to_have_count(0)
    await alice.page.reload()
    await alice.page.locator("#times .time", has_text="14:15").click()
    await alice.heading("Перенести запись")
    await expect(alice.page.locator(".lit-when")).to_contain_text("14:15–15:15")
    await alice.press()
    await alice.heading("Запись перенесена")
    (booking,) = await bookings(site)
    assert booking.start == site.world.at(14, 15)
    await alice.page.get_by_role("link", name="Отменить запись").click()
    await alice.heading("Отменить запись")
    await alice.page.get_by_role("link", name="Оставить").click()
    await expect(alice.page.locator(".state")).to_have_text("подтверждена")
    await alice.page.get_by_role("link", name="Отменить запись").click()
    await alice.page.get_by_role("button", name="Да, отменить").click()
    await expect(alice.page.locator(".state")).to_have_text("отменена")
    (booking,) = await bookings(site)
    assert booking.status is BookingStatus.CANCELLED
    await alice.page.get_by_role("link", name="Повторить").click()
    await alice.heading("Когда вам удобно")


async def test_a_strangers_visit_is_not_shown(site: Site, browser: Browser, alice: Person) -> None:
    await alice.book("16:00")
    address = alice.page.url
    async with person(browser, site) as boris:
        await boris.page.goto(address)
        await boris.heading("Эта запись не с этого устройства")
        await expect(boris.page.locator("body")).not_to_contain_text("Маникюр")
        await boris.open("/mine")
        await expect(boris.page.locator(".empty")).to_contain_text("Предстоящих записей пока нет")


async def test_without_script_there_is_still_everything_to_read(site: Site, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="ru-RU")
    page = await context.new_page()
    await page.goto(str(site.http.make_url("/b/okoshko")))
    await page.locator(".pick", has_text="Маникюр").click()
    await page.get_by_role("button", name="Выбрать время").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Когда вам удобно?")
    await page.locator(".day.lit").nth(1).click()
    await expect(page.locator("#times .time").first).to_be_visible()
    await expect(page.locator("noscript")).to_have_count(1)
    await context.close()
