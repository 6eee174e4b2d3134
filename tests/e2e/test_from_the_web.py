"""Booked outside the chat, over HTTP: on the plain web page and in the Mini App; told of in the chat."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from core.domain.actor import SYSTEM, Role
from core.domain.catalog import Catalogue
from core.domain.visit import VisitItem, to_minutes
from deploy.demo.show import BOTS, COMMUNITIES, VK_APP
from tests.support import launches
from tests.support.story import MOSCOW, STUDIO_BOT, STUDIO_VK, Story
from webapp.miniapp.flow import Flow

pytestmark = pytest.mark.asyncio(loop_scope="module")

API: Final = "/api/v1"
PAGE: Final = "/b/demo"
#: What a browser's script sends along.
BROWSER: Final = {"HX-Request": "true", "Okoshko-Visitor": "a-browser-of-the-tests", "Accept": "text/html"}
FORM: Final = {**BROWSER, "Content-Type": "application/x-www-form-urlencoded"}

telegram_only = pytest.mark.parametrize("story", [STUDIO_BOT], indirect=True)
vk_only = pytest.mark.parametrize("story", [STUDIO_VK], indirect=True)


@pytest_asyncio.fixture(loop_scope="module")
async def http(story: Story) -> AsyncIterator[ClientSession]:
    """A browser."""
    async with ClientSession(story.demo.url) as session:
        yield session


class Salon:
    """The studio as it is seen over HTTP: manicure with Anna."""

    def __init__(self, story: Story, http: ClientSession, catalogue: Catalogue) -> None:
        self.story = story
        self.http = http
        self.manicure = next(each.id for each in catalogue.services.values() if each.title == "Маникюр")
        self.anna = next(each.id for each in catalogue.staff.values() if each.name == "Анна Смирнова")

    async def start(self) -> datetime:
        """Her last start of the day after tomorrow or later: reminders of it are all to come."""
        now = (await self.story.sandbox.now()).astimezone(MOSCOW).date()
        query = {
            "service_id": str(self.manicure),
            "staff_id": str(self.anna),
            "from": (now + timedelta(days=2)).isoformat(),
            "to": (now + timedelta(days=9)).isoformat(),
        }
        async with self.http.get(f"{API}/businesses/demo/availability", params=query) as response:
            days = (await response.json())["days"]
        return datetime.fromisoformat(next(day["slots"] for day in days if day["slots"])[-1]["start_ts"])

    async def post(self, path: str, body: object, token: str = "", *, status: int = 201) -> Any:
        """A POST to the API."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.post(f"{API}/{path}", json=body, headers=headers) as response:
            assert response.status == status, await response.text()
            return await response.json()

    async def _wants(self, wanted: str) -> None:
        """Its owner changes whether the plain web is to be confirmed in a messenger."""
        core = self.story.demo.core
        token = await core.tokens.create(SYSTEM, "demo", role=Role.OWNER, name="e2e")
        change = {"booking_rules": {"web_confirmation": wanted}}
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.patch(f"{API}/businesses/demo", json=change, headers=headers) as response:
            assert response.status == 200, await response.text()

    async def form(self, path: str, pairs: list[tuple[str, str]], **headers: str) -> tuple[str, Any]:
        """A form of the page as its script sends it; the screen, and its headers."""
        data = urlencode(pairs)
        async with self.http.post(f"{PAGE}/{path}", data=data, headers={**FORM, **headers}) as response:
            assert response.status == 200, await response.text()
            return await response.text(), response.headers

    async def book_on_page(self, name: str, phone: str) -> tuple[str, str, str]:
        """The whole way on the plain page, where the business wants to see its client in a messenger: the
        last screen, the visit's path, the key that the device keeps.
        """
        await self._wants("messenger")
        try:
            return await self._book_on_page(name, phone)
        finally:
            await self._wants("none")

    async def _book_on_page(self, name: str, phone: str) -> tuple[str, str, str]:
        flow = Flow(items=(VisitItem(self.manicure, self.anna),), start=to_minutes(await self.start()))
        _, told = await self.form("hold", flow.pairs())
        address = told.get("HX-Push-Url") or told["HX-Replace-Url"]
        [key] = parse_qs(urlsplit(address).query)["k"]
        said = [("name", name), ("phone", phone), ("k", key), ("consent", "1")]
        screen, told = await self.form("book", [*flow.pairs(), *said])
        kept = re.search(r'"key": "([^"]+)"', told["HX-Trigger-After-Swap"])
        assert kept is not None
        return screen, urlsplit(told["HX-Replace-Url"]).path.removeprefix(f"{PAGE}/"), kept[1]


