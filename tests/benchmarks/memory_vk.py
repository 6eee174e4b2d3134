"""VK's API that answers at once, in memory, and knows which buttons stand in each chat."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from bots.vk.api import VkSession

Json = dict[str, Any]


class _Screens(Mapping[int, Mapping[str, str]]):
    """Keyboards as they were sent, by chat: read when somebody presses a button, which is no work of the
    bot's.
    """

    def __init__(self) -> None:
        self.sent: dict[int, str] = {}

    def __getitem__(self, peer: int) -> Mapping[str, str]:
        keyboard = self.sent[peer]
        rows = orjson.loads(keyboard)["buttons"] if keyboard else []
        actions = [button["action"] for row in rows for button in row]
        return {action["label"]: action.get("payload", "") for action in actions}

    def __iter__(self) -> Iterator[int]:
        return iter(self.sent)

    def __len__(self) -> int:
        return len(self.sent)


class MemoryVk(VkSession):
    """``buttons``: label → payload of the newest screen in a chat; ``screens``: that screen's number."""

    def __init__(self) -> None:
        super().__init__("https://vk.test")
        self._sent = _Screens()
        self.buttons: Mapping[int, Mapping[str, str]] = self._sent
        self.screens: dict[int, int] = {}
        self._numbers = itertools.count(1)

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
        """Done."""
        match url.rpartition("/")[2]:
            case "messages.send":
                peer, number = int(data["peer_ids"]), next(self._numbers)
                self._shown(peer, number, data)
                return {"response": [{"peer_id": peer, "conversation_message_id": number}]}
            case "messages.edit":
                self._shown(int(data["peer_id"]), int(data["conversation_message_id"]), data)
                return {"response": 1}
            case "users.get":
                return {"response": [{"id": int(data["user_ids"]), "first_name": "Ольга", "last_name": ""}]}
            case _:
                return {"response": 1}

    def _shown(self, peer: int, number: int, data: Json) -> None:
        self.screens[peer] = number
        self._sent.sent[peer] = data.get("keyboard") or ""
