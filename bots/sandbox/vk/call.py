"""A call on its way: who calls, with what, and the checks that many methods share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bots.sandbox.model import Bot, Chat
from bots.sandbox.vk.errors import VkError, bad
from bots.sandbox.vk.params import Params
from bots.sandbox.vk.polls import Polls
from bots.sandbox.vk.rules import VkRules
from bots.sandbox.vk.sent import SentNumbers
from bots.sandbox.world import World

#: Asks an address for the confirmation string; whether the right one came.
Confirm = Callable[[Bot, str, str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class ApiCall:
    """What a method's handler gets. ``base``: the address that all of VK's addresses begin with here."""

    bot: Bot
    params: Params
    world: World
    rules: VkRules
    sent: SentNumbers
    polls: Polls
    confirm: Confirm
    base: str

    def own_group(self) -> None:
        """``group_id`` must be the token's own community. Raises ``VkError``."""
        number = self.params.integer("group_id")
        if number is None:
            raise bad("group_id is undefined")
        if number != self.bot.id:
            raise VkError(125, "Invalid group id")

    def peer_chat(self, peer: int) -> Chat:
        """The conversation with ``peer``, where the community may write. Raises ``VkError``."""
        if peer not in self.world.state.people:
            raise VkError(936, "Contact not found")
        chat = self.world.chat(peer, self.bot.id)
        if chat is None or not chat.started or chat.blocked:
            raise VkError(901, "Can't send messages for users without permission")
        return chat


Handler = Callable[[ApiCall], Awaitable[Any]]