@pytest_asyncio.fixture(loop_scope="module")
async def salon(story: Story, http: ClientSession) -> Salon:
    """The studio."""
    return Salon(story, http, await story.demo.core.catalogues.get("demo"))


async def signed_in(salon: Salon, person_id: int, name: str) -> str:
    """The access token of somebody who opens the Mini App in the messenger of this story."""
    now = await salon.story.sandbox.now()
    if salon.story.bot == STUDIO_BOT:
        user = {"id": person_id, "first_name": name, "language_code": "ru", "allows_write_to_pm": True}
        body = {"init_data": launches.telegram(now, user, token=BOTS[0][0], start="b_demo")}
        answer = await salon.post("auth/telegram", body, status=200)
    else:
        number, secret = VK_APP
        community = COMMUNITIES[0][0].partition(":")[0]
        params = launches.vk(
            now, secret=secret, vk_app_id=str(number), vk_group_id=community, vk_user_id=str(person_id)
        )
        answer = await salon.post("auth/vk", {"launch_params": params}, status=200)
    return str(answer["access_token"])


async def book_signed_in(salon: Salon, token: str, name: str) -> dict[str, Any]:
    """A booking by the API with a session."""
    wish = {
        "service_id": str(salon.manicure),
        "staff_id": str(salon.anna),
        "start_ts": (await salon.start()).isoformat(),
        "client": {"name": name, "phone": "+7 900 700-30-40"},
        "consent": True,
    }
    return dict((await salon.post("businesses/demo/bookings", wish, token))["booking"])


async def test_a_booking_from_the_web_waits_for_its_link(story: Story, salon: Salon) -> None:
    """Nobody is asked to confirm what may be a joke; opened in the chat, it is a request like any other."""
    name = "Вика Вебова"
    screen, path, key = await salon.book_on_page(name, "8 900 700-10-20")
    assert "Осталось подтвердить" in screen
    assert f'hx-post="{PAGE}/{path}/connect"' in screen
    waiting = await story.visit(name)
    assert waiting.status == "pending"
    anna = await story.anna()
    assert not any(bubble.says(name) for bubble in anna.history)

    links, _ = await salon.form(f"{path}/connect", [], **{"Okoshko-Visit": key})
    [code] = set(re.findall(r"start=(link_[\w-]+)", links))
    parameter = "ref" if story.bot == STUDIO_VK else "start"
    host = "vk.me" if story.bot == STUDIO_VK else "t.me"
    client = await story.sandbox.person(name).open(f"https://{host}/{story.bot}?{parameter}={code}")
    assert "Спасибо, это вы!" in client.screen.text
    assert client.screen.has("Перенести")
    card = await story.card(anna, name)
    await anna.press("Подтвердить", on=card)
    await client.wait_for("Запись подтверждена")
    [visit] = await story.visits(name)
    assert (visit.id, visit.status) == (waiting.id, "confirmed")
    assert len(await story.reminders_due(visit)) == 2
    async with salon.http.get(f"{PAGE}/{path}", headers={**BROWSER, "Okoshko-Visit": key}) as response:
        assert "Осталось подтвердить" not in await response.text()


