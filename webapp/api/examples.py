"""Examples for the document, of the schemas themselves: values as the demo has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from webapp.api.schemas import Component, Schema

_LIKELY: Final = 3
"""How many fields an example of what is sent has at least, if there are so many."""

_OF_FORMAT: Final[Mapping[str, object]] = {
    "uuid": "0197a3a0-5c1e-7d24-9a51-3f0e8b6c2d10",
    "date-time": "2026-11-24T15:00:00+03:00",
    "date": "2026-11-24",
}
_OF_TYPE: Final[Mapping[str, object]] = {"string": "", "boolean": True, "number": 55.75, "null": None}


def example_of(schema: Schema, *, sent: bool = False) -> object:
    """A value that fits ``schema``; ``sent``: as somebody would send it, without what may be left out."""
    if isinstance(schema, Component):
        return example_of(schema.schema, sent=sent)
    for key in ("examples", "enum"):
        values = schema.get(key)
        if isinstance(values, list):
            return values[0]
    if "const" in schema:
        return schema["const"]
    for key in ("anyOf", "allOf"):
        choices = schema.get(key)
        if isinstance(choices, list):
            return example_of(choices[0], sent=sent)
    kind = schema.get("type")
    name = kind[0] if isinstance(kind, list) else kind
    match name:
        case "object":
            return _object(schema, sent=sent)
        case "array":
            items = schema.get("items")
            return [example_of(items, sent=sent)] if isinstance(items, Mapping | Component) else []
        case "integer":
            least = schema.get("minimum", 0)
            return max(least, 0) if isinstance(least, int) else 0
    form = schema.get("format")
    if isinstance(form, str):
        return _OF_FORMAT[form]
    return _text(schema) if name == "string" else _OF_TYPE.get(str(name))


def with_example(schema: Mapping[str, object], *names: str) -> dict[str, object]:
    """An object of which an example has these fields."""
    properties = schema["properties"]
    assert isinstance(properties, Mapping)
    return {**schema, "examples": [{name: example_of(properties[name], sent=True) for name in names}]}


def _object(schema: Mapping[str, object], *, sent: bool) -> dict[str, object]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    if not sent:
        return {name: example_of(each) for name, each in properties.items()}
    required = list(_names(schema.get("required")))
    wanted = [
        name
        for name, each in properties.items()
        if name in required or not (isinstance(each, Mapping) and each.get("readOnly"))
    ]
    # Switches are there for who looks for them.
    rest = [name for name in wanted if name not in required and not _is_switch(properties[name])]
    chosen = {*required, *rest[: max(0, _LIKELY - len(required))]}
    return {name: example_of(properties[name], sent=True) for name in wanted if name in chosen}


def _is_switch(schema: object) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "boolean"


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _text(schema: Mapping[str, object]) -> str:
    least = schema.get("minLength")
    return "…" * least if isinstance(least, int) else ""
