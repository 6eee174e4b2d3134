"""What was measured, as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Unit(StrEnum):
    """How a row is judged: the higher the better, or the lower."""

    RATIO = ""
    PERCENT = " %"
    MILLISECONDS = " ms"
    KILOBYTES = " KB"


_LESS_IS_MORE: Final = frozenset({Unit.MILLISECONDS, Unit.KILOBYTES})


@dataclass(frozen=True, slots=True)
class Row:
    """A measured figure with what it is made of. ``marks``: floor, goal and beyond; None is only told."""

    title: str
    value: float
    made_of: str
    marks: tuple[float, float, float] | None = None
    unit: Unit = Unit.RATIO
    faults: str = ""

    @property
    def verdict(self) -> str:
        """How far it got."""
        if self.faults:
            return f"WRONG: {self.faults}"
        if self.marks is None:
            return ""
        names = ("below floor", "floor", "goal", "beyond")
        reached = [self._reaches(mark) for mark in self.marks]
        return names[reached.index(False) if False in reached else 3]

    def _reaches(self, mark: float) -> bool:
        return self.value <= mark if self.unit in _LESS_IS_MORE else self.value >= mark

    def cells(self) -> tuple[str, ...]:
        """As they stand in the table."""
        marks = [_number(mark, self.unit) for mark in self.marks] if self.marks else ["", "", ""]
        return (self.title, _number(self.value, self.unit) + self.unit, *marks, self.verdict, self.made_of)


HEAD = ("what", "measured", "floor", "goal", "beyond", "reached", "made of")


def counted(number: int) -> str:
    """A large whole number for people: ``1 000 000``."""
    return f"{number:,}".replace(",", " ")


def _number(value: float, unit: Unit) -> str:
    return f"{value:.2f}" if unit is Unit.RATIO else f"{value:.1f}"


def table(rows: Sequence[Row]) -> str:
    """The rows under their heads."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 1 <= at <= 4 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
