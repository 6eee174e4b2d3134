"""A flow: named steps over one type of data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from bots.dialogs.context import Context
from bots.dialogs.event import Contact, Event
from bots.dialogs.screen import Screen, Words
from bots.dialogs.transition import Start, Transition

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Step(Generic[D]):
    """What a step shows, and what it answers to an event."""

    view: Callable[[Context, D], Awaitable[Screen]]
    on: Callable[[Context, D, Event], Awaitable[Transition]]


@dataclass(frozen=True, slots=True)
class Flow(Generic[D]):
    """``data`` is a frozen dataclass of JSON values with a default for each field; ``first`` the step a flow
    begins with.

    ``resting``: nothing is under way in it, so that words which nobody understood lead to the help screen
    instead of a note above the same screen.
    """

    name: str
    first: str
    data: type[D]
    steps: Mapping[str, Step[D]]
    resting: bool = False

    def dump(self, data: D) -> dict[str, Any]:
        """The data as JSON."""
        return {name: getattr(data, name) for name in _names(self.data)}  # type: ignore[arg-type]  # a class is hashable

    def load(self, raw: Mapping[str, Any]) -> D:
        """The data from JSON. Raises TypeError when it is of another shape (written by another release)."""
        return self.data(**raw)


@cache
def _names(data: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(data))


@dataclass(frozen=True, slots=True)
class Done:
    """What a verb answers: a toast, the pressed message changed, a separate message, a dialog that begins."""

    toast: Words | None = None
    alert: bool = False
    edit: Screen | None = None
    screen: Screen | None = None
    start: Start | None = None


VerbHandler = Callable[[Context, UUID, str], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Dialogs:
    """All flows and verbs of the bots.

    ``home``: the flow to return to. ``commands``: what a command begins. ``understand``: what free words
    begin (None: not understood). ``help``: what is shown then. ``keep_contact``: takes in one's own contact
    that no step waited for; words when that was refused.
    """

    flows: Mapping[str, Flow[Any]]
    verbs: Mapping[str, VerbHandler]
    commands: Mapping[str, Callable[[Context, str], Awaitable[Start]]]
    home: str
    understand: Callable[[Context, str], Awaitable[Start | None]]
    keep_contact: Callable[[Context, Contact], Awaitable[Words | None]]
    not_understood: Start
