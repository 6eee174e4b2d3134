"""Words to write JSON Schema (2020-12) with.

A :class:`Component` is a schema with a name: the document keeps it once and refers to it. What
:func:`obj` writes is exact: fields that it does not name are neither sent nor taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A schema that has a name."""

    name: str
    schema: Mapping[str, object]


Schema: TypeAlias = Mapping[str, object] | Component


def obj(
    required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, *, about: str = ""
) -> dict[str, object]:
    """An object of these fields and no others."""
    shape: dict[str, object] = {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }
    if required:
        shape["required"] = list(required)
    return described(shape, about)


def array(items: Schema, *, least: int = 0, most: int | None = None, about: str = "") -> dict[str, object]:
    """A list."""
    shape: dict[str, object] = {"type": "array", "items": items}
    if least:
        shape["minItems"] = least
    if most is not None:
        shape["maxItems"] = most
    return described(shape, about)


def mapping(values: Schema, *, about: str = "") -> dict[str, object]:
    """An object of any names with values of one kind."""
    return described({"type": "object", "additionalProperties": values}, about)


def string(
    *, least: int = 0, most: int | None = None, pattern: str | None = None, about: str = "", example: str = ""
) -> dict[str, object]:
    """Text; lengths in characters."""
    shape: dict[str, object] = {"type": "string"}
    if least:
        shape["minLength"] = least
    if most is not None:
        shape["maxLength"] = most
    if pattern is not None:
        shape["pattern"] = pattern
    if example:
        shape["examples"] = [example]
    return described(shape, about)


def integer(
    least: int | None = None, most: int | None = None, *, about: str = "", example: int | None = None
) -> dict[str, object]:
    """A whole number between two, inclusive."""
    shape: dict[str, object] = {"type": "integer"}
    if least is not None:
        shape["minimum"] = least
    if most is not None:
        shape["maximum"] = most
    if example is not None:
        shape["examples"] = [example]
    return described(shape, about)


def number(least: float, most: float, *, about: str = "") -> dict[str, object]:
    """A number between two, inclusive."""
    return described({"type": "number", "minimum": least, "maximum": most}, about)


def boolean(about: str = "") -> dict[str, object]:
    """True or false."""
    return described({"type": "boolean"}, about)


def uuid(about: str = "") -> dict[str, object]:
    """An id."""
    return described({"type": "string", "format": "uuid"}, about)


def moment(about: str = "") -> dict[str, object]:
    """An instant: ISO 8601 with an offset, which is the business's in answers."""
    return described(
        {"type": "string", "format": "date-time", "examples": ["2026-11-24T15:00:00+03:00"]}, about
    )


def date(about: str = "") -> dict[str, object]:
    """A local date of the business."""
    return described({"type": "string", "format": "date", "examples": ["2026-11-24"]}, about)


def wall(about: str = "", *, example: str = "10:00") -> dict[str, object]:
    """A time of day, ``HH:MM``; ``24:00`` is the end of the day."""
    pattern = r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
    return string(pattern=pattern, about=about or "`HH:MM`; `24:00` is the end of the day", example=example)


def money(about: str = "", *, most: int | None = None) -> dict[str, object]:
    """Minor units of the business's currency: kopecks, pence."""
    return integer(0, most, about=about or "In minor units of the currency: kopecks, pence", example=150000)


def minutes(least: int = 0, most: int | None = None, *, about: str = "") -> dict[str, object]:
    """A length of time."""
    return integer(least, most, about=about or "In minutes")


def one_of(values: Iterable[str] | type[StrEnum], about: str = "") -> dict[str, object]:
    """One of these words."""
    return described({"type": "string", "enum": [str(value) for value in values]}, about)


def constant(value: object, about: str = "") -> dict[str, object]:
    """This value and no other."""
    return described({"const": value}, about)


def either(*schemas: Schema, about: str = "") -> dict[str, object]:
    """Any of these."""
    return described({"anyOf": list(schemas)}, about)


def nullable(schema: Schema, about: str = "") -> dict[str, object]:
    """The same, or null."""
    if isinstance(schema, Component):
        return either(schema, {"type": "null"}, about=about)
    kind = schema.get("type")
    if not isinstance(kind, str) or "enum" in schema:
        return either(schema, {"type": "null"}, about=about)
    return described({**schema, "type": [kind, "null"]}, about)


def described(schema: Mapping[str, object], about: str) -> dict[str, object]:
    """The same with a description, if there is one."""
    return {**schema, "description": about} if about else dict(schema)


def listing(item: Schema) -> dict[str, object]:
    """A list as every operation answers it."""
    return obj({"items": array(item), "next_cursor": _CURSOR})


_CURSOR: Final = nullable(string(), "What to send as `cursor` for the next page; null on the last one")