async def test_a_web_booking_that_nobody_opened_gives_the_time_back(story: Story, salon: Salon) -> None:
    name = "Вика Пропала"
    await salon.book_on_page(name, "8 900 700-10-21")
    taken = await story.visit(name)
    assert await salon.start() != taken.start
    await story.sandbox.advance(timedelta(minutes=31))
    async with asyncio.timeout(10):
        while await salon.start() != taken.start:  # noqa: ASYNC110 - the worker's doing, seen over HTTP
            await asyncio.sleep(0.05)
    assert (await story.visit(name)).status == "expired"
    anna = await story.anna()
    assert not any(bubble.says(name) for bubble in anna.history), "the master has heard nothing of it"


async def test_what_the_mini_app_books_is_told_and_reminded_of_in_the_chat(
    story: Story, salon: Salon
) -> None:
    name = "Мила Аппова"
    chat = await story.client(name)
    token = await signed_in(salon, chat.person_id, name)
    made = await book_signed_in(salon, token, name)
    assert (made["status"], made["source"]) == ("pending", "miniapp")
    await chat.wait_for("Заявка отправлена")
    await story.confirm(name)
    await chat.wait_for("Запись подтверждена")
    await chat.send("мои записи")
    assert chat.screen.has("Маникюр"), "one client, in the app and in the chat"
    visit = await story.visit(name)
    await story.sandbox.move_to(visit.start - timedelta(hours=23, minutes=50))
    await chat.wait_for("Ждём вас завтра", "Маникюр")
    await story.sandbox.move_to(visit.start - timedelta(hours=1, minutes=55))
    await chat.wait_for("Через 2 часа")


@telegram_only
async def test_a_phone_given_in_the_app_is_known_in_the_chat(story: Story, salon: Salon) -> None:
    """``requestContact`` sends it to the bot, which nobody there has asked for it."""
    name = "Рая Номерова"
    chat = await story.client(name)
    token = await signed_in(salon, chat.person_id, name)
    given = await story.sandbox.post(
        f"chats/{chat.person_id}/{chat.bot_id}/app_phone", {"url": f"{story.demo.url}/app"}
    )
    assert "phone_number" in given["phone"]["response"]
    async with asyncio.timeout(10):
        while (await me(salon, token))["phone"] is None:  # noqa: ASYNC110 - the bot's doing, seen over HTTP
            await asyncio.sleep(0.05)
    await chat.refresh()
    assert not any(bubble.says("Не совсем понял") or bubble.says("номер") for bubble in chat.history)
    await story.ask(chat)
    assert "Проверьте запись" in chat.screen.text, "so it is not asked for"
    await chat.press("Согласиться и записаться")
    await chat.wait_for("Заявка отправлена")
    proved = "SELECT phone_verified FROM clients WHERE name = $1"
    assert await story.value(proved, name) is True


async def me(salon: Salon, token: str) -> dict[str, Any]:
    """Who the session is of."""
    headers = {"Authorization": f"Bearer {token}"}
    async with salon.http.get(f"{API}/me", headers=headers) as response:
        assert response.status == 200, await response.text()
        return dict(await response.json())


@vk_only
async def test_without_permission_the_master_is_told_instead(story: Story, salon: Salon) -> None:
    """In VK's Mini App nobody has written to the community yet: it may not write to them."""
    name = "Тоня Тихая"
    chat = await story.sandbox.person(name).open(STUDIO_VK)
    made = await book_signed_in(salon, await signed_in(salon, chat.person_id, name), name)
    assert made["status"] == "pending"
    await story.confirm(name)
    visit, anna = await story.visit(name), await story.anna()
    await anna.wait_for("Не получилось написать клиенту", name, "запись подтверждена")
    await story.sandbox.move_to(visit.start - timedelta(hours=23, minutes=50))
    told = await anna.wait_for("Не получилось написать клиенту", name, "напоминание о визите")
    assert "+7 900 700-30-40" in told.text
    await chat.refresh()
    assert chat.history == []

    await chat.start()
    assert "Вы записаны" in chat.screen.text
    await story.sandbox.move_to(visit.start - timedelta(hours=1, minutes=55))
    await chat.wait_for("Через 2 часа")
