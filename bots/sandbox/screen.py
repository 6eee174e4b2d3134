"""What a tester sees in a chat: bubbles, the screen, buttons to press by their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Label:
    """A button: its words, what it does, and its data or address."""

    text: str
    kind: str
    value: str

    @classmethod
    def of(cls, view: Json) -> Label:
        return cls(view["label"], view["kind"], view["value"])


Labels = tuple[tuple[Label, ...], ...]


def _labels(rows: Sequence[Sequence[Json]]) -> Labels:
    return tuple(tuple(Label.of(button) for button in row) for row in rows)


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message. ``kind`` is its attachment's, or ``text``."""

    id: int
    author: str
    text: str
    rows: Labels
    kind: str
    edited: bool
    version: int
    file_id: str = ""
    file_name: str = ""

    @classmethod
    def of(cls, view: Json) -> Bubble:
        attachment: Json = view["attachment"] or {}
        return cls(
            id=view["id"],
            author=view["author"],
            text=view["text"],
            rows=_labels(view["rows"]),
            kind=attachment.get("kind", "text"),
            edited=view["edited_at"] is not None,
            version=view["version"],
            file_id=attachment.get("file_id", ""),
            file_name=attachment.get("name", ""),
        )

    @property
    def buttons(self) -> list[str]:
        """All labels, in reading order."""
        return [button.text for row in self.rows for button in row]

    def says(self, *words: str) -> bool:
        """Are all of ``words`` in it, in any case of letters?"""
        return all(word.casefold() in self.text.casefold() for word in words)


@dataclass(frozen=True, slots=True)
class Screen:
    """Where the dialog stands. ``message_id`` is 0 when the bot has said nothing; ``toast`` is the last
    press's answer.
    """

    text: str
    rows: Labels
    panel: Labels
    toast: str
    alert: bool
    message_id: int

    @classmethod
    def of(cls, chat: Json, presses: Sequence[Json]) -> Screen:
        said = [message for message in chat["messages"] if message["author"] == "bot"]
        with_buttons = [message for message in said if message["rows"]]
        panel = _labels(chat["panel"]["rows"]) if chat["panel"] else ()
        shown = said if panel or not with_buttons else with_buttons
        current = shown[-1] if shown else None
        spoken = [press for press in presses if press["text"]]
        return cls(
            text=current["text"] if current else "",
            rows=_labels(current["rows"]) if current else (),
            panel=panel,
            toast=spoken[-1]["text"] if spoken else "",
            alert=bool(spoken and spoken[-1]["alert"]),
            message_id=current["id"] if current else 0,
        )

    @property
    def buttons(self) -> list[str]:
        """All labels, in reading order: under the message, then of the panel."""
        return [button.text for row in (*self.rows, *self.panel) for button in row]

    def has(self, label: str) -> bool:
        """Is there such a button?"""
        return pick(self.rows, label) is not None or pick(self.panel, label) is not None

    def describe(self) -> str:
        """For messages of failed assertions."""
        lines = ["on the screen:", *(f"  | {line}" for line in self.text.splitlines() or ["(nothing)"])]
        lines += ["  " + " ".join(f"[{button.text}]" for button in row) for row in self.rows]
        lines += ["  panel: " + " ".join(f"[{button.text}]" for button in row) for row in self.panel]
        if self.toast:
            lines.append(f"  toast: {self.toast}")
        return "\n".join(lines)


def pick(rows: Labels, label: str) -> tuple[int, int, Label] | None:
    """Row, column and button whose label is ``label``, or else begins with it, or else contains it."""
    wanted = label.casefold().strip()
    places = [
        (row, column, button) for row, buttons in enumerate(rows) for column, button in enumerate(buttons)
    ]
    for fits in (str.__eq__, str.startswith, str.__contains__):
        for place in places:
            if fits(place[2].text.casefold().strip(), wanted):
                return place
    return None
