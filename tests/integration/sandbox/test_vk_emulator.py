"""VK's emulator, as strict as VK: what it takes, what it refuses and with which number."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, FormData, web

from bots.sandbox.client import ChatClient
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.sandbox.vk.launch import sign
from bots.sandbox.vk.rules import MiniApp, VkRules

GROUP = 220001
TOKEN = "220001:vk1.a.test"
NAME = "salon_vk"
EVENTS = ("message_new", "message_event", "message_allow", "message_deny")


class Vk:
    """The community's own way to the API, without any library."""

    def __init__(self, session: ClientSession, sandbox: RunningSandbox) -> None:
        self.session = session
        self.sandbox = sandbox

    async def raw(self, method: str, *, token: str = TOKEN, **params: Any) -> dict[str, Any]:
        body = {"v": "5.199", **{name: _text(value) for name, value in params.items() if value is not None}}
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.sandbox.vk_url}/method/{method}"
        async with self.session.post(url, data=body, headers=headers) as response:
            assert response.status == 200
            answer: dict[str, Any] = await response.json()
            return answer

    async def call(self, method: str, **params: Any) -> Any:
        """What is answered. Fails on an error."""
        answer = await self.raw(method, **params)
        assert "response" in answer, answer
        return answer["response"]

    async def code(self, method: str, **params: Any) -> int:
        """The error's number; 0 without one."""
        return int((await self.raw(method, **params)).get("error", {}).get("error_code", 0))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    rules = VkRules(limit_rates=False, apps={7: MiniApp("http://127.0.0.1:1/app", "key")})
    async with running_sandbox(vk=rules) as running:
        await running.add_bot(TOKEN, NAME, "Салон", messenger="vk")
        yield running


@pytest.fixture
async def vk(sandbox: RunningSandbox) -> AsyncIterator[Vk]:
    async with ClientSession() as session:
        vk = Vk(session, sandbox)
        await vk.call("groups.setLongPollSettings", group_id=GROUP, enabled=1, **dict.fromkeys(EVENTS, 1))
        yield vk


@pytest.fixture
async def chat(vk: Vk, sandbox: RunningSandbox) -> ChatClient:
    """Anna's conversation, begun; nobody answers there."""
    chat = await sandbox.person("Анна Смирнова").open(f"https://vk.me/club{GROUP}")
    await chat.send("Начать", wait=False)
    return chat


def button(label: str = "10:00", payload: object = '{"p":"1.0"}', **action: object) -> dict[str, Any]:
    made = {"type": "callback", "label": label, "payload": payload, **action}
    return {"action": {name: value for name, value in made.items() if value is not None}}


def keyboard(*rows: list[Any], **fields: object) -> str:
    return json.dumps({"inline": True, "buttons": list(rows), **fields})


async def test_who_calls_and_what(vk: Vk) -> None:
    assert await vk.code("groups.getById", token="220001:other") == 5
    assert await vk.code("groups.getById", v="") == 8
    assert await vk.code("messages.noSuch") == 3
    assert (await vk.call("groups.getById"))["groups"][0]["id"] == GROUP
    assert await vk.code("groups.getLongPollServer", group_id=5) == 125
    async with vk.session.get(
        f"{vk.sandbox.vk_url}/method/groups.getById", params={"access_token": TOKEN, "v": "5.199"}
    ) as response:
        assert "response" in await response.json()


async def test_nobody_is_written_to_who_didn_t_write_first(vk: Vk, chat: ChatClient) -> None:
    stranger = await vk.sandbox.person("Чужой").ensure()
    assert await vk.code("messages.send", peer_id=stranger, random_id=1, message="Акция!") == 901
    assert await vk.code("messages.send", peer_id=424242, random_id=1, message="Акция!") == 936
    both = await vk.call(
        "messages.send", peer_ids=f"{chat.person_id},{stranger}", random_id=2, message="Здравствуйте"
    )
    assert both[0]["conversation_message_id"] > 0
    assert both[1]["error"]["code"] == 901
    await chat.block()
    assert await vk.code("messages.send", peer_id=chat.person_id, random_id=3, message="?") == 901
    allowed = {"group_id": GROUP, "user_id": chat.person_id}
    assert await vk.call("messages.isMessagesFromGroupAllowed", **allowed) == {"is_allowed": 0}
    await chat.unblock()
    assert await vk.call("messages.isMessagesFromGroupAllowed", **allowed) == {"is_allowed": 1}


async def test_a_number_makes_one_message_for_an_hour(vk: Vk, chat: ChatClient) -> None:
    async def send(number: int) -> int:
        sent = await vk.call("messages.send", peer_id=chat.person_id, random_id=number, message="раз")
        assert isinstance(sent, int)
        return sent

    assert await send(5) == await send(5)
    assert await send(0) != await send(0), "zero is no number"
    first = await send(5)
    await vk.sandbox.advance(timedelta(minutes=61))
    assert await send(5) != first
    assert await vk.code("messages.send", peer_id=chat.person_id, message="без номера") == 100
    assert await vk.code("messages.send", peer_id=chat.person_id, random_id=2**31, message="?") == 100


