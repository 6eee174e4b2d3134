"""The methods of the Bot API that the sandbox knows, by name in lower case."""

from __future__ import annotations

from collections.abc import Mapping

from bots.sandbox.telegram.call import Handler
from bots.sandbox.telegram.methods import account, chats, delivery, editing, media, sending

METHODS: Mapping[str, Handler] = {
    name.lower(): handler
    for module in (account, chats, delivery, editing, media, sending)
    for name, handler in module.METHODS.items()
}
