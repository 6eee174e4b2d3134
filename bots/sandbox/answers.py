"""Has the bot answered? The rule by which testers wait, one for all messengers, no fixed sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bots.sandbox.model import Chat, Press
from bots.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Answered:
    """``changed``: the chat did; ``unanswered``: presses whose spinner still turns."""

    changed: bool
    unanswered: tuple[str, ...]
    timed_out: bool


async def await_answer(
    world: World,
    chat: Chat,
    since: int,
    presses: Sequence[Press],
    *,
    seconds: float,
    settle: float,
    patience: float,
) -> Answered:
    """Waits until the bot answered what the person did at revision ``since``, ``seconds`` at most.

    A message is answered by a change of the chat. A press is answered when its callback is, and with a text
    or an address that is all; a silent one promises a change of the chat, which is waited for ``patience``
    seconds, since a bot may mean nothing by it. Then the chat must stay still for ``settle`` seconds, since
    an answer may be several.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    silent_since: float | None = None
    still_since, last = loop.time(), chat.bot_revision
    while True:
        now = loop.time()
        changed = chat.bot_revision > since
        open_presses = tuple(press.id for press in presses if not press.answered)
        spoken = any(press.text or press.url for press in presses)
        if chat.bot_revision != last:
            still_since, last = now, chat.bot_revision
        if presses and not open_presses and silent_since is None:
            silent_since = now
            still_since = max(still_since, now)
        if open_presses or not (changed or spoken):
            limit = deadline if silent_since is None else min(deadline, silent_since + patience)
        else:
            limit = min(deadline, still_since + settle)
        if now >= limit or world.closing.is_set():
            return Answered(changed, open_presses, timed_out=bool(open_presses) or not (changed or presses))
        await world.changed.wait(limit - now)
