"""Reading JSON objects field by field: each value is checked, each fault names its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from core.domain.errors import InvalidInput

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

DAY: Final = 24 * 60


class Fields:
    """The fields of one object.

    Every reader takes what stands for an absent field, or :data:`REQUIRED`; a null is absent unless the
    reader is an ``optional_`` one, where it means None. :meth:`finish` refuses fields that nobody read. All
    raise InvalidInput with the field's name (after ``prefix``) and the issue.
    """

    def __init__(self, data: object, prefix: str = "") -> None:
        if not isinstance(data, Mapping):
            raise InvalidInput(prefix.rstrip(".") or "body", "not_an_object")
        self._data: Mapping[object, object] = data
        self._prefix = prefix
        self._read: set[object] = set()

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        self._read.add(name)
        return name in self._data

    def raw(self, name: str) -> object:
        """The value as it is; None when absent."""
        self._read.add(name)
        return self._data.get(name)

    def text(self, name: str, default: str | None, *, shortest: int = 1, longest: int = 200) -> str:
        """A line of text without spaces around. ``default`` None: required."""
        value = self.raw(name)
        if value is None:
            return self._default(name, default)
        if not isinstance(value, str) or "\x00" in value:
            raise self._fault(name, "not_a_text")
        text = value.strip()
        if len(text) < shortest:
            raise self._fault(name, "empty")
        if len(text) > longest:
            raise self._fault(name, "too_long", max=longest)
        return text

    def integer(self, name: str, default: int | None, lowest: int, highest: int) -> int:
        """A whole number between two, inclusive. ``default`` None: required."""
        value = self.raw(name)
        if value is None:
            return self._default(name, default)
        return self._integer(name, value, lowest, highest)

    def optional_integer(self, name: str, default: int | None, lowest: int, highest: int) -> int | None:
        """A whole number, or null for none."""
        if not self.has(name):
            return default
        value = self.raw(name)
        return None if value is None else self._integer(name, value, lowest, highest)

    def optional_number(
        self, name: str, default: float | None, lowest: float, highest: float
    ) -> float | None:
        """A number between two, or null for none."""
        if not self.has(name):
            return default
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._fault(name, "not_a_number")
        if not lowest <= value <= highest:
            raise self._fault(name, "out_of_range", min=lowest, max=highest)
        return float(value)

    def boolean(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._fault(name, "not_a_boolean")
        return value

    def choice(self, name: str, kind: type[E], default: E | None) -> E:
        """One of a kind's values. ``default`` None: required."""
        value = self.raw(name)
        if value is None:
            return self._default(name, default)
        try:
            return kind(str(value))
        except ValueError:
            raise self._fault(name, "unknown", allowed=[item.value for item in kind]) from None

    def day(self, name: str) -> date | None:
        """A date, YYYY-MM-DD, or null."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) != 10:
            raise self._fault(name, "not_a_date")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self._fault(name, "not_a_date") from None

    def wall(self, name: str) -> int | None:
        """A time of day, HH:MM up to 24:00, as minutes after midnight; null is None."""
        value = self.raw(name)
        if value is None:
            return None
        minutes = wall_minutes(value)
        if minutes is None:
            raise self._fault(name, "not_a_time")
        return minutes

    def uuid(self, name: str, default: UUID | None = None) -> UUID | None:
        """An identifier, or null."""
        if not self.has(name):
            return default
        value = self.raw(name)
        return None if value is None else self._uuid(name, value)

    def uuids(self, name: str, default: Sequence[UUID], known: Callable[[UUID], bool]) -> tuple[UUID, ...]:
        """Identifiers of things that are there, without repetitions."""
        value = self.raw(name)
        if value is None:
            return tuple(default)
        if not isinstance(value, list | tuple) or len(value) > 500:
            raise self._fault(name, "not_a_list")
        found = tuple(dict.fromkeys(self._uuid(name, item) for item in value))
        for item in found:
            if not known(item):
                raise self._fault(name, "not_found", id=str(item))
        return found

    def objects(self, name: str, limit: int = 200) -> list[Fields] | None:
        """A list of objects; None when absent."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, list | tuple) or len(value) > limit:
            raise self._fault(name, "not_a_list")
        return [Fields(item, f"{self._prefix}{name}[{index}].") for index, item in enumerate(value)]

    def inner(self, name: str) -> Fields | None:
        """An object within; None when absent."""
        value = self.raw(name)
        return None if value is None else Fields(value, f"{self._prefix}{name}.")

    def same(self, name: str, value: str) -> None:
        """A field that may be sent back as it was read and not changed."""
        given = self.raw(name)
        if given is not None and str(given) != value:
            raise self._fault(name, "read_only")

    def finish(self) -> None:
        """All has been read."""
        for name in self._data:
            if name not in self._read:
                raise self._fault(str(name), "unknown")

    def fault(self, name: str, issue: str, **params: object) -> InvalidInput:
        """The error of a field."""
        return self._fault(name, issue, **params)

    def _fault(self, name: str, issue: str, **params: object) -> InvalidInput:
        return InvalidInput(f"{self._prefix}{name}", issue, **params)

    def _default(self, name: str, default: T | None) -> T:
        if default is None:
            raise self._fault(name, "required")
        return default

    def _integer(self, name: str, value: object, lowest: int, highest: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._fault(name, "not_a_number")
        if not lowest <= value <= highest:
            raise self._fault(name, "out_of_range", min=lowest, max=highest)
        return value

    def _uuid(self, name: str, value: object) -> UUID:
        if isinstance(value, UUID):
            return value
        try:
            return UUID(str(value))
        except ValueError:
            raise self._fault(name, "not_an_id") from None


def wall_minutes(value: object) -> int | None:
    """Minutes after midnight of HH:MM (24:00 is the day's end); None for anything else."""
    if not isinstance(value, str) or len(value) != 5 or value[2] != ":" or not value.isascii():
        return None
    hours, minutes = value[:2], value[3:]
    if not (hours.isdigit() and minutes.isdigit()) or int(minutes) > 59:
        return None
    total = int(hours) * 60 + int(minutes)
    return total if total <= DAY else None


def wall_text(minutes: int) -> str:
    """HH:MM of minutes after midnight."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
