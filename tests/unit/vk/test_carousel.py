"""Services with pictures as cards side by side, and the list where that can't be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bots.dialogs.layout import Laid, layout
from bots.dialogs.screen import Card, Choices, Raw, Screen, act, line
from bots.telegram.caps import CAPS as TELEGRAM
from bots.vk.abilities import Abilities
from bots.vk.caps import CAPS
from bots.vk.pictures import Pictures, fetch_picture
from bots.vk.presenter import VkPresenter
from bots.vk.render import Where
from locales import texts
from tests.support.dialog import SIGNER
from tests.support.vk_api import GROUP_ID, ScriptedVk, scripted

PNG = b"\x89PNG"


def screen(count: int, *, without: int | None = None) -> Screen:
    """A list of services, each with a picture but for one."""
    buttons = tuple(act(Raw(f"Услуга {number}"), "choose", number) for number in range(count))
    cards = tuple(
        Card(Raw(f"Услуга {number}"), Raw("1 ч · 1 500 ₽"), f"https://pics.example/{number}.png", button)
        for number, button in enumerate(buttons)
        if number != without
    )
    back = act(Raw("Назад"), "back")
    return Screen(lines=(line(Raw("Что делаем?")),), choices=Choices(buttons, cards=cards), rows=((back,),))


def laid(count: int = 3, page: int = 0, **how: Any) -> Laid:
    return layout(screen(count, **how), texts("ru"), CAPS, rev=7, signer=SIGNER, page=page)


async def fetched(_address: str) -> tuple[str, bytes]:
    return "image/png", PNG


def answers(api: ScriptedVk, count: int) -> None:
    for number in range(count):
        api.answers["photos.getMessagesUploadServer"].append({"upload_url": "https://vk.test/upload"})
        api.answers["upload"].append({"server": 1, "photo": "p", "hash": "h", "file": ""})
        api.answers["photos.saveMessagesPhoto"].append([{"id": 500 + number, "owner_id": -GROUP_ID}])


async def ready(count: int = 3, abilities: Abilities | None = None) -> tuple[VkPresenter, ScriptedVk]:
    """A presenter whose pictures are with VK already."""
    outgoing, api = scripted()
    answers(api, count)
    pictures = Pictures(outgoing, fetched)
    pictures.photos([f"https://pics.example/{number}.png" for number in range(count)], "1001")
    await pictures.idle()
    where = Where(GROUP_ID, None, abilities or Abilities())
    return VkPresenter(outgoing, where, number=lambda count, _: count + 1, pictures=pictures), api


def test_cards_have_the_buttons_of_the_list() -> None:
    made = laid()
    assert [card.title for card in made.cards] == ["Услуга 0", "Услуга 1", "Услуга 2"]
    own = [row[0].value for row in made.rows[:3]]
    assert [card.buttons[0].value for card in made.cards] == own, "a press means the same"
    assert {card.buttons[1].label for card in made.cards} == {"Назад"}


def test_pages_go_on_from_each_card() -> None:
    first, second = laid(20), laid(20, page=1)
    assert 0 < len(first.cards) <= CAPS.cards
    assert [button.label for button in first.cards[0].buttons[1:]] == ["›", "Назад"]
    assert not {card.title for card in first.cards} & {card.title for card in second.cards}


def test_one_without_a_picture_makes_it_a_list() -> None:
    assert laid(3, without=1).cards == ()


def test_where_there_are_no_cards() -> None:
    assert layout(screen(3), texts("ru"), TELEGRAM, rev=7, signer=SIGNER).cards == ()


async def test_a_carousel_is_sent_within_vks_limits() -> None:
    presenter, api = await ready()
    await presenter.send("1001", laid())
    [sent] = api.named("messages.send")
    assert "keyboard" not in sent, "VK takes no keyboard beside a template"
    template = json.loads(sent["template"])
    assert template["type"] == "carousel"
    assert len({frozenset(each) for each in template["elements"]}) == 1
    element = template["elements"][0]
    assert element["photo_id"] == f"-{GROUP_ID}_500"
    assert [each["action"]["label"] for each in element["buttons"]] == ["Услуга 0", "Назад"]
    assert all(len(each["title"]) <= 80 and len(each["description"]) <= 80 for each in template["elements"])


async def test_until_vk_has_the_pictures_it_is_the_list() -> None:
    outgoing, api = scripted()
    answers(api, 3)
    pictures = Pictures(outgoing, fetched)
    where = Where(GROUP_ID)
    presenter = VkPresenter(outgoing, where, number=lambda count, _: count + 1, pictures=pictures)
    await presenter.send("1001", laid())
    assert "template" not in api.named("messages.send")[0]
    await pictures.idle()
    await presenter.send("1001", laid())
    assert "template" in api.named("messages.send")[1]


@pytest.mark.parametrize(
    "abilities", [Abilities(carousel=False), Abilities(actions=frozenset({"text"})), Abilities(inline=False)]
)
async def test_an_old_app_gets_the_list(abilities: Abilities) -> None:
    presenter, api = await ready(abilities=abilities)
    await presenter.send("1001", laid())
    assert "template" not in api.named("messages.send")[0]


async def test_a_carousel_is_replaced_not_edited() -> None:
    presenter, api = await ready()
    shown = await presenter.send("1001", laid())
    plain = Laid(spans=laid().spans, rows=laid().rows)
    assert await presenter.edit("1001", shown, plain) == "gone"
    assert [call["cmids"] for call in api.named("messages.delete")] == [shown]
    assert not api.named("messages.edit")


async def test_cards_that_vk_refuses_are_the_list() -> None:
    presenter, api = await ready()
    api.answers["messages.send"].append({"error": {"error_code": 100, "error_msg": "template"}})
    await presenter.send("1001", laid())
    assert ["template" in sent for sent in api.named("messages.send")] == [True, False]


async def test_a_picture_that_is_none_is_asked_for_once() -> None:
    asked: list[str] = []

    async def broken(address: str) -> tuple[str, bytes]:
        asked.append(address)
        raise ValueError("HTTP 404")

    outgoing, _ = scripted()
    pictures = Pictures(outgoing, broken)
    for _ in range(3):
        assert pictures.photos(["https://pics.example/0.png"], "1001") == {}
        await pictures.idle()
    assert asked == ["https://pics.example/0.png"]


@pytest.mark.parametrize(
    "address",
    [
        "http://pics.example/0.png",
        "https://127.0.0.1/0.png",
        "https://[::1]/0.png",
        "file:///etc/passwd",
        "https:///0.png",
    ],
)
async def test_our_own_network_is_none_of_anybodys_business(address: str) -> None:
    with pytest.raises((ValueError, OSError)):
        await fetch_picture(address)
