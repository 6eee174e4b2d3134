"""What the lasting buttons are called inside; what they do: :mod:`bots.dialogs.verbs`.

The names are in messages that people have in their chats: they are never given another meaning. Those of the
master's card stand with it, in :mod:`bots.dialogs.cards`.
"""

from __future__ import annotations

from typing import Final

WILL_COME: Final = "w"
MOVE: Final = "m"
CANCEL: Final = "x"
CALENDAR: Final = "i"
ROUTE: Final = "r"
ACCEPT: Final = "a"
AGAIN: Final = "b"
LIST: Final = "l"

#: Accept a time for one of several visits of a message, which stays as it is for the others.
ACCEPT_ONE: Final = "ao"

CANCEL_SERIES: Final = "sx"
CONFIRM_SERIES: Final = "sc"
DECLINE_SERIES: Final = "sd"