async def test_texts(vk: Vk, chat: ChatClient) -> None:
    peer = chat.person_id
    assert await vk.code("messages.send", peer_id=peer, random_id=1, message="ы" * 4097) == 914
    assert await vk.code("messages.send", peer_id=peer, random_id=2, message=" ") == 100
    assert await vk.code("messages.send", peer_id=peer, random_id=3, message="ы" * 4096) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        "{",
        "[]",
        '{"inline":true}',
        keyboard([]),
        keyboard(*[[button()]] * 7),
        keyboard([button()] * 6),
        keyboard(*[[button()] * 5] * 2, [button()]),
        keyboard([button("ы" * 41)]),
        keyboard([button("")]),
        keyboard([button(payload='{"p":"' + "a" * 250 + '"}')]),
        keyboard([button(payload="no json")]),
        keyboard([button(payload=None)]),
        keyboard([button(type="teleport")]),
        keyboard([button(type="open_link", payload=None)]),
        keyboard([button(type="open_link", payload=None, link="tel:+7")]),
        keyboard([button(type="open_link", payload=None, link="https://a.example"), button()]),
        keyboard([button(type="open_app", payload=None, app_id="7")]),
        keyboard([button() | {"color": "red"}]),
        keyboard([button(type="open_link", payload=None, link="https://a.example") | {"color": "primary"}]),
        keyboard([button(url="https://a.example")]),
        keyboard([button()], inline="yes"),
        keyboard([button()], unknown=1),
        keyboard(*[[button()] * 5] * 9, inline=False),
        keyboard(*[[button()]] * 11, inline=False),
    ],
)
async def test_keyboards_over_the_limits(vk: Vk, chat: ChatClient, wrong: str) -> None:
    sent = {"peer_id": chat.person_id, "random_id": 1, "message": "x", "keyboard": wrong}
    assert await vk.code("messages.send", **sent) == 911


@pytest.mark.parametrize(
    "right",
    [
        keyboard(*[[button()] * 5] * 2),
        keyboard(*[[button()]] * 6),
        keyboard([button("ы" * 40)]),
        keyboard([button(type="open_link", payload=None, link="https://a.example")], [button()]),
        keyboard([button(type="open_app", payload=None, app_id=7, owner_id=-GROUP, hash="b=demo")]),
        keyboard([button(type="text") | {"color": "positive"}]),
        keyboard([button(payload={"p": "1.0"})]),
        keyboard(*[[button()] * 4] * 10, inline=False, one_time=True),
        json.dumps({"buttons": []}),
    ],
)
async def test_keyboards_within_them(vk: Vk, chat: ChatClient, right: str) -> None:
    sent = {"peer_id": chat.person_id, "random_id": 1, "message": "x", "keyboard": right}
    assert await vk.code("messages.send", **sent) == 0


async def test_edits_and_deletions(vk: Vk, chat: ChatClient) -> None:
    peer = chat.person_id
    sent = (await vk.call("messages.send", peer_ids=str(peer), random_id=1, message="раз"))[0]
    number = sent["conversation_message_id"]
    edit = {"peer_id": peer, "message": "два"}
    assert await vk.code("messages.edit", conversation_message_id=number, **edit) == 0
    assert await vk.code("messages.edit", message_id=sent["message_id"], **edit) == 0
    assert await vk.code("messages.edit", conversation_message_id=sent["message_id"], **edit) == 100
    own = (await chat.refresh(), chat.history[0].id)[1]
    assert await vk.code("messages.edit", conversation_message_id=own, **edit) == 15
    await vk.sandbox.advance(timedelta(hours=25))
    assert await vk.code("messages.edit", conversation_message_id=number, **edit) == 909
    late = await vk.call("messages.delete", peer_id=peer, cmids=str(number), delete_for_all=1)
    assert late[0]["error"]["code"] == 924
    fresh = (await vk.call("messages.send", peer_ids=str(peer), random_id=2, message="три"))[0]
    cmid = fresh["conversation_message_id"]
    gone = await vk.call("messages.delete", peer_id=peer, cmids=str(cmid), delete_for_all=1)
    assert gone[0]["response"] == 1


