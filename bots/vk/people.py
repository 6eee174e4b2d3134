"""What people are called: VK's events name them by number alone, so they are asked for, once in a while."""

from __future__ import annotations

import logging

from vkbottle import VKAPIError

from bots.common.pace import Manner
from bots.dialogs.present import NotShown, Unreachable
from bots.vk.abilities import Lately
from bots.vk.outgoing import Outgoing, told

_log = logging.getLogger(__name__)


class People:
    """The names of those who were seen lately."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._names: Lately[str] = Lately()

    async def name(self, user: str) -> str:
        """First and last name; empty when VK doesn't tell just now."""
        known = self._names.get(user)
        if known is not None:
            return known
        try:
            found = await self._outgoing.call(
                "users.get", {"user_ids": user}, chat=user, manner=Manner(patience=2.0)
            )
        except (VKAPIError, Unreachable, NotShown) as error:
            _log.debug("name not known: %s", told(error))
            return ""
        person = found[0] if isinstance(found, list) and found else {}
        name = f"{person.get('first_name') or ''} {person.get('last_name') or ''}".strip()
        self._names.put(user, name)
        return name
