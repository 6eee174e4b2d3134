"""Showing screens in VK: numbers that double nothing, edits, files and places, what becomes of refusals."""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import UUID

import pytest
from vkbottle import VKAPIError

from bots.common.pace import Manner
from bots.dialogs.layout import ButtonKind, Laid, LaidButton, LaidSpan
from bots.dialogs.present import Busy, Edited, NotShown, Unreachable
from bots.dialogs.screen import File, Place
from bots.vk.abilities import Abilities
from bots.vk.numbers import of_event, of_row
from bots.vk.presenter import VkPresenter
from bots.vk.press import VkPress
from bots.vk.render import Where
from tests.support.vk_api import GROUP_ID, LOST, TOKEN, ScriptedVk, keyboard_of, refusal, scripted

PEER = "1001"
BUTTONS = (
    (LaidButton("Записаться", ButtonKind.PRESS, "1.0"),),
    (LaidButton("Сайт", ButtonKind.LINK, "https://okoshko.example"),),
)
SCREEN = Laid((LaidSpan("Здравствуйте"),), BUTTONS)
ICS = File("visit.ics", "text/calendar", b"BEGIN:VCALENDAR")
PLACE = Place(55.76, 37.6, "Окошко", "Тверская, 12")
ROW = UUID("01933f9c-0000-7000-8000-000000000001")


def make(
    *, event: str = "e1", manner: Manner | None = None, abilities: Abilities | None = None
) -> tuple[VkPresenter, ScriptedVk]:
    outgoing, api = scripted()
    where = Where(GROUP_ID, 7, abilities or Abilities())
    return VkPresenter(outgoing, where, number=of_event(event), manner=manner), api


async def test_a_message_is_known_by_its_number_in_the_conversation() -> None:
    presenter, api = make()
    assert await presenter.send(PEER, SCREEN) == "100"
    (sent,) = api.named("messages.send")
    assert (sent["peer_ids"], sent["message"], sent["v"]) == (PEER, "Здравствуйте", "5.199")
    assert (sent["dont_parse_links"], sent["disable_mentions"]) == ("1", "1")
    assert 0 < int(sent["random_id"]) < 2**31


async def test_the_token_is_in_a_header_alone() -> None:
    presenter, api = make()
    await presenter.send(PEER, SCREEN)
    assert api.headers[0] == {"Authorization": f"Bearer {TOKEN}"}
    assert TOKEN not in str(api.calls)


async def test_a_repeat_of_an_event_has_the_same_numbers_and_other_words_others() -> None:
    async def numbers(event: str, *screens: Laid) -> list[str]:
        presenter, api = make(event=event)
        for screen in screens:
            await presenter.send(PEER, screen)
        return [call["random_id"] for call in api.named("messages.send")]

    other = Laid((LaidSpan("До встречи"),), ())
    assert await numbers("e1", SCREEN, SCREEN) == await numbers("e1", SCREEN, SCREEN)
    assert len(set(await numbers("e1", SCREEN, SCREEN))) == 2
    assert await numbers("e1", SCREEN) != await numbers("e1", other)
    assert await numbers("e1", SCREEN) != await numbers("e2", SCREEN)


def test_a_row_has_one_number_whatever_its_words() -> None:
    assert of_row(ROW)(0, "Ждём вас") == of_row(ROW)(0, "Ждём вас завтра")
    assert of_row(ROW)(0, "") != of_row(UUID(int=1))(0, "")
    assert all(0 < of_row(UUID(int=number))(0, "") < 2**31 for number in range(1000))


@pytest.mark.parametrize("trouble", [refusal(1), refusal(10), refusal(36), LOST, {"ts": 1}])
async def test_what_stumbled_is_repeated_with_the_same_number(trouble: Any) -> None:
    presenter, api = make()
    api.answers["messages.send"] += [trouble, trouble]
    assert await presenter.send(PEER, SCREEN) == "100"
    assert len({call["random_id"] for call in api.named("messages.send")}) == 1


async def test_what_stumbles_for_long_is_for_later() -> None:
    presenter, api = make()
    api.answers["messages.send"] += [refusal(10)] * 3
    with pytest.raises(NotShown):
        await presenter.send(PEER, SCREEN)


@pytest.mark.parametrize("code", [18, 113, 900, 901, 902, 917, 936])
@pytest.mark.parametrize("per_peer", [True, False])
async def test_who_can_t_be_written_to(code: int, *, per_peer: bool) -> None:
    presenter, api = make()
    own = [{"peer_id": 1001, "message_id": 0, "error": {"code": code, "description": "no"}}]
    api.answers["messages.send"].append(own if per_peer else refusal(code))
    with pytest.raises(Unreachable):
        await presenter.send(PEER, SCREEN)
    assert len(api.calls) == 1


@pytest.mark.parametrize(("code", "seconds"), [(6, 1.0), (9, 5.0), (29, 60.0)])
async def test_asked_to_slow_down(code: int, seconds: float) -> None:
    presenter, api = make(manner=Manner(patience=0))
    api.answers["messages.send"].append(refusal(code))
    with pytest.raises(Busy) as busy:
        await presenter.send(PEER, SCREEN)
    assert busy.value.seconds == seconds


