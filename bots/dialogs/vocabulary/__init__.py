"""What people type where a button was expected: a file for each language, all of them understood at once.

Whoever speaks Russian to the bot may write «help» all the same. The texts that the bot says are in
``locales``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent
_FILES: Final = tuple(tomllib.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.toml")))


def _lists(section: str) -> Iterator[tuple[str, list[str]]]:
    for file in _FILES:
        yield from file[section].items()


def _sets(section: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name, words in _lists(section):
        found[name] = found.get(name, frozenset()) | frozenset(words)
    return found


def _days(name: str) -> list[Any]:
    return [file["days"][name] for file in _FILES]


_WAYS: Final = _sets("ways")

#: Words → the command that they mean.
COMMANDS: Final = {word: name for name, words in _lists("commands") for word in words}
#: Names of languages → their codes.
LANGUAGES: Final = {word: code for code, words in _lists("languages") for word in words}
BACK: Final = _WAYS["back"]
STOP: Final = _WAYS["stop"]
YES: Final = _WAYS["yes"]
#: «Tomorrow» and the like → days from today.
NEAR: Final[Mapping[str, int]] = {word: days for near in _days("near") for word, days in near.items()}
#: Weekdays by all their names, Monday is 0.
WEEKDAYS: Final[Mapping[str, int]] = {
    word: number for week in _days("weekdays") for number, words in enumerate(week) for word in words
}
#: How the names of months begin, by number.
MONTHS: Final[Mapping[int, tuple[str, ...]]] = dict(enumerate(zip(*_days("months"), strict=True), 1))
FILLERS: Final = frozenset(word for fillers in _days("fillers") for word in fillers)
