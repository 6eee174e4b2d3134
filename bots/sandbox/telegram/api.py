"""The Bot API as a whole: finds the method, runs it, turns refusals into answers, keeps the log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from bots.sandbox.faults import Fault, FaultKind
from bots.sandbox.model import Bot, Messenger
from bots.sandbox.telegram.call import ApiCall
from bots.sandbox.telegram.errors import ApiError, not_found, server_error, too_many, unauthorized
from bots.sandbox.telegram.methods import METHODS
from bots.sandbox.telegram.params import Params
from bots.sandbox.telegram.rates import Rates
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.telegram.updates import Polls
from bots.sandbox.telegram.webhooks import Webhooks
from bots.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; ``drop`` means that the connection breaks instead, ``hang`` that nothing ever comes."""

    status: int
    body: dict[str, Any]
    drop: bool = False
    hang: bool = False


class BotApi:
    """Serves all Telegram bots of a world."""

    def __init__(self, world: World, rules: TelegramRules | None = None) -> None:
        self.world = world
        self.rules = rules or TelegramRules()
        self._rates = Rates(self.rules)
        self._polls = Polls(world)
        self.webhooks = Webhooks(world, self.rules, self.execute)

    async def answer(self, token: str, method: str, params: Params) -> Answer:
        """What the call ``/bot<token>/<method>`` gets."""
        started = time.perf_counter()
        bot = self.world.bot_by_token(Messenger.TELEGRAM, token)
        fault = self.world.faults.take(method) if bot else None
        try:
            if bot is None:
                raise unauthorized()
            if fault is not None:
                _refuse(fault)
            result = await self.execute(bot, method, params)
            answer = Answer(200, {"ok": True, "result": result}, drop=fault is not None)
        except ApiError as refused:
            answer = Answer(refused.code, refused.body())
        except _Broken as broken:
            answer = Answer(0, {"broken": broken.kind.value}, drop=True, hang=broken.kind is FaultKind.HANG)
        if not _is_idle_poll(method, answer):
            self.world.calls.write(
                at=self.world.clock.now(),
                direction="call",
                bot=bot.username if bot else "",
                token=token,
                method=method,
                params=params.for_log(),
                status=answer.status,
                answer=answer.body,
                ms=(time.perf_counter() - started) * 1000,
            )
        return answer

    async def execute(self, bot: Bot, method: str, params: Params) -> Any:
        """The method's result. Raises ``ApiError``."""
        handler = METHODS.get(method.lower())
        if handler is None:
            raise not_found()
        return await handler(ApiCall(bot, params, self.world, self.rules, self._rates, self._polls))


class _Broken(Exception):
    def __init__(self, kind: FaultKind) -> None:
        super().__init__(kind)
        self.kind = kind


def _refuse(fault: Fault) -> None:
    """Fails the call before any effect; a connection that drops afterwards is the answer's business."""
    match fault.kind:
        case FaultKind.SERVER_ERROR:
            raise server_error()
        case FaultKind.TOO_MANY:
            raise too_many(fault.seconds)
        case FaultKind.HANG | FaultKind.DROP:
            raise _Broken(fault.kind)
        case FaultKind.DROP_AFTER:
            return


def _is_idle_poll(method: str, answer: Answer) -> bool:
    return method.lower() == "getupdates" and answer.status == 200 and not answer.body["result"]
