"""What a messenger's adapter needs from others."""

from __future__ import annotations

from typing import Protocol

from bots.dialogs.event import Incoming
from bots.dialogs.present import Presenter, Press
from bots.dialogs.runtime import Sender
from core.domain.client import Channel


class Dialogs(Protocol):
    """Who answers events: :class:`bots.dialogs.runtime.Runtime`."""

    async def handle(
        self, incoming: Incoming, sender: Sender, presenter: Presenter, press: Press | None = None
    ) -> None: ...

    async def estranged(self, channel: Channel, account: str, user: str) -> None: ...


class Reach(Protocol):
    """Who notes that somebody blocked us: ``core.services.clients.Clients``."""

    async def set_reachable(
        self, channel: Channel, account_key: str, external_id: str, *, reachable: bool
    ) -> None: ...
