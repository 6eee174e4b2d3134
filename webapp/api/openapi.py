"""``GET /openapi.json``: the document of the API (OpenAPI 3.1), made of its operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

import orjson
from aiohttp import web

from webapp.answers import Kept, KeptAnswer
from webapp.api.examples import example_of
from webapp.api.operation import PREFIX, Access, Coding, Operation, Param, Tag
from webapp.api.schemas import (
    Component,
    Schema,
    array,
    constant,
    integer,
    mapping,
    nullable,
    obj,
    one_of,
    string,
)
from webapp.api.schemas_visits import BOOKING, OCCURRENCE
from webapp.errors import STATUSES

#: Version of OpenAPI.
OPENAPI: Final = "3.1.0"

_JSON: Final = "application/json"
_ABOUT: Final = """\
Everything that the chats and the Mini App do: who works when, what is free, bookings and their life.

- Times are ISO 8601 with an offset; answers have the offset of the business. Money is in minor units
  (kopecks, pence), lengths of time are in minutes.
- A list is `{"items": [...], "next_cursor": null}`; `next_cursor`, sent as `cursor`, leads to the next page.
- Every refusal is `{"error": {"code", "message", "details", "request_id"}}`. Programs go by `code` and by
  `details[].issue`; `message` is for people, in the language of `Accept-Language` (`ru`, `en`).
