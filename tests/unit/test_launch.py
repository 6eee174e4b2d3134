"""What the Mini App's hosts sign, on the published rules' vectors, and what others forge."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.launch import (
    BadLaunch,
    TelegramKey,
    TelegramLaunch,
    VkKey,
    VkLaunch,
    is_vk_phone,
    read_telegram,
    read_vk,
)
from tests.support import launches
from tests.support.launches import NOW, SIGNED, TELEGRAM_VECTOR, VK_VECTOR
from tests.support.world import BOT_TOKEN, LAUNCH_KEYS, VK_APP

KEYS = LAUNCH_KEYS.telegram


def test_telegrams_vector() -> None:
    assert read_telegram(TELEGRAM_VECTOR, KEYS, NOW) == TelegramLaunch(
        bot_id=123456,
        user_id=1001,
        name="Анна",
        username=None,
        language="ru",
        may_write=False,
        start="book_42",
    )


def test_vks_vector() -> None:
    assert read_vk(VK_VECTOR, VK_APP, NOW) == VkLaunch(user_id=1001, group_id=555, language="ru")
    assert read_vk(f"?{VK_VECTOR}", VK_APP, NOW) == read_vk(VK_VECTOR, VK_APP, NOW)


@pytest.mark.parametrize("wrong", launches.forged_telegram(NOW))
def test_a_forged_telegram_launch(wrong: str) -> None:
    with pytest.raises(BadLaunch):
        read_telegram(launches.forged_telegram(NOW)[wrong], KEYS, NOW)


@pytest.mark.parametrize("wrong", launches.forged_vk(NOW))
def test_a_forged_vk_launch(wrong: str) -> None:
    with pytest.raises(BadLaunch):
        read_vk(launches.forged_vk(NOW)[wrong], VK_APP, NOW)


def test_no_bot_no_way_in() -> None:
    with pytest.raises(BadLaunch, match="another signature"):
        read_telegram(TELEGRAM_VECTOR, (), NOW)
    with pytest.raises(BadLaunch, match="no data"):
        read_telegram("", KEYS, NOW)
    with pytest.raises(BadLaunch, match="no data"):
        read_vk("?", VK_APP, NOW)


def test_the_refusal_quotes_nothing() -> None:
    """It goes to the log, where initData must not be."""
    for forged in launches.forged_telegram(NOW).values():
        with pytest.raises(BadLaunch) as refusal:
            read_telegram(forged, KEYS, NOW)
        assert len(str(refusal.value)) < 30
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@pytest.mark.parametrize(
    ("age", "good"),
    [
        (timedelta(0), True),
        (timedelta(hours=1), True),
        (timedelta(hours=1, seconds=1), False),
        (timedelta(seconds=-60), True),
        (timedelta(seconds=-61), False),
    ],
)
def test_how_long_it_is_good(age: timedelta, good: bool) -> None:
    if good:
        assert read_telegram(TELEGRAM_VECTOR, KEYS, SIGNED + age).user_id == 1001
        assert read_vk(VK_VECTOR, VK_APP, SIGNED + age).user_id == 1001
        return
    with pytest.raises(BadLaunch, match=r"too old|in the future"):
        read_telegram(TELEGRAM_VECTOR, KEYS, SIGNED + age)
    with pytest.raises(BadLaunch, match=r"too old|in the future"):
        read_vk(VK_VECTOR, VK_APP, SIGNED + age)


def test_it_says_which_bot() -> None:
    theirs = launches.telegram(NOW, token="654321:ANOTHER-BOT")
    assert read_telegram(theirs, KEYS, NOW).bot_id == 654321
    assert read_telegram(launches.telegram(NOW), KEYS, NOW).bot_id == 123456


def test_what_telegram_tells_of_a_person() -> None:
    person = {
        "last_name": "Ким 💅",
        "username": "anna",
        "allows_write_to_pm": True,
        "photo_url": "https:\\/\\/t.me\\/a",
    }
    launch = read_telegram(launches.telegram(NOW, person, start="b_demo"), KEYS, NOW)
    assert (launch.name, launch.username, launch.may_write) == ("Анна Ким 💅", "anna", True)
    assert launch.start == "b_demo"


def test_odd_things_that_were_signed_do_no_harm() -> None:
    person = '{"id": 7, "first_name": "А\\u0000н\\ud800на", "username": 5, "language_code": "ru\'; --"}'
    launch = read_telegram(launches.telegram(NOW, person, start="../x"), KEYS, NOW)
    assert (launch.name, launch.username, launch.language, launch.start) == ("Анна", None, None, None)
    assert len(read_telegram(launches.telegram(NOW, {"first_name": "я" * 500}), KEYS, NOW).name) == 128


def test_vk_signs_only_what_is_its_own() -> None:
    more = VK_VECTOR + "&odr_enabled=1&utm_source=%20"
    assert read_vk(more, VK_APP, NOW).user_id == 1001
    assert read_vk(launches.vk(NOW, vk_group_id=""), VK_APP, NOW).group_id is None
    assert read_vk(launches.vk(NOW, vk_access_token_settings="a,b c"), VK_APP, NOW).user_id == 1001


def test_vks_phone_in_each_spelling() -> None:
    sign = launches.vk_phone_sign("79001234567")
    assert is_vk_phone("79001234567", sign, 1001, VK_APP)
    assert is_vk_phone("79001234567", sign.rstrip("="), 1001, VK_APP)
    assert is_vk_phone("79001234567", sign.replace("+", "-").replace("/", "_").rstrip("="), 1001, VK_APP)
    assert not is_vk_phone("79001234568", sign, 1001, VK_APP)
    assert not is_vk_phone("79001234567", sign, 1002, VK_APP)
    assert not is_vk_phone("79001234567", sign, 1001, VkKey(VK_APP.app_id, "another"))
    assert not is_vk_phone("79001234567", "", 1001, VK_APP)
    assert not is_vk_phone("79001234567", "я" * 43, 1001, VK_APP)


@given(st.text())
def test_no_text_is_taken_for_a_launch(text: str) -> None:
    """And none does more than be refused."""
    with pytest.raises(BadLaunch):
        read_telegram(text, KEYS, NOW)
    with pytest.raises(BadLaunch):
        read_vk(text, VK_APP, NOW)


@given(st.data())
def test_one_character_changed(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TELEGRAM_VECTOR) - 1))
    other = data.draw(st.sampled_from("abcdef0123456789&=%_"))
    changed = TELEGRAM_VECTOR[:at] + other + TELEGRAM_VECTOR[at + 1 :]
    try:
        launch = read_telegram(changed, (TelegramKey.of_token(BOT_TOKEN),), NOW)
    except BadLaunch:
        return
    # Another spelling of the same: the same letter, or %d0 for %D0.
    assert launch == read_telegram(TELEGRAM_VECTOR, KEYS, NOW)