@pytest.mark.parametrize("code", [5, 27, 28, 125, 912])
async def test_a_community_that_is_set_up_wrong_is_an_alarm(
    code: int, caplog: pytest.LogCaptureFixture
) -> None:
    presenter, api = make()
    api.answers["messages.send"].append(refusal(code))
    with pytest.raises(NotShown):
        await presenter.send(PEER, SCREEN)
    assert [record.levelno for record in caplog.records] == [logging.CRITICAL]
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("code", [14, 3300, 7, 914])
async def test_other_refusals_are_the_caller_s(code: int) -> None:
    presenter, api = make()
    api.answers["messages.send"].append(refusal(code))
    with pytest.raises(VKAPIError) as refused:
        await presenter.send(PEER, SCREEN)
    assert refused.value.code == code
    assert "somebody's words" not in str(vars(refused.value))


async def test_a_bad_keyboard_is_logged_and_shown_without_addresses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    presenter, api = make()
    api.answers["messages.send"].append(refusal(911, "Keyboard format is invalid"))
    await presenter.send(PEER, SCREEN)
    first, second = api.named("messages.send")
    assert len(keyboard_of(first)["buttons"]) == 2
    assert len(keyboard_of(second)["buttons"]) == 1
    (record,) = caplog.records
    assert json.loads(vars(record)["keyboard"]) == keyboard_of(first)
    api.answers["messages.send"] += [refusal(911)] * 2
    with pytest.raises(VKAPIError):
        await presenter.send(PEER, SCREEN)


async def test_an_edit_is_in_place() -> None:
    presenter, api = make()
    assert await presenter.edit(PEER, "7", SCREEN) is Edited.DONE
    (edit,) = api.named("messages.edit")
    assert (edit["peer_id"], edit["conversation_message_id"]) == (PEER, "7")


@pytest.mark.parametrize("code", [15, 100, 909, 910, 920])
async def test_an_edit_that_can_t_be_is_gone(code: int) -> None:
    presenter, api = make()
    api.answers["messages.edit"].append(refusal(code))
    assert await presenter.edit(PEER, "7", SCREEN) is Edited.GONE
    assert len(api.calls) == 1


async def test_what_can_t_be_edited_into_a_message() -> None:
    presenter, api = make()
    assert await presenter.edit(PEER, "7", Laid(SCREEN.spans, (), file=ICS)) is Edited.GONE
    assert await presenter.edit(PEER, "7", Laid(SCREEN.spans, (), place=PLACE)) is Edited.GONE
    old, same = make(abilities=Abilities(inline=False))
    assert await old.edit(PEER, "7", SCREEN) is Edited.GONE
    assert (api.calls, same.calls) == ([], [])


async def test_a_file_goes_along() -> None:
    presenter, api = make()
    await presenter.send(PEER, Laid(SCREEN.spans, BUTTONS, file=ICS))
    assert [call.method for call in api.calls] == [
        "docs.getMessagesUploadServer",
        "upload",
        "docs.save",
        "messages.send",
    ]
    (sent,) = api.named("messages.send")
    assert (sent["attachment"], sent["message"]) == (f"doc-{GROUP_ID}_7", "Здравствуйте")


async def test_words_go_alone_where_no_file_may_be_kept() -> None:
    presenter, api = make()
    api.answers["docs.getMessagesUploadServer"].append(refusal(15))
    assert await presenter.send(PEER, Laid(SCREEN.spans, (), file=ICS)) == "100"
    assert "attachment" not in api.named("messages.send")[0]


async def test_a_place_is_a_point_with_its_address_in_words() -> None:
    presenter, api = make()
    await presenter.send(PEER, Laid((LaidSpan("Окошко"),), (), place=PLACE))
    (sent,) = api.named("messages.send")
    assert (sent["lat"], sent["long"], sent["message"]) == ("55.76", "37.6", "Окошко\nТверская, 12")


async def test_an_outlived_screen_is_deleted_and_nothing_fails() -> None:
    presenter, api = make()
    await presenter.retire(PEER, "7", reply=False)
    (deleted,) = api.named("messages.delete")
    assert (deleted["cmids"], deleted["delete_for_all"]) == ("7", "1")
    for trouble in (refusal(924), refusal(901), refusal(6), LOST):
        api.answers["messages.delete"] += [trouble] * 3
        await presenter.retire(PEER, "7", reply=False)
        api.answers["messages.delete"].clear()


async def test_a_press_is_answered_once_and_never_fails() -> None:
    outgoing, api = scripted()
    press = VkPress(outgoing, "e1", "1001", PEER)
    await press.answer("Готово" * 30, alert=True)
    await press.answer("ещё")
    (answer,) = api.named("messages.sendMessageEventAnswer")
    data = json.loads(answer["event_data"])
    assert (data["type"], len(data["text"])) == ("show_snackbar", 90)
    silent = VkPress(outgoing, "e2", "1001", PEER)
    api.answers["messages.sendMessageEventAnswer"].append(refusal(950, "Reply timed out"))
    await silent.answer()
    assert "event_data" not in api.named("messages.sendMessageEventAnswer")[1]
