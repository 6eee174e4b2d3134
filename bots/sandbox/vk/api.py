"""VK's API as a whole: finds the method, runs it, turns refusals into answers, keeps the log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from bots.sandbox.faults import Fault, FaultKind
from bots.sandbox.model import Bot, Messenger
from bots.sandbox.vk.call import ApiCall
from bots.sandbox.vk.callbacks import Callbacks
from bots.sandbox.vk.errors import VkError, bad, internal, too_many, unauthorized, unknown_method
from bots.sandbox.vk.methods import METHODS
from bots.sandbox.vk.params import Params
from bots.sandbox.vk.polls import Polls
from bots.sandbox.vk.rates import Rates
from bots.sandbox.vk.rules import VkRules
from bots.sandbox.vk.sent import SentNumbers
from bots.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's body; ``drop`` means that the connection breaks instead, ``hang`` that nothing comes."""

    body: dict[str, Any]
    drop: bool = False
    hang: bool = False


class VkApi:
    """Serves all communities of a world."""

    def __init__(self, world: World, rules: VkRules | None = None) -> None:
        self.world = world
        self.rules = rules or VkRules()
        self.polls = Polls(world)
        self.callbacks = Callbacks(world, self.rules)
        self._rates = Rates(self.rules)
        self._sent = SentNumbers(self.rules.same_number)

    async def answer(self, token: str, method: str, params: Params, base: str) -> Answer:
        """What ``/method/<method>`` gets; ``base``: the address that it came to, up to there."""
        started = time.perf_counter()
        bot = self.world.bot_by_token(Messenger.VK, token)
        fault = self.world.faults.take(method) if bot else None
        try:
            result = await self._execute(_allowed(bot, params, fault), method, params, base)
            answer = Answer({"response": result}, drop=fault is not None)
        except VkError as refused:
            answer = Answer(refused.body({"method": method}))
        except _Broken as broken:
            answer = Answer({"broken": broken.kind.value}, drop=True, hang=broken.kind is FaultKind.HANG)
        error = answer.body.get("error")
        self.world.calls.write(
            at=self.world.clock.now(),
            direction="call",
            bot=bot.username if bot else "",
            token=token,
            method=method,
            params=params.for_log(),
            status=error["error_code"] if error else 200,
            answer=answer.body,
            ms=(time.perf_counter() - started) * 1000,
        )
        return answer

    async def _execute(self, bot: Bot, method: str, params: Params, base: str) -> Any:
        self._rates.spend(bot.id)
        handler = METHODS.get(method.lower())
        if handler is None:
            raise unknown_method()
        return await handler(
            ApiCall(
                bot,
                params,
                self.world,
                self.rules,
                self._sent,
                self.polls,
                self.callbacks.confirm,
                base,
            )
        )

    def store(self, group_id: int, name: str, mime: str, content: bytes) -> dict[str, Any]:
        """What an upload gets: a word for ``docs.save``."""
        bot = self.world.state.bots.get(group_id)
        if bot is None or bot.messenger is not Messenger.VK or not content:
            return {"error": "no file"}
        if len(content) > self.rules.upload_bytes:
            return {"error": "ERR_UPLOAD_BAD_DOCS_SIZE"}
        return {"file": self.world.store_file(bot, "docs", name, mime, content).id}

    def store_photo(self, group_id: int, name: str, mime: str, content: bytes) -> dict[str, Any]:
        """What an upload of a picture gets: the words for ``photos.saveMessagesPhoto``."""
        bot = self.world.state.bots.get(group_id)
        if bot is None or bot.messenger is not Messenger.VK or not content or not mime.startswith("image/"):
            return {"error": "ERR_UPLOAD_BAD_IMAGE"}
        stored = self.world.store_file(bot, "photos", name, mime, content)
        return {"server": 1, "photo": '[{"photo":"kept"}]', "hash": stored.id}

    async def check(self, group_id: int, act: str, key: str, ts: str, wait: str) -> dict[str, Any]:
        """What a call of Long Poll gets."""
        bot = self.world.state.bots.get(group_id)
        if bot is None or bot.messenger is not Messenger.VK or act != "a_check":
            return bad("act is invalid").body()
        seconds = min(max(int(wait) if wait.isdigit() else 25, 0), self.rules.poll_seconds)
        return await self.polls.check(bot, key, ts, seconds)


class _Broken(Exception):
    def __init__(self, kind: FaultKind) -> None:
        super().__init__(kind)
        self.kind = kind


def _allowed(bot: Bot | None, params: Params, fault: Fault | None) -> Bot:
    """Whose call it is. Raises ``VkError``, and whatever was planned to go wrong."""
    if not params.has("v"):
        raise VkError(8, "Invalid request: v is required")
    if bot is None:
        raise unauthorized()
    if fault is not None:
        _refuse(fault)
    return bot


def _refuse(fault: Fault) -> None:
    """Fails the call before any effect; a connection that drops afterwards is the answer's business."""
    match fault.kind:
        case FaultKind.SERVER_ERROR:
            raise internal()
        case FaultKind.TOO_MANY:
            raise too_many()
        case FaultKind.HANG | FaultKind.DROP:
            raise _Broken(fault.kind)
        case FaultKind.DROP_AFTER:
            return
