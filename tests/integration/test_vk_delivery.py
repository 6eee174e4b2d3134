"""How events come in from VK: polled or posted, once, in order, over crashes, and never from strangers."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bots.dialogs.context import Context
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.sandbox.vk.methods.groups import confirmation_code
from bots.vk.api import VkSession
from bots.vk.callback import Receive, receiver
from bots.vk.service import VkService
from bots.vk.setup import Callback
from tests.support.talk import inbox_rows, soon
from tests.support.vk import GROUP_ID, NAME, TOKEN, Bench, bench

SECRET = "aSecretOfTheCallback1"
OTHER_GROUP = 220002
OTHER_TOKEN = "220002:vk1.a.of_the_other_community"
OTHER_NAME = "barber_vk"


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox() as running:
        await running.add_bot(TOKEN, NAME, "Салон", messenger="vk")
        yield running


@pytest.fixture
async def made(sandbox: RunningSandbox, database: str, redis_url: str) -> AsyncIterator[Bench]:
    async with bench(database, redis_url, sandbox.vk_url) as made:
        yield made


def words(number: str, text: str, user: int = 1001, group_id: int = GROUP_ID) -> dict[str, Any]:
    """An event with a text."""
    message = {"id": 1, "date": 1, "from_id": user, "peer_id": user, "text": text, "attachments": []}
    return {
        "type": "message_new",
        "group_id": group_id,
        "event_id": number,
        "v": "5.199",
        "object": {"message": message, "client_info": {"lang_id": 0}},
    }


async def listening(sandbox: RunningSandbox, times: int = 1) -> None:
    asked = "groups.getLongPollServer"
    await soon(lambda: len([c for c in sandbox.world.calls.latest(400) if c.method == asked]) >= times)


# --- Long Poll


async def test_many_people_at_once_each_in_order(made: Bench, sandbox: RunningSandbox) -> None:
    async with made.bot() as service:
        await listening(sandbox)
        chats = [await sandbox.person(f"Гость {number}").open(NAME) for number in range(8)]
        for chat in chats:
            await chat.start()

        async def talk(chat: Any) -> None:
            for number in range(5):
                await chat.send(f"слово {number}", wait=False)

        await asyncio.gather(*(talk(chat) for chat in chats))
        await soon(lambda: len(made.script.heard) == 8 * 6, 30)
        await service.idle()
    heard = defaultdict(list)
    for person, text in made.script.heard:
        heard[person].append(text)
    assert all(texts == ["/start", *(f"слово {n}" for n in range(5))] for texts in heard.values())
    assert all(done for _, done in await inbox_rows(made))
    refused = [call.status for call in sandbox.world.calls.latest(400) if call.status not in {0, 200}]
    assert set(refused) <= {6}, "a machine that lags may squeeze a second; that is obeyed"


async def test_one_who_is_slow_keeps_nobody(made: Bench, sandbox: RunningSandbox) -> None:
    gate = asyncio.Event()
    async with made.bot():
        await listening(sandbox)
        slow = await sandbox.person("Медленный").open(NAME)
        quick = await sandbox.person("Быстрый").open(NAME)

        async def wait(ctx: Context) -> None:
            if ctx.identity.external_id == str(slow.person_id):
                await gate.wait()

        await slow.start()
        await quick.start()
        made.script.before = wait
        await slow.send("раз", wait=False)
        await quick.send("два")
        assert (str(slow.person_id), "раз") not in made.script.heard
        gate.set()
        await slow.wait_for("раз")


async def test_the_same_event_twice_has_one_effect(made: Bench) -> None:
    async with made.bot() as service:
        event = words("a1", "/start")
        await asyncio.gather(*(service.take([event, words("a2", "раз")]) for _ in range(5)))
        await service.take([event])
        await service.idle()
    assert made.script.heard == [("1001", "/start"), ("1001", "раз")]
    assert await inbox_rows(made) == [("a1", True), ("a2", True)]


async def test_events_without_a_number_are_told_apart_by_content(made: Bench) -> None:
    async with made.bot() as service:
        event = words("", "/start")
        del event["event_id"]
        await service.take([event])
        await service.take([event, words("", "раз") | {"event_id": None}])
        await service.idle()
    assert made.script.heard == [("1001", "/start"), ("1001", "раз")]


async def test_killed_between_storing_and_working(made: Bench, sandbox: RunningSandbox) -> None:
    async with made.bot():
        await listening(sandbox)
        chat = await sandbox.person("Анна").open(NAME)
        await chat.start()
    stuck = asyncio.Event()

    async def hang(_: Context) -> None:
        stuck.set()
        await asyncio.Event().wait()

    made.script.before = hang
    session = VkSession(made.api_url)
    first = made.service(session, drain=0.05)
    await first.start()
    await chat.send("раз", wait=False)
    await chat.send("два", wait=False)
    await asyncio.wait_for(stuck.wait(), 5)
    async with asyncio.timeout(5):
        while len(await inbox_rows(made)) < 3:
            pass
    await first.stop()
    await session.close()
    assert sorted(done for _, done in await inbox_rows(made)) == [False, False, True]

    made.script.before = None
    async with made.bot():
        await chat.wait_for("раз | два")


async def test_what_came_while_we_were_away_is_read_afterwards(made: Bench, sandbox: RunningSandbox) -> None:
    async with made.bot():
        await listening(sandbox)
        chat = await sandbox.person("Анна").open(NAME)
        await chat.start()
    await chat.send("раз", wait=False)
    await chat.send("два", wait=False)
    async with made.bot():
        await chat.wait_for("раз | два")
    assert [text for _, text in made.script.heard] == ["/start", "раз", "два"]


async def test_a_key_that_has_expired_is_asked_for_anew(made: Bench, sandbox: RunningSandbox) -> None:
    async with made.bot():
        await listening(sandbox)
        chat = await sandbox.person("Анна").open(NAME)
        await chat.start()
        del sandbox.world.bot(NAME).settings["longpoll_key"]
        await chat.send("раз")
        await chat.send("два")
        assert "раз | два" in chat.screen.text
    assert len(sandbox.world.calls.latest(method="groups.getLongPollServer")) == 2


async def test_where_history_is_lost_the_rest_is_read(made: Bench, sandbox: RunningSandbox) -> None:
    async with made.bot():
        await listening(sandbox)
        chat = await sandbox.person("Анна").open(NAME)
        await chat.start()
    await chat.send("раз", wait=False)
    await chat.send("два", wait=False)
    items = sandbox.world.feed(sandbox.world.bot(NAME)).items
    del items[:-1]
    async with made.bot():
        await chat.wait_for("два")
    assert [text for _, text in made.script.heard] == ["/start", "два"]


async def test_the_messenger_out_of_reach_is_waited_out(made: Bench, sandbox: RunningSandbox) -> None:
    await sandbox.fail("drop", "groups.getLongPollServer", count=1)
    async with made.bot():
        await listening(sandbox, 2)
        chat = await sandbox.person("Анна").open(NAME)
        await chat.start()
        assert "/start" in chat.screen.text


# --- the Callback API


@asynccontextmanager
async def posted(
    made: Bench, *, confirmation: str | None = None, others: Mapping[int, VkService] | None = None
) -> AsyncIterator[tuple[VkService, str, Receive]]:
    """A community whose events are posted to a web server of ours; its address and the function behind."""
    async with AsyncExitStack() as stack:
        receivers: dict[int, VkService] = dict(others or {})

        async def hook(request: web.Request) -> web.Response:
            group_id = int(request.match_info["group"])
            status, text = await receiver(receivers)(group_id, await request.read())
            return web.Response(status=status, text=text)

        app = web.Application()
        app.router.add_post(r"/hooks/vk/{group:\d+}", hook)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/vk/{GROUP_ID}"
        session = VkSession(made.api_url)
        stack.push_async_callback(session.close)
        service = made.service(session, callback=Callback(url, SECRET, confirmation))
        receivers[GROUP_ID] = service
        await service.start()
        stack.push_async_callback(service.stop)
        yield service, url, receiver(receivers)


async def test_a_dialog_over_the_callback_api(made: Bench, sandbox: RunningSandbox) -> None:
    async with posted(made):
        community = sandbox.world.bot(NAME)
        await soon(lambda: bool(community.settings.get("callback_events")))
        chat = await sandbox.person("Анна").open(NAME)
        await chat.start("b_demo")
        await chat.press("День 2")
        assert "день 2" in chat.screen.text
        await soon(lambda: not sandbox.world.feed(community).items)
    assert all(call.answer != SECRET for call in sandbox.world.calls.latest())
    async with made.core.uow.read() as tx:
        stored = await tx.inbox._connection.fetch("SELECT payload FROM inbox")  # type: ignore[attr-defined]
    assert stored
    assert all(SECRET not in str(row["payload"]) for row in stored)


async def test_registered_once_and_again_only_with_another_secret(
    made: Bench, sandbox: RunningSandbox
) -> None:
    community = sandbox.world.bot(NAME)
    async with posted(made) as (service, url, _):
        await soon(lambda: bool(community.settings.get("callback_events")))
        session = VkSession(made.api_url)
        second = made.service(session, callback=Callback(url, SECRET))
        await second.start()
        await soon(lambda: len(sandbox.world.calls.latest(method="groups.setCallbackSettings")) == 2)
        await second.stop()
        await session.close()
        assert [each["url"] for each in community.settings["servers"]] == [url]
        assert community.webhook is not None
        assert community.webhook.secret == SECRET
        assert service.callback_secret == SECRET


async def post(url: str, body: object, *, raw: bytes | None = None) -> tuple[int, str]:
    async with (
        ClientSession() as session,
        session.post(url, data=raw if raw is not None else json.dumps(body)) as response,
    ):
        return response.status, await response.text()


async def test_the_confirmation_string_is_the_configured_one_or_vk_s(
    made: Bench, sandbox: RunningSandbox
) -> None:
    ask = {"type": "confirmation", "group_id": GROUP_ID, "secret": SECRET}
    async with posted(made) as (_, url, _receive):
        assert await post(url, ask) == (200, confirmation_code(sandbox.world.bot(NAME)))
    async with posted(made, confirmation="a1b2c3d4") as (_, url, _receive):
        assert await post(url, ask) == (200, "a1b2c3d4")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"secret": "wrong"}, 403),
        ({"secret": None}, 403),
        ({"secret": ""}, 403),
        ({"secret": 1}, 403),
        ({"secret": [SECRET]}, 403),
        ({"group_id": OTHER_GROUP}, 403),
        ({"group_id": str(GROUP_ID)}, 403),
        ({"type": None}, 400),
        ({"type": "confirmation", "secret": "wrong"}, 403),
    ],
)
async def test_strangers_are_turned_away_and_nothing_is_stored(
    made: Bench, change: dict[str, Any], status: int
) -> None:
    async with posted(made) as (service, url, _):
        answer, _text = await post(url, words("a1", "/start") | {"secret": SECRET} | change)
        assert answer == status
        await service.idle()
    assert await inbox_rows(made) == []
    assert made.script.heard == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a":' * 3000])
async def test_what_is_no_event_is_refused(made: Bench, raw: bytes) -> None:
    async with posted(made) as (_, url, _receive):
        assert (await post(url, None, raw=raw))[0] == 400
        assert (await post(url.replace(str(GROUP_ID), "999"), words("a1", "x")))[0] == 404
    assert await inbox_rows(made) == []


async def test_a_repeated_event_is_taken_once(made: Bench) -> None:
    async with posted(made) as (service, url, _):
        event = words("a1", "/start") | {"secret": SECRET}
        answers = await asyncio.gather(*(post(url, event) for _ in range(5)))
        assert set(answers) == {(200, "ok")}
        assert await post(url, event) == (200, "ok")
        await service.idle()
    assert made.script.heard == [("1001", "/start")]


@pytest.mark.parametrize(
    "broken",
    [
        {"object": None},
        {"object": []},
        {"object": {}},
        {"object": {"message": None}},
        {"object": {"message": {"from_id": "1001"}}},
        {"type": "message_event", "object": {"user_id": 1001}},
        {"type": "wall_post_new", "object": {"id": 1}},
        {"object": {"message": {"from_id": -5, "peer_id": 1001, "text": "мы"}}},
        {"object": {"message": {"from_id": 1001, "peer_id": 2_000_000_001, "text": "беседа"}}},
        {"object": {"message": {"from_id": 1001, "peer_id": 1001, "text": "\u0000"}}},
    ],
)
async def test_a_broken_or_foreign_event_is_taken_and_stops_nobody(
    made: Bench, broken: dict[str, Any]
) -> None:
    async with posted(made) as (service, url, _):
        assert await post(url, words("a1", "x") | {"secret": SECRET} | broken) == (200, "ok")
        assert await post(url, words("a2", "/start") | {"secret": SECRET}) == (200, "ok")
        await service.idle()
    assert made.script.heard[-1] == ("1001", "/start")


async def test_an_address_that_is_not_up_yet_is_asked_about_again(
    made: Bench, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.vk.service._CALLBACK_PAUSES", (0.05,))
    community = sandbox.world.bot(NAME)
    session = VkSession(made.api_url)
    early = made.service(session, callback=Callback("http://127.0.0.1:9/hooks/vk/220001", SECRET))
    await early.start()
    await soon(lambda: len(sandbox.world.calls.latest(method="groups.editCallbackServer")) >= 2)
    assert community.webhook is None
    assert [each["status"] for each in community.settings["servers"]] == ["failed"]
    await early.stop()
    await session.close()


# --- permissions


async def test_a_permission_with_a_parameter_starts_and_joining_asks(
    made: Bench, sandbox: RunningSandbox
) -> None:
    def told(number: str, kind: str, **body: object) -> dict[str, Any]:
        return {"type": kind, "group_id": GROUP_ID, "event_id": number, "v": "5.199", "object": body}

    async with made.bot() as service:
        await listening(sandbox)
        chat = await sandbox.person("Анна").open(NAME)
        await chat.start()
        person = chat.person_id
        await service.take([told("j", "group_join", user_id=person, join_type="join")])
        await service.take([told("a", "message_allow", user_id=person, key="")])
        await service.take([told("b", "message_allow", user_id=person, key="b_demo")])
        await service.idle()
    assert [text for _, text in made.script.heard] == ["/start", "/start b_demo"]
    assert len(sandbox.world.calls.latest(method="messages.isMessagesFromGroupAllowed")) == 1


# --- several communities in one process


async def test_two_communities_in_one_process(made: Bench, sandbox: RunningSandbox) -> None:
    await sandbox.add_bot(OTHER_TOKEN, OTHER_NAME, "Барбершоп", messenger="vk")
    async with made.bot(), made.bot(group_id=OTHER_GROUP, token=OTHER_TOKEN):
        await listening(sandbox, 2)
        here = await sandbox.person("Анна").open(NAME)
        there = await sandbox.person("Анна").open(OTHER_NAME)
        await here.start("b_demo")
        await there.start("b_demo-london")
        await here.send("раз")
        assert "b_demo |" in here.screen.text
        assert "b_demo-london" in there.screen.text
    async with made.core.uow.read() as tx:
        connection = tx.inbox._connection  # type: ignore[attr-defined]
        rows = await connection.fetch("SELECT DISTINCT account_key FROM identities ORDER BY 1")
    assert [row["account_key"] for row in rows] == [str(GROUP_ID), str(OTHER_GROUP)]
