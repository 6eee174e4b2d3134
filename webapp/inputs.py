"""Reads what comes in, strictly: JSON objects and query strings, each fault named by its field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final, TypeVar
from uuid import UUID

import orjson
from aiohttp import web

from core.domain.errors import NotFound
from webapp.errors import Fault, Issue, Refused, refused

MAX_BODY: Final = 64 * 1024
"""Largest body of an API request in bytes."""

MAX_LIST: Final = 100
"""Most entries of a list in a request."""

_BODY: Final = web.RequestKey("body", bytes)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS: Final = (1971, 2199)

T = TypeVar("T")


async def read_body(request: web.Request, limit: int) -> bytes:
    """The body of a request, however often it is asked for.

    Raises Refused (413) when it is longer than ``limit`` bytes.
    """
    if _BODY in request:
        return request[_BODY]
    if request.content_length is not None and request.content_length > limit:
        raise refused("PAYLOAD_TOO_LARGE")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise refused("PAYLOAD_TOO_LARGE")
    request[_BODY] = bytes(body)
    return request[_BODY]


async def json_object(request: web.Request) -> dict[str, object]:
    """The JSON object that a request carries.

    Raises Refused: 400 for what is no JSON, 413 for too much of it, 422 for another JSON value, or for text
    with a zero character, which no database keeps.
    """
    raw = await read_body(request, MAX_BODY)
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise refused("MALFORMED_JSON") from None
    if not isinstance(content, dict):
        raise refused("INVALID_INPUT", Issue("", "not_an_object"))
    if b"\\u0000" in raw and (field := _zero_character(content, "")):
        raise refused("INVALID_INPUT", Issue(field, "zero_character"))
    return content


def _zero_character(value: object, path: str) -> str | None:
    """Where the first text with a zero character stands."""
    if isinstance(value, str):
        return path if "\0" in value else None
    if isinstance(value, Mapping):
        inner: Iterable[tuple[str, object]] = ((f"{path}.{k}".strip("."), v) for k, v in value.items())
    elif isinstance(value, list):
        inner = ((path, item) for item in value)
    else:
        return None
    return next((found for name, item in inner if (found := _zero_character(item, name))), None)


def parse_uuid(text: str) -> UUID | None:
    """A UUID in its usual spelling (RFC 9562), nothing looser."""
    return UUID(text) if _UUID.fullmatch(text) else None


def parse_date(text: str) -> date | None:
    """``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def path_id(request: web.Request, what: str, name: str = "id") -> UUID:
    """The id in the address. Raises NotFound for what is none."""
    found = parse_uuid(request.match_info[name])
    if found is None:
        raise NotFound(what=what)
    return found