async def test_a_press_is_answered_once_and_soon(vk: Vk, chat: ChatClient) -> None:
    peer = chat.person_id
    await vk.call(
        "messages.send", peer_id=peer, random_id=1, message="x", keyboard=keyboard([button(), button("11")])
    )
    await chat.press("10:00", wait=False)
    [event] = [each for each in await poll(vk) if each["type"] == "message_event"]
    body = event["object"]
    assert (body["payload"], body["user_id"]) == ({"p": "1.0"}, peer)
    answer = {"event_id": body["event_id"], "user_id": peer, "peer_id": peer}
    method = "messages.sendMessageEventAnswer"
    snackbar = {"type": "show_snackbar", "text": "ы" * 91}
    assert await vk.code(method, **answer, event_data=snackbar) == 100
    assert await vk.code(method, **{**answer, "event_id": "x"}) == 100
    assert await vk.code(method, **answer, event_data={"type": "show_snackbar", "text": "Готово"}) == 0
    assert await vk.code(method, **answer) == 950
    await chat.press("11", wait=False)
    late = [each for each in await poll(vk) if each["type"] == "message_event"][-1]["object"]["event_id"]
    await vk.sandbox.advance(timedelta(minutes=2))
    assert await vk.code(method, **{**answer, "event_id": late}) == 950


async def poll(vk: Vk, ts: str = "100000001", key: str | None = None, wait: int = 0) -> list[dict[str, Any]]:
    """Events from ``ts`` on (the first by default)."""
    answer = await check(vk, ts, key, wait)
    found: list[dict[str, Any]] = answer["updates"]
    return found


async def check(vk: Vk, ts: str, key: str | None = None, wait: int = 0) -> dict[str, Any]:
    server = await vk.call("groups.getLongPollServer", group_id=GROUP)
    query = {"act": "a_check", "key": key or server["key"], "ts": ts, "wait": str(wait)}
    async with vk.session.get(server["server"], params=query) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def test_long_poll_reads_from_any_place_again(vk: Vk, chat: ChatClient) -> None:
    await chat.send("два", wait=False)
    texts = [each["object"]["message"]["text"] for each in await poll(vk)]
    assert texts == ["Начать", "два"]
    assert await poll(vk) == await poll(vk)
    assert len({each["event_id"] for each in await poll(vk)}) == 2
    waiting = asyncio.create_task(poll(vk, "100000003", wait=20))
    await asyncio.sleep(0)
    await chat.send("три", wait=False)
    assert [each["object"]["message"]["text"] for each in await waiting] == ["три"]
    assert (await check(vk, "100000001", key="wrong"))["failed"] == 2
    assert (await check(vk, "мимо"))["failed"] == 3
    assert (await check(vk, "100000099"))["failed"] == 1


async def test_events_that_are_not_asked_for_do_not_come(vk: Vk, chat: ChatClient) -> None:
    await vk.call("groups.setLongPollSettings", group_id=GROUP, message_new=0)
    await chat.send("не слышно", wait=False)
    assert len(await poll(vk)) == 1
    await vk.call("groups.setLongPollSettings", group_id=GROUP, enabled=0)
    assert await vk.code("groups.getLongPollServer", group_id=GROUP) == 100


async def test_twenty_calls_a_second() -> None:
    async with running_sandbox() as running, ClientSession() as session:
        await running.add_bot(TOKEN, NAME, "Салон", messenger="vk")
        vk = Vk(session, running)
        codes = [await vk.code("groups.getById") for _ in range(21)]
        assert codes[:20] == [0] * 20
        assert codes[20] in {0, 6}, "the machine may be slower than that"


async def test_documents(vk: Vk, chat: ChatClient) -> None:
    url = (await vk.call("docs.getMessagesUploadServer", type="doc", peer_id=chat.person_id))["upload_url"]
    form = FormData()
    form.add_field("file", b"BEGIN:VCALENDAR", filename="visit.ics", content_type="text/calendar")
    async with vk.session.post(url, data=form) as response:
        token = (await response.json())["file"]
    saved = (await vk.call("docs.save", file=token, title="Запись.ics"))["doc"]
    attachment = f"doc{saved['owner_id']}_{saved['id']}"
    peer = chat.person_id
    await vk.call("messages.send", peer_id=peer, random_id=1, attachment=attachment)
    await chat.refresh()
    assert await chat.download("Запись.ics") == b"BEGIN:VCALENDAR"
    assert await vk.code("docs.save", file="none") == 100
    assert await vk.code("messages.send", peer_id=peer, random_id=2, attachment="doc-1_1") == 100


