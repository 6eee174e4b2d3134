"""What every flow answers the same way."""

from __future__ import annotations

from typing import Final

from bots.dialogs.event import Event, Pressed, Typed
from bots.dialogs.screen import Act, act, t
from bots.dialogs.transition import Back, NotMine, Start, Transition
from bots.dialogs.vocabulary import BACK as BACK_WORDS
from bots.dialogs.vocabulary import STOP as STOP_WORDS

BACK: Final = "back"
HOME: Final = "home"


def back_button() -> Act:
    """One step back."""
    return act(t("button.back"), BACK)


def home_button() -> Act:
    """To the beginning."""
    return act(t("button.home"), HOME)


def pressed(event: Event, *names: str) -> tuple[str | int | bool | None, ...] | None:
    """The arguments of a press of one of these actions; None for everything else."""
    if isinstance(event, Pressed) and event.action.name in names:
        return event.action.args
    return None


def plain_words(text: str) -> str:
    """Typed words as they are compared."""
    return " ".join(text.lower().replace("ё", "е").split()).strip(" .,!?…")


def general(event: Event, *, carry: tuple[str, ...] = (), stop: str | None = None) -> Transition:
    """The way back and the way out, pressed or typed; the rest is not this step's.

    ``stop``: the flow that «отмена» leads to, where there is something under way to be given up.
    """
    if pressed(event, BACK) is not None:
        return Back(carry=carry)
    if pressed(event, HOME) is not None:
        return Start("home")
    if isinstance(event, Typed):
        words = plain_words(event.text)
        if words in BACK_WORDS:
            return Back(carry=carry)
        if stop is not None and words in STOP_WORDS:
            return Start(stop, note=t("stopped"))
    return NotMine()
