"""The outbox's messages: edited where they can be, sent where not; every answer of Telegram's told apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe

from bots.common.pace import Limits, Pace
from bots.dialogs.payload import Signer
from bots.dialogs.screen import Raw, Screen, Verb, bold, line
from bots.telegram.outgoing import Outgoing
from bots.telegram.sender import TelegramSender
from core.domain.catalog import Catalogue
from core.domain.client import Channel, Identity
from core.domain.message import MessageKind, OutgoingMessage, Priority
from core.ports.channels import (
    Delivery,
    Failed,
    Gone,
    Rejected,
    RetryAfter,
    SendResult,
    Sent,
    Unreachable,
)
from core.ports.repositories import SentCopy
from tests.support.bot_api import (
    BLOCKED,
    NOT_FOUND,
    NOT_MODIFIED,
    SERVER_ERROR,
    TOO_MANY,
    ScriptedApi,
    refusal,
    scripted_bot,
)

ID = UUID("01933f9c-0000-7000-8000-000000000001")
MESSAGE = OutgoingMessage(
    id=ID,
    business_id=ID,
    kind=MessageKind.REMINDER,
    dedup_key="r",
    due_at=datetime(2026, 11, 21, tzinfo=UTC),
    client_id=ID,
    priority=Priority.OPS,
)
ANNA = Identity(ID, Channel.TELEGRAM, "42", "1001", "Анна", None, "ru", reachable=True)
THERE = SentCopy(Channel.TELEGRAM, "42", "1001", "7")
SCREEN = Screen((line(bold(Raw("Ждём вас, <Анна>"))),), rows=((Verb(Raw("Буду"), "ok", str(ID)),),))


def delivery(
    target: SentCopy | None = None, *, edit_only: bool = False, identity: Identity = ANNA
) -> Delivery:
    return Delivery(
        message=MESSAGE,
        identity=identity,
        locale="ru",
        catalogue=cast(Catalogue, None),
        edit_target=target,
        edit_only=edit_only,
    )


async def send(
    api_answers: dict[str, Any], given: Delivery, screen: Screen | None = SCREEN
) -> tuple[SendResult, ScriptedApi]:
    bot, api = scripted_bot()
    for method, answers in api_answers.items():
        api.answers[method] += answers

    async def notice(delivery: Delivery) -> Screen | None:
        assert delivery is given
        return screen

    outgoing = Outgoing(bot, Pace(Limits(per_second=1000)), pauses=(0.0,))
    sender = TelegramSender({"42": outgoing}, notice=notice, signer=Signer(b"key"))
    return await sender.send(given), api


async def test_a_message_is_sent_in_the_reader_s_chat() -> None:
    result, api = await send({}, delivery())
    assert result == Sent(SentCopy(Channel.TELEGRAM, "42", "1001", "100"))
    (sent,) = api.named("sendMessage")
    assert sent["text"] == "<b>Ждём вас, &lt;Анна&gt;</b>"
    assert sent["reply_markup"]["inline_keyboard"][0][0]["callback_data"].startswith("~ok.")


@pytest.mark.parametrize("answers", [[], [NOT_MODIFIED]])
async def test_an_edit_goes_into_its_message(answers: list[Any]) -> None:
    result, api = await send({"editMessageText": answers}, delivery(THERE, edit_only=True))
    assert result == Sent(THERE)
    assert api.named("sendMessage") == []


async def test_an_edit_whose_message_is_gone_is_sent_anew_or_gone() -> None:
    result, _ = await send({"editMessageText": [NOT_FOUND]}, delivery(THERE))
    assert result == Sent(SentCopy(Channel.TELEGRAM, "42", "1001", "100"))
    result, api = await send({"editMessageText": [NOT_FOUND]}, delivery(THERE, edit_only=True))
    assert result == Gone()
    assert api.named("sendMessage") == []


async def test_a_message_of_another_bot_is_not_edited() -> None:
    other = THERE._replace(account_key="43")
    result, api = await send({}, delivery(other))
    assert isinstance(result, Sent)
    assert api.named("editMessageText") == []


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        ([BLOCKED], Unreachable("Forbidden: bot was blocked by the user")),
        ([refusal(400, "Bad Request: chat not found")], Unreachable("Bad Request: chat not found")),
        ([TOO_MANY], RetryAfter(1)),
        ([SERVER_ERROR, SERVER_ERROR], Failed("TelegramServerError: Internal Server Error")),
        (
            [TelegramNetworkError(method=GetMe(), message="timeout")],
            Failed("TelegramNetworkError: timeout"),
        ),
        ([refusal(400, "Bad Request: message is too long")], Rejected("Bad Request: message is too long")),
    ],
)
async def test_every_answer_has_its_meaning(answers: list[Any], result: SendResult) -> None:
    assert (await send({"sendMessage": answers}, delivery()))[0] == result


async def test_what_has_no_words_or_no_bot_is_not_sent() -> None:
    result, api = await send({}, delivery(), None)
    assert isinstance(result, Rejected)
    stranger = Identity(ID, Channel.TELEGRAM, "77", "1001", "Анна", None, "ru", reachable=True)
    other, _ = await send({}, delivery(identity=stranger))
    assert isinstance(other, Unreachable)
    assert api.calls == []
