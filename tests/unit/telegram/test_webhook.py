"""Webhooks: who may post, what is an update, when it is acknowledged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bots.common.inbox import NotReady
from bots.telegram.webhook import receiver

SECRET = "correct-horse_battery"
BODY = json.dumps({"update_id": 1, "message": {}}).encode()


class Bot:
    """A receiver that remembers; ``trouble`` is raised instead."""

    def __init__(self, secret: str | None = SECRET) -> None:
        self.webhook_secret = secret
        self.taken: list[dict[str, Any]] = []
        self.trouble: Exception | None = None

    async def take(self, updates: list[dict[str, Any]]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.taken += updates


async def test_a_stored_update_is_acknowledged() -> None:
    bot = Bot()
    assert await receiver({42: bot})(42, SECRET, BODY) == 200
    assert bot.taken == [{"update_id": 1, "message": {}}]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "пароль", "\udce9"])
async def test_a_wrong_secret_stores_nothing(secret: str | None) -> None:
    bot = Bot()
    assert await receiver({42: bot})(42, secret, BODY) == 401
    assert bot.taken == []


@pytest.mark.parametrize("given", [None, ""])
async def test_no_secret_configured_lets_nobody_in(given: str | None) -> None:
    assert await receiver({42: Bot("")})(42, given, BODY) == 401


async def test_unknown_bots_and_bots_that_poll_are_not_here() -> None:
    receive = receiver({42: Bot(None)})
    assert await receive(42, SECRET, BODY) == 404
    assert await receive(43, SECRET, BODY) == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"update_id": "1"}', b'{"update_id": true}', b"\xff\xff"],
)
async def test_what_is_no_update_is_refused(body: bytes) -> None:
    bot = Bot()
    assert await receiver({42: bot})(42, SECRET, body) == 400
    assert bot.taken == []


@pytest.mark.parametrize("trouble", [NotReady(), ConnectionError("no database")])
async def test_what_is_not_stored_is_to_be_delivered_again(trouble: Exception) -> None:
    bot = Bot()
    bot.trouble = trouble
    assert await receiver({42: bot})(42, SECRET, BODY) == 503
