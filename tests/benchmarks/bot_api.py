"""A Bot API that enforces its limit: 30 messages in any second, more is a 429.

``GET /told`` says what came: how many messages were taken, how many refused, the seconds from the first to the
last, and whether a bot has asked who it is. An answer takes 80 ms, as over a real network.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from typing import Final

import uvloop
from aiohttp import web

LIMIT: Final = 30
_ANSWER_SECONDS: Final = 0.08
_POLL_SECONDS: Final = 1.0
_METHOD: Final = "/{token:bot.+}/{method}"
_RESULTS: Final = {
    "getUpdates": [],
    "getMe": {"id": 42, "is_bot": True, "first_name": "Bench", "username": "bench_bot"},
}


class Counter:
    """The window that slides over the last second."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.refused = 0
        self.known = False
        self._window: deque[float] = deque()

    def take(self) -> bool:
        """One more now; False when the second is full."""
        now = time.monotonic()
        while self._window and self._window[0] <= now - 1.0:
            self._window.popleft()
        if len(self._window) >= LIMIT:
            self.refused += 1
            return False
        self._window.append(now)
        self.taken.append(now)
        return True

    def told(self) -> dict[str, float]:
        """What came so far."""
        seconds = self.taken[-1] - self.taken[0] if self.taken else 0.0
        taken = len(self.taken)
        return {"taken": taken, "refused": self.refused, "seconds": seconds, "known": self.known}


def make_app() -> web.Application:
    """The server."""
    counter = Counter()

    async def call(request: web.Request) -> web.Response:
        await request.read()
        method = request.match_info["method"]
        if method != "sendMessage":
            await asyncio.sleep(_POLL_SECONDS if method == "getUpdates" else _ANSWER_SECONDS)
            counter.known = counter.known or method == "getMe"
            return web.json_response({"ok": True, "result": _RESULTS.get(method, True)})
        if not counter.take():
            parameters = {"retry_after": 1}
            refusal = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1"}
            return web.json_response({**refusal, "parameters": parameters}, status=429)
        number = len(counter.taken)
        await asyncio.sleep(_ANSWER_SECONDS)
        sent = {"message_id": number, "date": 0, "chat": {"id": 1, "type": "private"}, "text": "x"}
        return web.json_response({"ok": True, "result": sent})

    async def told(_: web.Request) -> web.Response:
        return web.json_response(counter.told())

    app = web.Application()
    app.add_routes([web.get("/told", told), web.post(_METHOD, call)])
    return app


def main() -> None:
    """``python -m tests.benchmarks.bot_api PORT``."""
    uvloop.install()
    web.run_app(make_app(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
