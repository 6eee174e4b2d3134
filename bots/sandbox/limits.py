"""How much the sandbox keeps, so that a long demo doesn't grow without end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorldLimits:
    """The oldest go first where a number is reached; files are counted in pieces and bytes."""

    people: int = 200
    bots: int = 50
    messages_per_chat: int = 400
    presses: int = 500
    files: int = 400
    file_bytes: int = 64 * 1024 * 1024
    feed: int = 2000
    events: int = 2000
    calls: int = 400
    call_text: int = 6000
