"""Brings a laid screen before its reader: in place where possible, anew where not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bots.dialogs.caps import Caps
from bots.dialogs.layout import Laid


class Mode(StrEnum):
    """How a screen comes before the reader."""

    EDIT = "edit"
    SEND = "send"
    REPLACE = "replace"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Shown:
    """The screen that stands in the chat: its message, what it shows, whether its buttons are a reply
    keyboard.
    """

    message_id: str
    digest: str
    reply: bool


def choose_mode(shown: Shown | None, laid: Laid, *, pressed: str | None, digest: str | None = None) -> Mode:
    """How to show ``laid``. ``pressed``: the message whose button was pressed, None when the person wrote
    something, so that the old screen has scrolled away. ``digest``: that of ``laid``, where it is known.

    A reply keyboard, a file or a place can't be edited into or out of a message. Pure.
    """
    if shown is None:
        return Mode.SEND
    if pressed != shown.message_id:
        return Mode.REPLACE
    if shown.digest == (digest or laid.digest()):
        return Mode.SKIP
    if shown.reply or laid.reply or laid.file or laid.place:
        return Mode.REPLACE
    return Mode.EDIT


class Edited(StrEnum):
    """What became of an edit."""

    DONE = "done"
    GONE = "gone"


class Unreachable(Exception):
    """The person blocked us or never allowed messages."""


class NotShown(Exception):
    """The messenger doesn't take anything at this moment: its trouble, or the way to it is broken.

    No step's fault: the event is to be served again later, from the session as it was.
    """


class Busy(NotShown):
    """The messenger wants us to be silent for ``seconds``, longer than the caller wanted to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds:g} s")
        self.seconds = seconds


class Presenter(Protocol):
    """A messenger's way to show things.

    Each method obeys the messenger's limits on pace by itself. Raises Unreachable and NotShown.
    """

    @property
    def caps(self) -> Caps:
        """The messenger's limits."""
        ...

    async def send(self, peer: str, laid: Laid) -> str:
        """Send as a new message; its id."""
        ...

    async def edit(self, peer: str, message_id: str, laid: Laid) -> Edited:
        """Change a message; GONE when it is deleted or too old. Not changed is DONE."""
        ...

    async def retire(self, peer: str, message_id: str, *, reply: bool) -> None:
        """Take an outlived screen out of the chat, or at least its buttons; ``reply``: put the reply keyboard
        away. Never fails.
        """
        ...


class Press(Protocol):
    """A press that waits for its answer: the messenger shows a spinner until then."""

    async def answer(self, text: str | None = None, *, alert: bool = False) -> None:
        """Answer; only the first call counts. Never fails: a late answer is harmless."""
        ...


async def present(
    presenter: Presenter, peer: str, shown: Shown | None, laid: Laid, *, pressed: str | None
) -> Shown:
    """Show ``laid`` the best way there is; what stands in the chat afterwards. Raises Unreachable."""
    digest = laid.digest()
    match choose_mode(shown, laid, pressed=pressed, digest=digest):
        case Mode.SKIP:
            assert shown is not None
            return shown
        case Mode.EDIT:
            assert shown is not None
            if await presenter.edit(peer, shown.message_id, laid) is Edited.DONE:
                return Shown(shown.message_id, digest, laid.reply)
            return Shown(await presenter.send(peer, laid), digest, laid.reply)
        case Mode.SEND:
            return Shown(await presenter.send(peer, laid), digest, laid.reply)
        case Mode.REPLACE:
            assert shown is not None
            message_id = await presenter.send(peer, laid)
            await presenter.retire(peer, shown.message_id, reply=shown.reply and not laid.reply)
            return Shown(message_id, digest, laid.reply)
