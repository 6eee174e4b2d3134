"""What a step answers to an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bots.dialogs.screen import Screen, Words


@dataclass(frozen=True, slots=True)
class Go:
    """Show ``step`` of the same flow (None: the same step again) with ``data``. ``toast``: a short word over
    the screen; ``note``: a line above the next screen.

    ``push`` False: the present step is left out of the way back. ``extra``: separate messages before the
    screen (a file, a place on the map).
    """

    data: Any
    step: str | None = None
    toast: Words | None = None
    note: Words | None = None
    push: bool = True
    extra: tuple[Screen, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """Begin another flow. ``keep_trail``: the way back leads here."""

    flow: str
    step: str | None = None
    data: Any = None
    toast: Words | None = None
    note: Words | None = None
    keep_trail: bool = False


@dataclass(frozen=True, slots=True)
class Back:
    """One step back; from the first one to the flow ``home``.

    ``carry``: fields that keep their present values in the step returned to, when it is of the same flow:
    what was typed is never lost.
    """

    toast: Words | None = None
    carry: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Only a short word or extra messages: the screen stays as it is."""

    toast: Words | None = None
    alert: bool = False
    extra: tuple[Screen, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class NotMine:
    """The step has no use for these words: they are read as a request of their own (a command in words), else
    ``note`` or a general word of help stands above the same screen.
    """

    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """The dialog is over and leaves its message to the outbox, which is about to edit it (a receipt);
    what the person does next begins anew, below.
    """

    toast: Words | None = None


Transition = Go | Start | Back | Answer | NotMine | Leave
