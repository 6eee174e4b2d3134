"""What a person does, in any messenger."""

from __future__ import annotations

from dataclasses import dataclass

from bots.dialogs.screen import Action


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of the current screen, already understood."""

    action: Action


@dataclass(frozen=True, slots=True)
class Typed:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared contact. ``own``: the messenger vouches that it is the sender's."""

    phone: str
    name: str
    own: bool

    @property
    def full_phone(self) -> str:
        """With the plus that messengers leave out at times of one's own number, which they know in full."""
        return self.phone if self.phone.startswith("+") else f"+{self.phone}"


@dataclass(frozen=True, slots=True)
class Command:
    """A command (``start``, ``help`` …) with what stood after it."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else a messenger can carry: a sticker, a voice message, a photo."""

    kind: str


@dataclass(frozen=True, slots=True)
class RawPress:
    """A press as it came: its payload (untrusted) and the message it stood on.

    ``reply_label``: the text of a reply keyboard's button.
    """

    payload: str
    message_id: str | None = None


Event = Pressed | Typed | Contact | Command | Other
Incoming = RawPress | Typed | Contact | Command | Other
