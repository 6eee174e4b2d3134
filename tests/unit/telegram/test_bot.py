"""The connection: nobody ever sees the secret part of a token."""

from __future__ import annotations

import logging

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe
from aiogram.utils.token import TokenValidationError

from bots.telegram.bot import BotSession, make_bot, mask_tokens
from tests.support.bot_api import TOKEN

SECRET = TOKEN.partition(":")[2]


def test_tokens_are_masked_wherever_they_stand() -> None:
    said = mask_tokens(f"POST https://api.telegram.org/bot{TOKEN}/sendMessage failed; {TOKEN}")
    assert said == "POST https://api.telegram.org/bot42:…/sendMessage failed; 42:…"
    assert mask_tokens("at 12:30 the visit 4:2") == "at 12:30 the visit 4:2"


async def test_errors_of_http_do_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    session = BotSession("no-address")
    bot = make_bot(TOKEN, session)
    try:
        with pytest.raises(TelegramNetworkError) as failed:
            await bot(GetMe())
        try:
            await bot(GetMe())
        except TelegramNetworkError:
            logging.getLogger("test").exception("as it would be logged")
    finally:
        await session.close()
    assert SECRET not in str(failed.value)
    assert SECRET not in caplog.text


def test_a_broken_token_is_refused_without_being_shown() -> None:
    with pytest.raises(TokenValidationError) as refused:
        make_bot(f"x{SECRET}", BotSession())
    assert SECRET not in str(refused.value)
