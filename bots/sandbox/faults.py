"""Trouble on purpose: the next calls of a method fail in a way that the real service fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """``DROP`` breaks the connection before anything is done, ``DROP_AFTER`` once the call has had its
    effect.
    """

    SERVER_ERROR = "server_error"
    TOO_MANY = "too_many"
    HANG = "hang"
    DROP = "drop"
    DROP_AFTER = "drop_after"


@dataclass(slots=True)
class Fault:
    """``left`` more calls of ``method`` (any, when empty) fail; ``seconds`` is the ``retry_after`` of
    ``TOO_MANY``.
    """

    kind: FaultKind
    method: str = ""
    left: int = 1
    seconds: int = 1


class Faults:
    """The list of what is to go wrong; first come, first taken."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def plan(self, kind: FaultKind, method: str = "", *, count: int = 1, seconds: int = 1) -> None:
        """The next ``count`` calls of ``method`` (of any but polling, when empty) fail as ``kind`` says."""
        if count < 1 or seconds < 1:
            raise ValueError("count and seconds are at least 1")
        self._planned.append(Fault(kind=kind, method=method.lower(), left=count, seconds=seconds))

    def clear(self) -> None:
        self._planned.clear()

    @property
    def planned(self) -> Sequence[Fault]:
        return tuple(self._planned)

    def take(self, method: str) -> Fault | None:
        """What is to happen to this call; counted as happened."""
        wanted = method.lower()
        for fault in self._planned:
            if fault.method == wanted or (not fault.method and wanted != "getupdates"):
                fault.left -= 1
                if fault.left == 0:
                    self._planned.remove(fault)
                return fault
        return None
