"""The document of the API as its page shows it: headings, operations, fields. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

#: Operations at a second address end so, see :meth:`webapp.api.operation.Operation.everywhere`.
_ALIAS: Final = "OfBusiness"
_BOUNDS: Final = (
    ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
    ("minLength", "≥ {} ch."),
    ("maxLength", "≤ {} ch."),
    ("minItems", "≥ {} items"),
    ("maxItems", "≤ {} items"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is: ``array of`` what, and the name of the object if it has one, to be looked up."""

    words: str
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field or parameter. ``notes``: bounds and the like; ``choices``: the words it may be."""

    name: str
    kind: Kind
    required: bool
    about: str
    notes: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    inner: tuple[FieldView, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What comes back. ``codes``: of a refusal."""

    status: str
    about: str
    kind: Kind | None = None
    example: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationView:
    """An operation. ``keys``: names of the security schemes; ``open``: nobody need be known."""

    id: str
    method: str
    path: str
    also: tuple[str, ...]
    summary: str
    description: str
    keys: tuple[str, ...]
    open: bool
    parameters: tuple[tuple[str, tuple[FieldView, ...]], ...]
    body: tuple[FieldView, ...]
    answers: tuple[AnswerView, ...]
    refusals: tuple[AnswerView, ...]
    curl: str


@dataclass(frozen=True, slots=True)
class Group:
    """What stands under one heading; ``slug`` is its address."""

    slug: str
    title: str
    about: str
    operations: tuple[OperationView, ...]


@dataclass(frozen=True, slots=True)
class ObjectView:
    """An object that has a name."""

    name: str
    about: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """All there is to read."""

    version: str
    about: str
    groups: tuple[Group, ...]
    objects: tuple[ObjectView, ...]
    schemes: tuple[tuple[str, str], ...]