- Unknown fields are refused, so that a misspelt one is not passed over in silence.
- A POST with an `Idempotency-Key` may be sent again when its answer was lost: it has its effect once.
- An `ETag` sent back in `If-None-Match` is answered with 304 while nothing has changed.
- What belongs to another business or client does not exist for a caller: 404.
"""
_TAGS: Final[Mapping[Tag, str]] = {
    Tag.AVAILABILITY: "What is free, and when.",
    Tag.HOLDS: "A start is kept for a few minutes while its form is filled in.",
    Tag.BOOKINGS: "Made, read, decided, moved; with their history.",
    Tag.SERIES: "Visits that come again.",
    Tag.BUSINESSES: "Who can be booked, and by which rules.",
    Tag.SERVICES: "What can be booked.",
    Tag.STAFF: "Who does it.",
    Tag.HOURS: "Weekly schedules, dates that are not as others, closed days.",
    Tag.PARTS: "Locations, rooms, categories and add-ons: what services and staff refer to.",
    Tag.CLIENTS: "Who books, as the business knows them.",
    Tag.SIGN_IN: "A messenger's signed launch data for a session of ours.",
    Tag.ME: "Who is signed in, and what is theirs.",
    Tag.TEAM: "Who works for the business, and its personal tokens.",
    Tag.EVENTS: "What changes, as it changes.",
    Tag.SYSTEM: "The deployment itself.",
}

_TOKEN, _SESSION, _VISIT = "personalToken", "session", "visitKey"
_SCHEMES: Final = {
    _TOKEN: "A personal token of a business (`oko_…`), made by an owner; has a role and maybe scopes.",
    _SESSION: "An access token of a session (`okos_…`), from `/auth/telegram` or `/auth/vk`. Who has it "
    "is a client, and in the businesses that they work for one of their people.",
    _VISIT: "A visit key (`okov_…`), which whoever books without an account gets with the booking. It "
    "opens that one.",
}
_SECURITY: Final[Mapping[Access, Sequence[str | None]]] = {
    Access.OPEN: (),
    Access.PUBLIC: (None, _TOKEN, _SESSION),
    Access.CALLER: (_TOKEN, _SESSION),
    Access.SESSION: (_SESSION,),
    Access.BOOKING: (_TOKEN, _SESSION, _VISIT),
    Access.CLIENT: (_TOKEN, _SESSION),
    Access.MEMBER: (_TOKEN, _SESSION),
    Access.MANAGER: (_TOKEN, _SESSION),
    Access.OWNER: (_TOKEN, _SESSION),
}

_DETAIL: Final = obj(
    {
        "field": string(about="As it was sent: `client.phone`", example="client.phone"),
        "issue": string(about="A stable word", example="required"),
    }
)
ERROR: Final = Component(
    "Error",
    obj(
        {
            "error": obj(
                {
                    "code": one_of(sorted(STATUSES), "A stable word"),
                    "message": string(about="For people"),
                    "details": array(_DETAIL),
                    "request_id": string(about="As in the header `X-Request-ID`, and in our logs"),
                },
                {
                    "reason": string(about="Of SLOT_NOT_OFFERED: which rule it is"),
                    "version": integer(1, about="Of VERSION_MISMATCH: the one that the booking has now"),
                    "conflicting_booking": nullable(
                        BOOKING, "Of SLOT_CONFLICT: who has the time, for the people of the business"
                    ),
                    "occurrences": array(OCCURRENCE, about="Of SERIES_CONFLICT: how each visit stands"),
                },
            )
        }
    ),
)

_HEADERS: Final[Mapping[str, Mapping[str, object]]] = {
    "X-Request-ID": string(about="The caller's own if it was a sane one, else ours"),
    "ETag": string(about="For `If-None-Match`"),
    "Location": string(about="Where it is found from now on"),
    "Retry-After": integer(0, about="In how many seconds to try again"),
    "Idempotency-Replayed": constant("true", "The answer is the one that this key got before"),
    "WWW-Authenticate": string(),
    "X-RateLimit-Limit": integer(0, about="Calls a minute"),
    "X-RateLimit-Remaining": integer(0, about="Calls that are left at once"),
    "X-RateLimit-Reset": integer(0, about="In how many seconds all of them are there again"),
}
_RATES: Final = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_IDEMPOTENCY_KEY: Final = Param(
    "Idempotency-Key",
    string(pattern=r"^[\x21-\x7e]{1,255}$", example="7f9c1b52"),
    about="The request's own name: sent again under it within a day, it has its effect once and gets the "
    "same answer. One name for another request is refused (IDEMPOTENCY_KEY_REUSED).",
)
_IF_NONE_MATCH: Final = Param("If-None-Match", string(), about="The `ETag` of an answer that is here already")
_SHARED: Final[Mapping[str, Param]] = {"IdempotencyKey": _IDEMPOTENCY_KEY, "IfNoneMatch": _IF_NONE_MATCH}

_PATH_PARAMS: Final[Mapping[str, Mapping[str, object]]] = {
    "business": string(least=1, about="Id or slug of the business", example="demo"),
}
_ID: Final = {"type": "string", "format": "uuid"}


def operation(others: Sequence[Operation]) -> Operation:
    """The operation that tells of all ``others``, and of itself."""

    @cache
    def written() -> Kept:
        return Kept(orjson.dumps(document((*others, this))))

    async def show(_request: web.Request) -> web.StreamResponse:
        """This document."""
        return KeptAnswer(written())

    this = Operation(
        "GET",
        "/openapi.json",
        show,
        "getOpenApi",
        Tag.SYSTEM,
        Access.OPEN,
        answers={200: mapping({}, about="OpenAPI 3.1")},
    )
    return this


def document(operations: Iterable[Operation]) -> dict[str, object]:
    """The document of these operations."""
    components: dict[str, Mapping[str, object]] = {}
    refusals: dict[str, object] = {}
    paths: dict[str, dict[str, object]] = {}
    tags: list[Tag] = []
    for named in operations:
        tags.append(named.tag)
        for each in named.everywhere():
            paths.setdefault(_plain(each.path), {})[each.method.lower()] = _operation(
                each, components, refusals
            )
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Okoshko",
            "version": version("okoshko"),
            "summary": "Online booking: one core for chats, Mini App, web and programs",
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": PREFIX}],
        "tags": [{"name": tag.value, "description": _TAGS[tag]} for tag in Tag if tag in tags],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": dict(sorted(refusals.items())),
            "parameters": {
                name: _param(param, "header", components) for name, param in sorted(_SHARED.items())
            },
            "headers": {name: {"schema": schema} for name, schema in _HEADERS.items()},
            "securitySchemes": {
                name: {"type": "http", "scheme": "bearer", "description": about}
                for name, about in _SCHEMES.items()
            },
        },
    }


def resolved(schema: object, components: dict[str, Mapping[str, object]]) -> object:
    """A schema with references in place of its components, which are noted in ``components``."""
    if isinstance(schema, Component):
        if schema.name not in components:
            components[schema.name] = {}  # it may refer to itself
            components[schema.name] = _as_object(resolved(schema.schema, components))
        return {"$ref": f"#/components/schemas/{schema.name}"}
    if isinstance(schema, Mapping):
        return {name: resolved(value, components) for name, value in schema.items()}
    if isinstance(schema, list | tuple):
        return [resolved(value, components) for value in schema]
    return schema


def _as_object(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value


def _plain(path: str) -> str:
    """Without the patterns that aiohttp takes: ``/{id:…}`` is ``/{id}``."""
    parts = [f"{part.split(':')[0]}}}" if ":" in part else part for part in path.split("/")]
    return "/".join(parts)


def _operation(
    named: Operation, components: dict[str, Mapping[str, object]], refusals: dict[str, object]
) -> dict[str, object]:
    told: dict[str, object] = {
        "operationId": named.id,
        "tags": [named.tag.value],
        "summary": named.summary,
    }
    if named.description:
        told["description"] = named.description
    told["security"] = [{} if name is None else {name: []} for name in _SECURITY[named.access]]
    if params := _params(named, components):
        told["parameters"] = params
    if named.body is not None:
        content = _content(named.body, _JSON, components, sent=True)
        told["requestBody"] = {"required": True, "content": content}
    told["responses"] = _answers(named, components, refusals)
    return told


def _params(named: Operation, components: dict[str, Mapping[str, object]]) -> list[object]:
    found: list[object] = [
        {"name": name, "in": "path", "required": True, "schema": _PATH_PARAMS.get(name, _ID)}
        for name in named.path_names
    ]
    found += [_param(each, "query", components) for each in named.query]
    found += [_param(each, "header", components) for each in named.headers]
    if named.takes_key:
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if named.is_tagged:
        found.append({"$ref": "#/components/parameters/IfNoneMatch"})
    return found


def _param(param: Param, place: str, components: dict[str, Mapping[str, object]]) -> dict[str, object]:
    schema = resolved(param.schema, components)
    told: dict[str, object] = {"name": param.name, "in": place}
    if param.required:
        told["required"] = True
    if param.about:
        told["description"] = param.about
    if param.coding is Coding.JSON:
        return {**told, "content": {_JSON: {"schema": schema}}}
    if param.coding is Coding.COMMAS:
        told |= {"style": "form", "explode": False}
    return {**told, "schema": schema}


def _content(
    schema: Schema, media: str, components: dict[str, Mapping[str, object]], *, sent: bool = False
) -> dict[str, object]:
    told: dict[str, object] = {"schema": resolved(schema, components)}
    if media == _JSON:
        told["example"] = example_of(schema, sent=sent)
    return {media: told}


def _answers(
    named: Operation, components: dict[str, Mapping[str, object]], refusals: dict[str, object]
) -> dict[str, object]:
    found: dict[int, dict[str, object]] = {}
    for status, schema in sorted(named.answers.items()):
        told: dict[str, object] = {"description": HTTPStatus(status).phrase}
        told["headers"] = _headers(_usual_headers(named, status))
        if schema is not None:
            told["content"] = _content(schema, named.media, components)
        found[status] = told
    if named.is_tagged:
        headers = _headers(("X-Request-ID", "ETag", *_RATES))
        found[304] = {"description": "What `If-None-Match` names is still the same", "headers": headers}
    codes: dict[int, list[str]] = {}
    for code in named.codes:
        codes.setdefault(STATUSES[code], []).append(code)
    for status, meant in sorted(codes.items()):
        if status in found:
            continue
        name = ".".join((f"Refused{status}", *sorted(meant)))
        if name not in refusals:
            refusals[name] = _refusal(status, meant, components)
        found[status] = {"$ref": f"#/components/responses/{name}"}
    return {str(status): found[status] for status in sorted(found)}


def _usual_headers(named: Operation, status: int) -> tuple[str, ...]:
    more: tuple[str, ...] = _RATES
    if named.is_tagged and status == 200:
        more = ("ETag", *more)
    if named.takes_key:
        more = ("Idempotency-Replayed", *more)
    if status == 201:
        more = ("Location", *more)
    return ("X-Request-ID", *more)


def _refusal(
    status: int, codes: Sequence[str], components: dict[str, Mapping[str, object]]
) -> dict[str, object]:
    one = {"properties": {"error": {"properties": {"code": {"enum": sorted(codes)}}}}}
    more: tuple[str, ...] = ()
    if status == 401:
        more = ("WWW-Authenticate",)
    if status in {429, 503} or "REQUEST_IN_PROGRESS" in codes:
        more = ("Retry-After",)
    return {
        "description": ", ".join(f"`{code}`" for code in sorted(codes)),
        "headers": _headers(("X-Request-ID", *more)),
        "content": {_JSON: {"schema": {"allOf": [resolved(ERROR, components), one]}}},
    }


def _headers(names: Iterable[str]) -> dict[str, object]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
