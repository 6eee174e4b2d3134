"""Telegram's limits, in one place.

The numbers of keyboards are widely seen ones, the documentation names none: 8 buttons in a row, 100 in all.
We show fewer rows than would go: a list that is longer than a screen is paged.
"""

from __future__ import annotations

from typing import Final

from bots.dialogs.caps import Caps


def utf16(text: str) -> int:
    """The length that Telegram counts: UTF-16 code units, of which most emoji have two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut_utf16(text: str, limit: int) -> str:
    """``text`` within ``limit`` UTF-16 units, an ellipsis where it was cut."""
    if utf16(text) <= limit:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * (limit - 1)].decode("utf-16-le", "ignore") + "…"


CAPS: Final = Caps(
    name="telegram",
    text=4096,
    rows=14,
    columns=8,
    buttons=100,
    label=64,
    payload=64,
    contact=True,
    wide_links=False,
    grid=True,
    measure=utf16,
)

#: A caption of a file, in UTF-16 units after the markup is taken off.
CAPTION: Final = 1024
#: The text of a press's answer, in UTF-16 units.
TOAST: Final = 200