async def test_the_callback_api_confirms_first_and_counts_its_tries(vk: Vk, chat: ChatClient) -> None:
    code = (await vk.call("groups.getCallbackConfirmationCode", group_id=GROUP))["code"]
    seen: list[tuple[str, str | None]] = []
    answers = {"confirmation": code}

    async def take(request: web.Request) -> web.Response:
        event = await request.json()
        seen.append((event["type"], request.headers.get("X-Retry-Counter")))
        assert event["secret"] == "s3cret"
        if event["type"] == "message_new" and len(seen) < 5:
            return web.Response(text="not ok") if len(seen) == 3 else web.Response(status=503)
        return web.Response(text=answers.get(event["type"], "ok"))

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    vk.sandbox.world.feed(vk.sandbox.world.bot(NAME)).items.clear()
    try:
        server = {"group_id": GROUP, "url": url, "title": "Тест", "secret_key": "s3cret"}
        answers["confirmation"] = "wrong"
        number = (await vk.call("groups.addCallbackServer", **server))["server_id"]
        servers = await vk.call("groups.getCallbackServers", group_id=GROUP)
        assert servers["items"][0]["status"] == "failed"
        answers["confirmation"] = code
        await vk.call("groups.editCallbackServer", server_id=number, **server)
        await vk.call("groups.setCallbackSettings", group_id=GROUP, server_id=number, message_new=1)
        await chat.send("привет", wait=False)
        async with asyncio.timeout(10):
            while vk.sandbox.world.feed(vk.sandbox.world.bot(NAME)).items:
                await vk.sandbox.world.fed.wait(0.1)
        assert seen[2:] == [("message_new", None), ("message_new", "1"), ("message_new", "2")]
        await vk.call("groups.deleteCallbackServer", group_id=GROUP, server_id=number)
    finally:
        await runner.cleanup()


async def photo(vk: Vk) -> str:
    """A photo of the community's, as a carousel names it."""
    server = await vk.call("photos.getMessagesUploadServer", peer_id=0)
    form = FormData()
    form.add_field("photo", b"\x89PNG", filename="a.png", content_type="image/png")
    async with vk.session.post(server["upload_url"], data=form) as response:
        kept = await response.json()
    [saved] = await vk.call("photos.saveMessagesPhoto", **kept)
    return f"{saved['owner_id']}_{saved['id']}"


def element(picture: str, **changes: Any) -> dict[str, Any]:
    made = {
        "title": "Маникюр",
        "description": "1 ч · 1 500 ₽",
        "photo_id": picture,
        "action": {"type": "open_photo"},
        "buttons": [button("Выбрать", {"n": 1})],
    }
    return {**made, **changes}


async def test_a_carousel_and_its_limits(vk: Vk, chat: ChatClient) -> None:
    picture = await photo(vk)

    async def code(*elements: dict[str, Any], **more: Any) -> int:
        template = {"type": "carousel", "elements": list(elements)}
        whom = {"peer_id": chat.person_id, "random_id": next(numbers), "message": "Что делаем?"}
        return await vk.code("messages.send", **whom, template=template, **more)

    numbers = iter(range(1000, 2000))
    assert await code(*[element(picture)] * 10) == 0
    shown = vk.sandbox.world.chat(chat.person_id, GROUP)
    assert shown is not None
    assert [row[0].label for row in shown.messages[-1].rows] == ["Выбрать"] * 10
    assert all(card.file_id for card in shown.messages[-1].cards)
    assert await code() == 100
    assert await code(*[element(picture)] * 11) == 100
    assert await code(element(picture, title="т" * 81)) == 100
    assert await code(element(picture, description="т" * 81)) == 100
    assert await code(element(picture, buttons=[button("Выбрать", {"n": 1})] * 4)) == 100
    assert await code(element(f"-{GROUP}_999")) == 100
    assert await code(element(picture, colour="red")) == 100
    different = {name: value for name, value in element(picture).items() if name != "description"}
    assert await code(element(picture), different) == 100, "all of the same make"
    assert await code(element(picture), keyboard=keyboard([button("Ещё", {"n": 2})])) == 100
    assert await code(element(picture, buttons=[button("т" * 41, {"n": 1})])) == 911


async def test_a_mini_app_is_opened_with_signed_parameters(vk: Vk, chat: ChatClient) -> None:
    app = button("Приложение", None, type="open_app", app_id=7, owner_id=-GROUP, hash="b=demo")
    await vk.call("messages.send", peer_id=chat.person_id, random_id=1, message="x", keyboard=keyboard([app]))
    await chat.press("Приложение")
    assert chat.followed.startswith("http://127.0.0.1:1/app?vk_access_token_settings=&vk_app_id=7&")
    assert chat.followed.endswith("#b=demo")
    assert f"vk_user_id={chat.person_id}" in chat.followed


def test_launch_parameters_are_signed_as_vk_signs_them() -> None:
    params = {
        "vk_user_id": "1001",
        "vk_app_id": "7000001",
        "vk_is_app_user": "1",
        "vk_are_notifications_enabled": "0",
        "vk_language": "ru",
        "vk_ref": "other",
        "vk_access_token_settings": "",
        "vk_group_id": "555",
        "vk_platform": "mobile_web",
        "vk_ts": "1767225600",
        "odr_enabled": "1",
    }
    assert sign(params, "test-secure-key") == "DOA7pVyd7IyouQNnKDTZwPX75bFjRrrGkCmYbtJ-sh8"
