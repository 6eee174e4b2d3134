"""What a person's VK app can show, as it said itself (``client_info``), and who that person is.

Kept in memory for the people seen lately: an app that said nothing yet is taken for a present one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

#: VK's numbers of interface languages, those that we tell apart (``client_info.lang_id``).
_LANGUAGES: Final = {0: "ru", 1: "uk", 2: "be", 97: "kk", 114: "be", 777: "ru", 100: "ru"}

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Abilities:
    """``inline``: buttons under messages; ``keyboard``: buttons in place of the keyboard; ``actions``: which
    kinds of buttons, None for all of them; ``carousel``: cards side by side.
    """

    inline: bool = True
    keyboard: bool = True
    carousel: bool = True
    actions: frozenset[str] | None = None

    def can(self, action: str) -> bool:
        """Whether a button of this kind does something there."""
        return self.actions is None or action in self.actions


PRESENT: Final = Abilities()


def abilities_of(client_info: object) -> Abilities | None:
    """What ``client_info`` says; None when it says nothing."""
    if not isinstance(client_info, Mapping):
        return None
    actions = client_info.get("button_actions")
    return Abilities(
        inline=client_info.get("inline_keyboard") is not False,
        keyboard=client_info.get("keyboard") is not False,
        carousel=client_info.get("carousel") is not False,
        actions=frozenset(map(str, actions)) if isinstance(actions, list) else None,
    )


def language_of(client_info: object) -> str | None:
    """The app's language, «en» for those that we don't tell apart; None when it is not said."""
    number: Any = client_info.get("lang_id") if isinstance(client_info, Mapping) else None
    return _LANGUAGES.get(number, "en") if isinstance(number, int) else None


class Lately(Generic[V]):
    """The newest ``most`` things, by person."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._kept: OrderedDict[str, V] = OrderedDict()

    def get(self, user: str) -> V | None:
        return self._kept.get(user)

    def put(self, user: str, value: V) -> None:
        self._kept[user] = value
        self._kept.move_to_end(user)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
