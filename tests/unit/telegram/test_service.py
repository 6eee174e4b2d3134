"""What a bot does with updates of each kind."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bots.dialogs.event import Incoming, Other, Typed
from bots.dialogs.present import NotShown, Presenter, Press
from bots.dialogs.runtime import Sender
from bots.telegram.service import TelegramService
from core.domain.client import Channel
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork
from tests.support.bot_api import ScriptedApi, scripted_bot

ANNA = {"id": 1001, "is_bot": False, "first_name": "Анна", "language_code": "ru"}
CHAT = {"id": 1001, "type": "private"}


class Dialogs:
    """Remembers events; ``trouble`` is raised."""

    def __init__(self) -> None:
        self.served: list[Incoming] = []
        self.presses: list[Press | None] = []
        self.trouble: Exception | None = None

    async def estranged(self, channel: Channel, account: str, user: str) -> None:
        raise AssertionError("only VK tells")

    async def handle(
        self, incoming: Incoming, sender: Sender, presenter: Presenter, press: Press | None = None
    ) -> None:
        assert sender.account == "42"
        if self.trouble is not None:
            raise self.trouble
        self.served.append(incoming)
        self.presses.append(press)


class Reach:
    """Remembers who can be reached."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, bool]] = []

    async def set_reachable(
        self, channel: Channel, account_key: str, external_id: str, *, reachable: bool
    ) -> None:
        self.noted.append((account_key, external_id, reachable))


def make() -> tuple[TelegramService, Dialogs, Reach, ScriptedApi]:
    bot, api = scripted_bot()
    dialogs, reach = Dialogs(), Reach()
    service = TelegramService(
        bot, dialogs=dialogs, reach=reach, uow=cast(UnitOfWork, None), clock=cast(Clock, None)
    )
    return service, dialogs, reach, api


def message(**fields: Any) -> dict[str, Any]:
    return {"update_id": 1, "message": {"message_id": 5, "from": ANNA, "chat": CHAT} | fields}


async def test_words_go_to_the_dialogs() -> None:
    service, dialogs, _, _ = make()
    await service.serve(message(text="привет"))
    assert dialogs.served == [Typed("привет")]
    assert dialogs.presses == [None]


async def test_a_press_brings_its_answer_along() -> None:
    service, dialogs, _, api = make()
    query = {"id": "9", "from": ANNA, "data": "1.0", "message": {"message_id": 5, "chat": CHAT}}
    await service.serve({"update_id": 1, "callback_query": query})
    (press,) = dialogs.presses
    assert press is not None
    await press.answer("ok")
    assert api.named("answerCallbackQuery") == [{"callback_query_id": "9", "text": "ok"}]


async def test_an_album_gets_one_answer() -> None:
    service, dialogs, _, _ = make()
    for _ in range(5):
        await service.serve(message(photo=[], media_group_id="77"))
    await service.serve(message(photo=[]))
    for number in range(1000, 1300):
        await service.serve(message(photo=[], media_group_id=str(number)))
    assert dialogs.served == [Other("photo")] * 302
    assert len(service._albums) <= 256


async def test_blocked_people_are_noted() -> None:
    service, dialogs, reach, _ = make()
    member = {"chat": CHAT, "from": ANNA, "new_chat_member": {"status": "kicked"}}
    await service.serve({"update_id": 1, "my_chat_member": member})
    assert reach.noted == [("42", "1001", False)]
    assert dialogs.served == []


async def test_a_press_elsewhere_is_answered() -> None:
    service, dialogs, _, api = make()
    await service.serve(
        {"update_id": 1, "callback_query": {"id": "9", "from": ANNA, "inline_message_id": "x"}}
    )
    assert api.named("answerCallbackQuery") == [{"callback_query_id": "9"}]
    assert dialogs.served == []


async def test_a_command_in_a_group_is_sent_to_private() -> None:
    service, dialogs, _, api = make()
    group = message(text="/start", chat={"id": -5, "type": "group"})
    await service.serve(group)
    assert api.calls == []
    await service._introduce()
    await service.serve(group)
    (said,) = api.named("sendMessage")
    assert "https://t.me/okoshko_bot" in said["text"]
    assert said["chat_id"] == -5
    assert dialogs.served == []


async def test_what_means_nothing_is_left_alone() -> None:
    service, dialogs, reach, api = make()
    await service.serve({"update_id": 1, "poll": {}})
    assert (dialogs.served, reach.noted, api.calls) == ([], [], [])


async def test_trouble_is_told_so_that_it_is_tried_again() -> None:
    service, dialogs, _, _ = make()
    dialogs.trouble = NotShown("away")
    with pytest.raises(NotShown):
        await service.serve(message(text="привет"))
