"""Fits a screen to a messenger: pages the choices, breaks rows that are too long.

Pure, so that every screen is checked without a bot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bots.dialogs.caps import Caps
from bots.dialogs.screen import (
    Act,
    Action,
    AskContact,
    Button,
    Choices,
    Inert,
    Link,
    OpenApp,
    Raw,
    Row,
    Screen,
)

#: Actions of the paging arrows: the runtime's own, no step sees them.
PAGE: Final = "_page"


class DoesNotFit(ValueError):
    """A screen's fixed rows alone are over the messenger's limits: a mistake of ours, found by the tests that
    show every screen.
    """


@dataclass(frozen=True, slots=True)
class Fitted:
    """A keyboard within the limits, and where in the choices it stands."""

    rows: tuple[Row, ...]
    page: int
    pages: int


def fit(screen: Screen, caps: Caps, page: int = 0) -> Fitted:
    """The keyboard of ``screen`` at ``page`` of its choices (clamped into range). Raises DoesNotFit."""
    fixed = _fixed_rows(screen.rows, caps)
    used = sum(map(len, fixed))
    if len(fixed) > caps.rows or used > caps.buttons:
        raise DoesNotFit(f"{len(fixed)} fixed rows with {used} buttons on {caps.name}")
    if screen.choices is None or not screen.choices.items:
        return Fitted(fixed, 0, 1)
    rows = _choice_rows(screen.choices, caps)
    space_rows, space_buttons = caps.rows - len(fixed), caps.buttons - used
    pages = _paginate(rows, space_rows, space_buttons)
    if len(pages) == 1:
        return Fitted((*pages[0], *fixed), 0, 1)
    fixed, arrows_in_last = _merge_arrows(fixed, caps)
    reserve_rows, reserve_buttons = (0, 2) if arrows_in_last else (1, 2)
    pages = _paginate(rows, space_rows - reserve_rows, space_buttons - reserve_buttons)
    page = max(0, min(page, len(pages) - 1))
    arrows = _arrows(page, len(pages))
    if arrows_in_last:
        tail: tuple[Row, ...] = (*fixed[:-1], (*fixed[-1], *arrows))
    else:
        tail = (arrows, *fixed)
    return Fitted((*pages[page], *tail), page, len(pages))


def _fixed_rows(rows: Sequence[Row], caps: Caps) -> tuple[Row, ...]:
    fixed: list[Row] = []
    for row in rows:
        keep = [button for button in row if caps.contact or not isinstance(button, AskContact)]
        fixed.extend(_break(keep, caps.columns, caps))
    return tuple(fixed)


def _choice_rows(choices: Choices, caps: Caps) -> list[Row]:
    items: Sequence[Button] = choices.items
    columns = min(choices.columns, caps.columns)
    if choices.grid and (not caps.grid or choices.columns > caps.columns):
        items = [item for item in items if not isinstance(item, Inert)]
    return _break(items, columns, caps)


def _break(buttons: Sequence[Button], columns: int, caps: Caps) -> list[Row]:
    rows: list[Row] = []
    row: list[Button] = []
    for button in buttons:
        if caps.wide_links and isinstance(button, Link | OpenApp):
            if row:
                rows.append(tuple(row))
                row = []
            rows.append((button,))
            continue
        row.append(button)
        if len(row) == columns:
            rows.append(tuple(row))
            row = []
    if row:
        rows.append(tuple(row))
    return rows


def _paginate(rows: Sequence[Row], max_rows: int, max_buttons: int) -> list[list[Row]]:
    if max_rows < 1 or max_buttons < 1:
        raise DoesNotFit("no room for the choices")
    pages: list[list[Row]] = [[]]
    used = 0
    for row in rows:
        for part in _split(row, max_buttons):
            if len(pages[-1]) == max_rows or used + len(part) > max_buttons:
                pages.append([])
                used = 0
            pages[-1].append(part)
            used += len(part)
    return pages


def _split(row: Row, size: int) -> list[Row]:
    return [row[i : i + size] for i in range(0, len(row), size)]


def _merge_arrows(fixed: tuple[Row, ...], caps: Caps) -> tuple[tuple[Row, ...], bool]:
    """Arrows join the last fixed row (the way back) when both fit into one row."""
    last = fixed[-1] if fixed else ()
    joins = (
        bool(last)
        and len(last) + 2 <= caps.columns
        and not (caps.wide_links and any(isinstance(b, Link | OpenApp) for b in last))
    )
    return fixed, joins


def _arrows(page: int, pages: int) -> Row:
    """Both arrows, always: places of buttons must not jump. They wrap around."""
    return (
        Act(Raw("‹"), Action(PAGE, ((page - 1) % pages,))),
        Act(Raw("›"), Action(PAGE, ((page + 1) % pages,))),
    )