def read(document: Mapping[str, Any]) -> Book:
    """The document as a book."""
    return _Reader(document).book()


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._base = document["servers"][0]["url"]

    def book(self) -> Book:
        found = list(self._operations())
        aliases: dict[str, list[str]] = {}
        for path, _, told in found:
            if (name := told["operationId"]).endswith(_ALIAS):
                aliases.setdefault(name.removesuffix(_ALIAS), []).append(path)
        groups = []
        for tag in self._document["tags"]:
            operations = tuple(
                self._operation(path, method, told, aliases.get(told["operationId"], ()))
                for path, method, told in found
                if tag["name"] in told["tags"] and not told["operationId"].endswith(_ALIAS)
            )
            slug = re.sub(r"[^a-z]+", "-", tag["name"].lower())
            groups.append(Group(slug, tag["name"], tag["description"], operations))
        components = self._document["components"]
        objects = tuple(
            ObjectView(name, schema.get("description", ""), tuple(self._fields(schema)))
            for name, schema in sorted(components["schemas"].items())
        )
        schemes = tuple((name, each["description"]) for name, each in components["securitySchemes"].items())
        info = self._document["info"]
        return Book(info["version"], info["description"], tuple(groups), objects, schemes)

    def _operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for path, methods in self._document["paths"].items():
            for method, told in methods.items():
                yield path, method.upper(), told

    def _operation(
        self, path: str, method: str, told: Mapping[str, Any], also: Sequence[str]
    ) -> OperationView:
        places: dict[str, list[FieldView]] = {}
        for param in map(self._found, told.get("parameters", ())):
            places.setdefault(param["in"], []).append(self._parameter(param))
        content = told.get("requestBody", {}).get("content", {}).get("application/json")
        answers: list[AnswerView] = []
        refusals: list[AnswerView] = []
        for status, answer in told["responses"].items():
            shown = self._answer(status, self._found(answer))
            (refusals if int(status) >= 400 and shown.codes else answers).append(shown)
        security = told["security"]
        return OperationView(
            id=told["operationId"],
            method=method,
            path=f"{self._base}{path}",
            also=tuple(f"{self._base}{each}" for each in also),
            summary=told["summary"].rstrip("."),
            description=told.get("description", ""),
            keys=tuple(name for each in security for name in each),
            open={} in security or not security,
            parameters=tuple((place, tuple(fields)) for place, fields in places.items()),
            body=tuple(self._fields(content["schema"])) if content else (),
            answers=tuple(answers),
            refusals=tuple(refusals),
            curl=self._curl(path, method, told, content),
        )

    def _parameter(self, param: Mapping[str, Any]) -> FieldView:
        schema = param.get("schema") or param["content"]["application/json"]["schema"]
        field = self._field(param["name"], schema, required=param.get("required", False))
        about = param.get("description") or field.about
        notes = field.notes
        if "content" in param:
            notes = ("JSON", *notes)
        elif param.get("explode") is False:
            notes = ("a,b,c", *notes)
        return FieldView(field.name, field.kind, field.required, about, notes, field.choices, field.inner)

    def _fields(self, schema: Mapping[str, Any]) -> Iterator[FieldView]:
        shape = self._found(schema)
        required = {*shape.get("required", ())}
        for name, each in shape.get("properties", {}).items():
            yield self._field(name, each, required=name in required)

    def _field(self, name: str, schema: Mapping[str, Any], *, required: bool) -> FieldView:
        plain = schema.get("items", schema) if schema.get("type") == "array" else schema
        variants = [each for each in plain.get("anyOf", [plain]) if each.get("type") != "null"]
        notes = [
            sign.format(schema[key])
            for key, sign in _BOUNDS
            # That something is there at all goes without saying.
            if key in schema and (key, schema[key]) not in {("minLength", 1), ("minItems", 1)}
        ]
        if schema.get("readOnly"):
            notes.append("read only")
        if "const" in schema:
            notes.append(f"= {json.dumps(schema['const'])}")
        return FieldView(
            name=name,
            kind=self._kind(schema),
            required=required,
            about=schema.get("description", ""),
            notes=tuple(notes),
            choices=tuple(str(word) for each in variants for word in each.get("enum", ())),
            inner=tuple(field for each in variants if "$ref" not in each for field in self._fields_of(each)),
        )

    def _fields_of(self, schema: Mapping[str, Any]) -> Iterator[FieldView]:
        if "properties" in schema:
            yield from self._fields(schema)

    def _kind(self, schema: Mapping[str, Any]) -> Kind:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return Kind(name, name)
        for key in ("anyOf", "allOf"):
            if key in schema:
                kinds = [self._kind(each) for each in schema[key]]
                ref = next((kind.ref for kind in kinds if kind.ref), None)
                return Kind(" | ".join(dict.fromkeys(kind.words for kind in kinds)), ref)
        if schema.get("type") == "array":
            inner = self._kind(schema["items"])
            return Kind(f"{inner.words}[]", inner.ref)
        if "const" in schema:
            return Kind(type(schema["const"]).__name__.replace("bool", "boolean").replace("str", "string"))
        kind = schema.get("type", "any")
        names = list(kind) if isinstance(kind, list) else [kind]
        names[0] = schema.get("format", names[0])
        return Kind(" | ".join(names))

    def _answer(self, status: str, told: Mapping[str, Any]) -> AnswerView:
        about = told["description"]
        codes = tuple(re.findall(r"`([A-Z_]+)`", about))
        for media, content in told.get("content", {}).items():
            if codes:
                return AnswerView(status, about, codes=codes)
            example = content.get("example")
            text = "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)
            kind = self._answer_kind(content["schema"]) if media == "application/json" else Kind(media)
            return AnswerView(status, about, kind, text)
        return AnswerView(status, about, codes=codes)

    def _answer_kind(self, schema: Mapping[str, Any]) -> Kind:
        """A list is called by what is in it, and so is an object around a single one."""
        items = schema.get("properties", {}).get("items")
        if items:
            return self._kind(items)
        wrapped = [each for each in schema.get("properties", {}).values() if "$ref" in each]
        return self._kind(wrapped[0] if wrapped else schema)

    def _curl(
        self, path: str, method: str, told: Mapping[str, Any], content: Mapping[str, Any] | None
    ) -> str:
        address = f"$OKOSHKO{self._base}{path}".replace("{business}", "demo").replace("{id}", "$ID")
        query = [
            f"{param['name']}={self._value(param)}"
            for param in map(self._found, told.get("parameters", ()))
            if param["in"] == "query" and (param.get("required") or param["name"] == "service_id")
        ]
        parts = [f'curl "{address}{"?" if query else ""}{"&".join(query)}"']
        if method != "GET":
            parts[0] = parts[0].replace("curl", f"curl -X {method}")
        if {} not in told["security"] and told["security"]:
            parts.append('-H "Authorization: Bearer $TOKEN"')
        if content is not None:
            parts.append("-H 'Content-Type: application/json'")
            body = json.dumps(content["example"], ensure_ascii=False, indent=2)
            parts.append(f"-d {shlex.quote(body)}")
        return " \\\n  ".join(parts)

    def _value(self, param: Mapping[str, Any]) -> str:
        schema = param.get("schema", {})
        for each in (schema, *schema.get("anyOf", ())):
            if each.get("examples"):
                return str(each["examples"][0]).replace("+", "%2B")
        return f"${str(param['name']).upper()}"

    def _found(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """What it refers to."""
        found: Mapping[str, Any] = told
        while "$ref" in found:
            _, _, kind, name = found["$ref"].split("/")
            found = self._document["components"][kind][name]
        return found
