"""Showing screens: edits, files and places, what becomes of refusals, putting things away."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError
from aiogram.methods import GetMe

from bots.common.pace import Limits, Manner, Pace
from bots.dialogs.layout import ButtonKind, Laid, LaidButton, LaidSpan
from bots.dialogs.present import Busy, Edited, NotShown, Unreachable
from bots.dialogs.screen import File, Place
from bots.telegram.bot import NeverSent
from bots.telegram.outgoing import Outgoing
from bots.telegram.presenter import TelegramPresenter
from bots.telegram.press import TelegramPress
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

PEER = "1001"
BUTTONS = ((LaidButton("Записаться", ButtonKind.PRESS, "1.0"),),)
SCREEN = Laid((LaidSpan("Здравствуйте <3"),), BUTTONS)
ICS = File("visit.ics", "text/calendar", b"BEGIN:VCALENDAR")
PLACE = Place(55.76, 37.6, "Окошко", "Тверская, 12")
LOST = TelegramNetworkError(method=GetMe(), message="ServerDisconnectedError")
NO_WAY = NeverSent(method=GetMe(), message="ConnectionRefusedError")


def make(manner: Manner | None = None) -> tuple[TelegramPresenter, ScriptedApi]:
    bot, api = scripted_bot()
    outgoing = Outgoing(bot, Pace(Limits(per_second=1000)), pauses=(0.0, 0.0))
    return TelegramPresenter(outgoing, public_url="https://okoshko.example", manner=manner), api


async def test_a_screen_is_one_text_message_with_its_keyboard() -> None:
    presenter, api = make()
    assert await presenter.send(PEER, SCREEN) == "100"
    assert api.named("sendMessage") == [
        {
            "chat_id": 1001,
            "text": "Здравствуйте &lt;3",
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": {"inline_keyboard": [[{"text": "Записаться", "callback_data": "1.0"}]]},
        }
    ]


async def test_a_file_with_a_few_words_is_one_message() -> None:
    presenter, api = make()
    await presenter.send(PEER, Laid((LaidSpan("Ваша запись"),), (), file=ICS))
    assert [call.method for call in api.calls] == ["sendDocument"]
    assert api.named("sendDocument")[0]["caption"] == "Ваша запись"


@pytest.mark.parametrize(("text", "rows"), [("x", BUTTONS), ("x" * 1025, ()), ("", ())])
async def test_a_file_with_buttons_or_many_words_goes_before_them(text: str, rows: Any) -> None:
    presenter, api = make()
    sent = await presenter.send(PEER, Laid((LaidSpan(text),), rows, file=ICS))
    assert [call.method for call in api.calls] == ["sendDocument", "sendMessage"][: 2 if text else 1]
    assert sent == ("101" if text else "100")


async def test_a_place_goes_before_the_words() -> None:
    presenter, api = make()
    assert await presenter.send(PEER, Laid((LaidSpan("Как доехать"),), BUTTONS, place=PLACE)) == "101"
    assert api.named("sendVenue")[0]["title"] == "Окошко"


@pytest.mark.parametrize(
    ("answer", "edited"),
    [
        (True, Edited.DONE),
        (NOT_MODIFIED, Edited.DONE),
        (NOT_FOUND, Edited.GONE),
        (refusal(400, "Bad Request: message can't be edited"), Edited.GONE),
        (refusal(400, "Bad Request: MESSAGE_ID_INVALID"), Edited.GONE),
        (refusal(400, "Bad Request: there is no text in the message to edit"), Edited.GONE),
    ],
)
async def test_what_becomes_of_an_edit(answer: Any, edited: Edited) -> None:
    presenter, api = make()
    if answer is not True:
        api.answers["editMessageText"].append(answer)
    assert await presenter.edit(PEER, "7", SCREEN) is edited
    assert api.named("editMessageText")[0]["message_id"] == 7


@pytest.mark.parametrize(
    "laid",
    [
        Laid(SCREEN.spans, (), file=ICS),
        Laid(SCREEN.spans, (), place=PLACE),
        Laid(SCREEN.spans, (), reply=True),
    ],
)
async def test_what_can_not_be_an_edit_is_not_tried(laid: Laid) -> None:
    presenter, api = make()
    assert await presenter.edit(PEER, "7", laid) is Edited.GONE
    assert api.calls == []


@pytest.mark.parametrize(
    "answer",
    [
        BLOCKED,
        refusal(403, "Forbidden: user is deactivated"),
        refusal(403, "Forbidden: bot can't initiate conversation with a user"),
        refusal(400, "Bad Request: chat not found"),
    ],
)
async def test_who_can_not_be_reached(answer: Any) -> None:
    presenter, api = make()
    api.answers["sendMessage"].append(answer)
    api.answers["editMessageText"].append(answer)
    with pytest.raises(Unreachable):
        await presenter.send(PEER, SCREEN)
    with pytest.raises(Unreachable):
        await presenter.edit(PEER, "7", SCREEN)


async def test_an_address_that_is_refused_costs_the_address_not_the_screen() -> None:
    presenter, api = make()
    linked = Laid(SCREEN.spans, ((LaidButton("Сайт", ButtonKind.LINK, "http://localhost"), *BUTTONS[0]),))
    wrong = refusal(
        400, "Bad Request: inline keyboard button URL 'http://localhost' is invalid: Wrong HTTP URL"
    )
    api.answers["sendMessage"].append(wrong)
    api.answers["editMessageText"].append(wrong)
    await presenter.send(PEER, linked)
    assert await presenter.edit(PEER, "7", linked) is Edited.DONE
    for method in ("sendMessage", "editMessageText"):
        kept = api.named(method)[-1]["reply_markup"]["inline_keyboard"]
        assert kept == [[{"text": "Записаться", "callback_data": "1.0"}]]


async def test_other_refusals_are_ours() -> None:
    presenter, api = make()
    api.answers["sendMessage"].append(refusal(400, "Bad Request: message is too long"))
    with pytest.raises(TelegramBadRequest):
        await presenter.send(PEER, SCREEN)


async def test_a_request_to_wait_is_obeyed_within_patience() -> None:
    presenter, api = make(Manner(patience=0.5))
    api.answers["sendMessage"].append(TOO_MANY)
    with pytest.raises(Busy) as busy:
        await presenter.send(PEER, SCREEN)
    assert busy.value.seconds == 1
    assert len(api.calls) == 1


@pytest.mark.parametrize("trouble", [NO_WAY, SERVER_ERROR])
async def test_what_had_no_effect_is_repeated(trouble: Any) -> None:
    presenter, api = make()
    api.answers["sendMessage"] += [trouble, trouble]
    assert await presenter.send(PEER, SCREEN) == "100"
    assert len(api.named("sendMessage")) == 3


async def test_a_message_that_may_be_there_is_not_sent_again_and_an_edit_is() -> None:
    presenter, api = make()
    api.answers["sendMessage"].append(LOST)
    with pytest.raises(NotShown):
        await presenter.send(PEER, SCREEN)
    assert len(api.named("sendMessage")) == 1
    api.answers["editMessageText"] += [LOST, LOST]
    assert await presenter.edit(PEER, "7", SCREEN) is Edited.DONE


async def test_trouble_that_stays_is_told() -> None:
    presenter, api = make()
    api.answers["sendMessage"] += [SERVER_ERROR] * 3
    with pytest.raises(NotShown):
        await presenter.send(PEER, SCREEN)


async def test_retiring_deletes() -> None:
    presenter, api = make()
    await presenter.retire(PEER, "7", reply=False)
    assert api.calls == [("deleteMessages", {"chat_id": 1001, "message_ids": [7]})]


async def test_retiring_a_reply_keyboard_puts_it_away_and_leaves_nothing() -> None:
    presenter, api = make()
    await presenter.retire(PEER, "7", reply=True)
    away, delete = api.calls
    assert away.params["reply_markup"] == {"remove_keyboard": True}
    assert away.params["disable_notification"] is True
    assert delete.params["message_ids"] == [7, 100]


async def test_what_is_too_old_to_delete_loses_its_buttons() -> None:
    presenter, api = make()
    api.answers["deleteMessages"].append(refusal(400, "Bad Request: message can't be deleted for everyone"))
    await presenter.retire(PEER, "7", reply=False)
    assert api.named("editMessageReplyMarkup") == [{"chat_id": 1001, "message_id": 7}]


async def test_the_short_lived_message_goes_even_when_the_old_one_stays() -> None:
    presenter, api = make()
    api.answers["deleteMessages"].append(refusal(400, "Bad Request: message can't be deleted for everyone"))
    await presenter.retire(PEER, "7", reply=True)
    assert api.named("deleteMessages")[-1]["message_ids"] == [100]


@pytest.mark.parametrize(
    "trouble", [BLOCKED, LOST, SERVER_ERROR, refusal(400, "Bad Request: nonsense"), TOO_MANY]
)
async def test_retiring_never_fails(trouble: Any) -> None:
    presenter, api = make(Manner(patience=0))
    for method in ("sendMessage", "deleteMessages", "editMessageReplyMarkup"):
        api.answers[method] += [trouble] * 6
    await presenter.retire(PEER, "7", reply=True)
    await presenter.retire(PEER, "8", reply=False)
    await presenter.retire(PEER, "no number", reply=False)


def pressed(api_answers: list[Any]) -> tuple[TelegramPress, ScriptedApi]:
    bot, api = scripted_bot()
    api.answers["answerCallbackQuery"] += api_answers
    return TelegramPress(Outgoing(bot, Pace(), pauses=(0.0,)), "9", PEER), api


async def test_a_press_is_answered_once() -> None:
    press, api = pressed([])
    await press.answer("Записали 🙂" * 50, alert=True)
    await press.answer("ещё раз")
    await press.answer()
    (answer,) = api.named("answerCallbackQuery")
    assert answer["show_alert"] is True
    assert len(answer["text"].encode("utf-16-le")) // 2 <= 200


async def test_a_silent_answer_only_stops_the_spinner() -> None:
    press, api = pressed([])
    await press.answer(alert=True)
    assert api.named("answerCallbackQuery") == [{"callback_query_id": "9"}]


@pytest.mark.parametrize(
    "trouble",
    [
        refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
        LOST,
        BLOCKED,
        SERVER_ERROR,
        refusal(429, "Too Many Requests: retry after 30", retry_after=30),
    ],
)
async def test_a_late_answer_is_harmless(trouble: Any) -> None:
    press, _ = pressed([trouble] * 3)
    await press.answer("ok")
