"""The page's words, and the launch data of Mini Apps."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiogram.utils.web_app import check_webapp_signature, safe_parse_webapp_init_data

import bots.sandbox.page
from bots.sandbox.model import Bot, Messenger, Person
from bots.sandbox.telegram.launch import contact_data, init_data, launch_url
from bots.sandbox.vk.launch import phone_sign
from bots.sandbox.vk.rules import MiniApp
from locales import LOCALES, texts

PAGE = Path(bots.sandbox.page.__file__).parent
WHOLE = re.compile(r"""["'`](sandbox\.[a-z0-9_.]+)["'`]""")
BEGUN = re.compile(r"""["'`](sandbox\.[a-z0-9_.]+\.)(?:\$\{|" ~)""")


def used() -> tuple[set[str], set[str]]:
    """The texts that the page names in full, and the beginnings of those that it puts together."""
    sources = [path.read_text() for path in (*PAGE.rglob("*.js"), *PAGE.rglob("*.html"))]
    whole = {name for source in sources for name in WHOLE.findall(source)}
    begun = {name for source in sources for name in BEGUN.findall(source)}
    return whole, begun


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_of_the_page_is_in_the_catalogue(locale: str) -> None:
    whole, begun = used()
    ids = {name for name in texts(locale).ids() if name.startswith("sandbox.")}
    assert whole
    assert {name for name in whole if not name.endswith(".")} <= ids
    assert all(any(name.startswith(start) for name in ids) for start in begun)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_lies_unused(locale: str) -> None:
    whole, begun = used()
    ids = {name for name in texts(locale).ids() if name.startswith("sandbox.")}
    assert {name for name in ids - whole if not name.startswith(tuple(begun))} == set()


def test_launch_data_is_signed_as_telegram_signs_it() -> None:
    bot = Bot(77, Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    anna = Person(1001, "Анна", "Ё & Ко", "ru")
    now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    parsed = safe_parse_webapp_init_data("77:AA", init_data(bot, anna, now, start="b_demo"))
    assert parsed.user is not None
    assert (parsed.user.id, parsed.user.last_name, parsed.start_param) == (1001, "Ё & Ко", "b_demo")
    assert parsed.auth_date == now
    with pytest.raises(ValueError, match="Invalid init data"):
        safe_parse_webapp_init_data("77:BB", init_data(bot, anna, now))


def test_a_panel_button_opens_an_app_without_launch_data() -> None:
    bot = Bot(77, Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    person = Person(1001, "Анна")
    signed = launch_url("https://a.example/app?x=1#old", bot, person, now, start="s1")
    assert parse_qs(urlsplit(signed).query) == {"x": ["1"], "tgWebAppStartParam": ["s1"]}
    assert "tgWebAppData=auth_date" in signed
    assert "old" not in signed
    bare = launch_url("https://a.example/app", bot, person, now, signed=False)
    assert parse_qs(urlsplit(bare).fragment, keep_blank_values=True)["tgWebAppData"] == [""]


def test_whether_the_bot_may_write_is_told_to_the_app() -> None:
    bot = Bot(77, Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    now, person = datetime(2026, 11, 25, 12, 0, tzinfo=UTC), Person(1001, "Анна")
    told = [
        safe_parse_webapp_init_data("77:AA", init_data(bot, person, now, may_write=may_write)).user
        for may_write in (True, False)
    ]
    assert [user and user.allows_write_to_pm for user in told] == [True, None]


def test_a_shared_contact_is_signed_for_the_app() -> None:
    bot = Bot(77, Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    now, person = datetime(2026, 11, 25, 12, 0, tzinfo=UTC), Person(1001, "Анна", phone="+79161234501")
    data = contact_data(bot, person, now)
    assert check_webapp_signature("77:AA", data)
    assert not check_webapp_signature("77:BB", data)
    [contact] = parse_qs(data)["contact"]
    assert json.loads(contact)["phone_number"] == "79161234501"


def test_a_phone_given_to_a_vk_app_is_signed() -> None:
    app, person = MiniApp("https://a.example/app", "test-secure-key"), Person(1001, "Анна")
    words = b"7000001test-secure-key1001phone_number79161234501"
    sign = phone_sign(7000001, app, person, "79161234501")
    assert base64.b64decode(sign) == hashlib.sha256(words).digest()
