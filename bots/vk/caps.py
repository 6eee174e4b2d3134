"""VK's limits, in one place (dev.vk.com: bot keyboards; the texts' limit is the safe one of those seen)."""

from __future__ import annotations

from typing import Final

from bots.dialogs.caps import Caps

CAPS: Final = Caps(
    name="vk",
    text=4000,
    rows=6,
    columns=5,
    buttons=10,
    label=40,
    payload=200,
    contact=False,
    wide_links=True,
    grid=False,
    cards=10,
    card_buttons=3,
    card_text=80,
)

#: A button's payload as VK takes it, JSON around ours, in characters.
PAYLOAD: Final = 255
#: The text of a press's answer.
SNACKBAR: Final = 90
#: The largest number that ``random_id`` can be: it is a signed int32.
RANDOM_ID: Final = 2**31 - 1
