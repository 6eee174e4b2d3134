"""VK's API that answers at once, in memory, and knows which buttons stand in each chat."""

from __future__ import annotations

import itertools
import json
from typing import Any

from bots.vk.api import VkSession

Json = dict[str, Any]


class MemoryVk(VkSession):
    """``buttons``: label → payload of the newest screen in a chat; ``screens``: that screen's number."""

    def __init__(self) -> None:
        super().__init__("https://vk.test")
        self.buttons: dict[int, dict[str, str]] = {}
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
        rows = json.loads(data.get("keyboard") or '{"buttons": []}')["buttons"]
        actions = [button["action"] for row in rows for button in row]
        self.buttons[peer] = {action["label"]: action.get("payload", "") for action in actions}
