"""What a messenger can show. The numbers stand in ``bots/<messenger>/caps.py``, one file each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits of one messenger.

    ``text``: longest text by ``measure``. ``rows``, ``columns``, ``buttons``: of an inline keyboard.
    ``label``: longest label in characters. ``payload``: bytes of a press. ``contact``: a button may ask for
    the phone. ``wide_links``: a link takes a row of its own. ``grid``: keyboards big enough for a month.
    ``cards``: how many cards with pictures can stand side by side, each with ``card_buttons`` and texts of
    ``card_text`` characters; 0: none. ``edits_keyboard_away``: an old message's keyboard can be taken away.
    """

    name: str
    text: int
    rows: int
    columns: int
    buttons: int
    label: int
    payload: int
    contact: bool
    wide_links: bool
    grid: bool
    measure: Callable[[str], int] = len
    cards: int = 0
    card_buttons: int = 0
    card_text: int = 0