class Inputs:
    """The fields of one object, read one by one. Faults are gathered; :meth:`check` raises them together.

    A reader answers None for a field that is missing or wrong, so read all, then check, then use.
    """

    def __init__(
        self, data: Mapping[str, object], *, prefix: str = "", issues: list[Issue] | None = None
    ) -> None:
        self._data = data
        self._prefix = prefix
        self._read: set[str] = set()
        self._issues: list[Issue] = [] if issues is None else issues

    def blame(self, name: str, issue: str) -> None:
        """This field is at fault."""
        self._issues.append(Issue(f"{self._prefix}{name}", issue))

    def check(self) -> None:
        """Raises Refused (422) with every fault so far."""
        if self._issues:
            raise Refused(Fault("INVALID_INPUT", tuple(self._issues)))

    def only(self) -> None:
        """Fields that nobody read are faults: a misspelt one must not be passed over in silence."""
        for name in self._data:
            if name not in self._read:
                self.blame(name, "unknown")

    def has(self, name: str) -> bool:
        """Whether something is said."""
        self._read.add(name)
        return self._data.get(name) is not None

    def text(self, name: str, *, required: bool = False, max_length: int = 2000) -> str | None:
        """A string; its content is the domain's business."""
        value = self._value(name, str, "not_a_string", required)
        if value is not None and len(value) > max_length:
            self.blame(name, "too_long")
            return None
        return value

    def uuid(self, name: str, *, required: bool = False) -> UUID | None:
        """An id."""
        text = self._value(name, str, "not_an_id", required)
        if text is None:
            return None
        found = parse_uuid(text)
        if found is None:
            self.blame(name, "not_an_id")
        return found

    def date(self, name: str, *, required: bool = False) -> date | None:
        """A local date."""
        text = self._value(name, str, "not_a_date", required)
        if text is None:
            return None
        found = parse_date(text)
        if found is None:
            self.blame(name, "not_a_date")
        return found

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """An instant: ISO 8601 with an offset. UTC comes back."""
        text = self._value(name, str, "not_a_time", required)
        return None if text is None else self._moment(name, text)

    def moments(self, name: str) -> tuple[datetime, ...]:
        """A list of instants, which must be there."""
        self._read.add(name)
        value = self._data.get(name)
        if value is None:
            self.blame(name, "required")
        found: list[datetime] = []
        for at, each in enumerate(self._list(name, value)):
            if not isinstance(each, str):
                self.blame(f"{name}[{at}]", "not_a_time")
            elif (moment := self._moment(f"{name}[{at}]", each)) is not None:
                found.append(moment)
        return tuple(found)

    def _moment(self, name: str, text: str) -> datetime | None:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.blame(name, "not_a_time")
            return None
        if found.tzinfo is None:
            self.blame(name, "no_offset")
            return None
        if not _YEARS[0] <= found.year <= _YEARS[1]:
            self.blame(name, "out_of_range")
            return None
        return found.astimezone(UTC)

    def true(self, name: str) -> bool:
        """A yes: nothing but ``true`` will do."""
        value = self._value(name, bool, "not_a_boolean", required=True)
        if value is False:
            self.blame(name, "required")
        return value is True

    def flag(self, name: str) -> bool:
        """Yes or no, as a word in a query string; no where nothing is said."""
        value = self._data.get(name)
        if isinstance(value, str) and value in {"true", "false"}:
            self._read.add(name)
            return value == "true"
        return self._value(name, bool, "not_a_boolean", required=False) is True

    def integer(self, name: str, *, required: bool = False) -> int | None:
        """A whole number; its digits in a query string."""
        self._read.add(name)
        value = self._data.get(name)
        if isinstance(value, str) and len(value) < 10 and value.isascii() and value.isdigit():
            value = int(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            if value is None and required:
                self.blame(name, "required")
            return value
        self.blame(name, "not_a_number")
        return None

    def uuids(self, name: str) -> tuple[UUID, ...]:
        """A list of ids, with commas between in a query string; empty where nothing is said."""
        self._read.add(name)
        value = self._data.get(name)
        if isinstance(value, str):
            value = value.split(",")
        found = [parse_uuid(each) if isinstance(each, str) else None for each in self._list(name, value)]
        if None in found:
            self.blame(name, "not_an_id")
        return tuple(each for each in found if each is not None)

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        self._read.add(name)
        values = self._list(name, self._data.get(name))
        found = [each for each in values if isinstance(each, int) and not isinstance(each, bool)]
        if len(found) < len(values):
            self.blame(name, "not_a_number")
        return tuple(found)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty where nothing is said."""
        self._read.add(name)
        values = self._list(name, self._data.get(name))
        found = [each for each in values if isinstance(each, str)]
        if len(found) < len(values):
            self.blame(name, "not_a_string")
        return tuple(found)

    def objects(self, name: str) -> list[Inputs] | None:
        """A list of objects, in JSON in a query string; None where nothing is said."""
        self._read.add(name)
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError:
                value = False
        found: list[Inputs] = []
        for at, each in enumerate(self._list(name, value)):
            if not isinstance(each, dict):
                self.blame(f"{name}[{at}]", "not_an_object")
                continue
            found.append(Inputs(each, prefix=f"{self._prefix}{name}[{at}].", issues=self._issues))
        return found

    def _list(self, name: str, value: object) -> list[object]:
        if isinstance(value, list) and len(value) <= MAX_LIST:
            return value
        if value is not None:
            self.blame(name, "not_a_list")
        return []

    def inner(self, name: str) -> Inputs:
        """The fields of an object inside this one, which must be there."""
        value = self._value(name, dict, "not_an_object", required=True)
        return Inputs(
            value or {}, prefix=f"{self._prefix}{name}.", issues=self._issues if value is not None else []
        )

    def _value(self, name: str, kind: type[T], issue: str, required: bool) -> T | None:
        self._read.add(name)
        value = self._data.get(name)
        if value is None:
            if required:
                self.blame(name, "required")
            return None
        if not isinstance(value, kind):
            self.blame(name, issue)
            return None
        return value


def query_inputs(request: web.Request) -> Inputs:
    """The query string as fields; an empty value is none, of a repeated name the first counts."""
    return Inputs({name: request.query[name] for name in request.query if request.query[name]})
