"""How fast a bot may write."""

from __future__ import annotations

import pytest

from bots.sandbox.telegram.errors import ApiError
from bots.sandbox.telegram.rates import Rates
from bots.sandbox.telegram.rules import TelegramRules


class Seconds:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def retry_after(error: pytest.ExceptionInfo[ApiError]) -> int:
    assert error.value.code == 429
    assert error.value.parameters is not None
    return int(error.value.parameters["retry_after"])


def test_all_chats_share_a_sliding_second() -> None:
    seconds = Seconds()
    rates = Rates(TelegramRules(per_second=30), seconds)
    for chat in range(30):
        rates.spend(1, f"{chat}")
    with pytest.raises(ApiError) as refused:
        rates.spend(1, "another")
    assert retry_after(refused) == 1
    rates.spend(2, "another bot's chat")
    seconds.at += 0.99
    with pytest.raises(ApiError):
        rates.spend(1, "another")
    seconds.at += 0.02
    for chat in range(30):
        rates.spend(1, f"later {chat}")


def test_a_chat_has_a_burst_and_then_one_a_second() -> None:
    seconds = Seconds()
    rates = Rates(TelegramRules(chat_burst=3), seconds)
    for _ in range(3):
        rates.spend(1, "chat")
    with pytest.raises(ApiError) as refused:
        rates.spend(1, "chat")
    assert retry_after(refused) == 1
    seconds.at += 1
    rates.spend(1, "chat")
    with pytest.raises(ApiError):
        rates.spend(1, "chat")


def test_a_refused_message_costs_nothing() -> None:
    seconds = Seconds()
    rates = Rates(TelegramRules(chat_burst=1), seconds)
    rates.spend(1, "chat")
    for _ in range(50):
        with pytest.raises(ApiError):
            rates.spend(1, "chat")
    seconds.at += 1
    rates.spend(1, "chat")


def test_edits_count_more_gently() -> None:
    rates = Rates(TelegramRules(chat_burst=2, edit_cost=0.25), Seconds())
    for _ in range(8):
        rates.spend(1, "chat", edit=True)
    with pytest.raises(ApiError) as refused:
        rates.spend(1, "chat", edit=True)
    assert retry_after(refused) == 1


def test_can_be_switched_off() -> None:
    rates = Rates(TelegramRules(limit_rates=False), Seconds())
    for _ in range(1000):
        rates.spend(1, "chat")
