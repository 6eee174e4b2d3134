"""VK's API in memory: it remembers each call and answers what a test put down, else what is usual."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict, deque
from typing import Any, NamedTuple

from bots.common.pace import Limits, Pace
from bots.vk.api import Community, NoAnswer, VkSession
from bots.vk.outgoing import Outgoing

Json = dict[str, Any]
GROUP_ID = 220001
TOKEN = "vk1.a.this_is_secret"


class Call(NamedTuple):
    """A call as it was made."""

    method: str
    params: Json


def refusal(code: int, words: str = "refused") -> Json:
    """An error as VK tells it."""
    repeated = [{"key": "message", "value": "somebody's words"}]
    return {"error": {"error_code": code, "error_msg": words, "request_params": repeated}}


class ScriptedVk(VkSession):
    """``answers[method]`` are used up first: responses, refusals or exceptions."""

    def __init__(self) -> None:
        super().__init__("https://vk.test")
        self.calls: list[Call] = []
        self.headers: list[Json] = []
        self.answers: defaultdict[str, deque[Any]] = defaultdict(deque)
        self._numbers = itertools.count(100)

    def named(self, method: str) -> list[Json]:
        """The parameters of all calls of ``method``."""
        return [call.params for call in self.calls if call.method == method]

    async def read(
        self,
        url: str,
        *,
        method: str = "POST",
        data: Any = None,
        params: Json | None = None,
        headers: dict[str, str] | None = None,
        seconds: float | None = None,
    ) -> Any:
        """Answer as the real session does."""
        name = url.rpartition("/")[2]
        given = dict(data) if isinstance(data, dict) else dict(params or {})
        self.calls.append(Call(name, given))
        self.headers.append(dict(headers or {}))
        answer = self.answers[name].popleft() if self.answers[name] else self._usual(name, given)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, dict) and (answer.keys() & {"error", "response", "ts", "failed", "file"}):
            return answer
        return {"response": answer}

    def _usual(self, name: str, given: Json) -> Any:
        match name:
            case "messages.send":
                number = next(self._numbers)
                peer = int(given["peer_ids"])
                return [{"peer_id": peer, "message_id": number + 1000, "conversation_message_id": number}]
            case "users.get":
                return [{"id": int(given["user_ids"]), "first_name": "Анна", "last_name": "Смирнова"}]
            case "docs.getMessagesUploadServer":
                return {"upload_url": "https://vk.test/upload"}
            case "docs.save":
                return {"type": "doc", "doc": {"id": 7, "owner_id": -GROUP_ID}}
            case "upload":
                return {"file": "uploaded"}
            case _:
                return 1


def scripted() -> tuple[Outgoing, ScriptedVk]:
    """A community's way out whose VK is the script."""
    api = ScriptedVk()
    pace = Pace(Limits(per_second=1000, chat_burst=1000.0, chat_per_second=1000.0))
    return Outgoing(Community(GROUP_ID, TOKEN, api), pace, pauses=(0.0, 0.0)), api


def keyboard_of(params: Json) -> Json:
    """The keyboard of a call."""
    keyboard: Json = json.loads(params["keyboard"])
    return keyboard


LOST = NoAnswer("ServerDisconnectedError")
