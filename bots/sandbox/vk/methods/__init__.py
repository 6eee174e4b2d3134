"""The methods that there are, by name (names are read without regard to case)."""

from __future__ import annotations

from bots.sandbox.vk.call import Handler
from bots.sandbox.vk.methods import groups, messages, others

METHODS: dict[str, Handler] = {
    name.lower(): handler
    for part in (messages.METHODS, groups.METHODS, others.METHODS)
    for name, handler in part.items()
}
