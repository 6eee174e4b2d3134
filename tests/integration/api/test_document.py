"""The API's document: valid, whole, and true to what is taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from core.services import fields as service_fields
from tests.support.document import DOCUMENT, found, operations, things_of
from tests.support.site import Site
from webapp import inputs as api_inputs
from webapp.api.operation import PREFIX
from webapp.api.routes import OPERATIONS
from webapp.errors import STATUSES


def test_it_is_openapi() -> None:
    validate(DOCUMENT)


def test_its_examples_fit_their_schemas() -> None:
    seen = 0
    for method, path, told in operations():
        contents = [told.get("requestBody", {}).get("content", {})]
        contents += [found(answer).get("content", {}) for answer in told["responses"].values()]
        for content in contents:
            for media in content.values():
                if "example" not in media:
                    continue
                seen += 1
                schema = {**media["schema"], "components": DOCUMENT["components"]}
                checker = OAS31Validator.FORMAT_CHECKER
                faults = list(OAS31Validator(schema, format_checker=checker).iter_errors(media["example"]))
                assert faults == [], f"{method} {path}"
    assert seen > len(OPERATIONS)


def test_every_operation_says_what_it_does_and_by_which_name() -> None:
    ids = [told["operationId"] for _, _, told in operations()]
    assert len(set(ids)) == len(ids)
    for method, path, told in operations():
        assert re.fullmatch(r"[A-Z“\"].*\.", told["summary"]), f"{method} {path}: {told['summary']}"
        assert re.fullmatch(r"[a-z][A-Za-z]+", told["operationId"])


def test_every_code_is_told_of_somewhere() -> None:
    told_of = {code for each in OPERATIONS for code in each.codes}
    # These are met where there is no operation, or outside of the API.
    assert set(STATUSES) - told_of <= {"METHOD_NOT_ALLOWED", "INVITE_INVALID", "LINK_INVALID", "TWO_PHONES"}


async def test_every_route_is_in_it_and_the_other_way_round(site: Site) -> None:
    app: web.Application = site.http.app
    routes = {
        (route.method, route.resource.canonical.removeprefix(PREFIX))
        for route in app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(f"{PREFIX}/")
        and route.method not in {"HEAD", "OPTIONS"}
    }
    assert routes == {(method, path) for method, path, _ in operations()}


async def test_it_is_served(site: Site) -> None:
    reply = await site.get(f"{PREFIX}/openapi.json")
    assert reply.status == 200
    assert reply.body == DOCUMENT


def asked(told: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The fields of the body, by name."""
    schema = found(told["requestBody"]["content"]["application/json"]["schema"])
    properties: dict[str, Mapping[str, Any]] = dict(schema.get("properties", {}))
    return properties


class Seen:
    """Notes which names the readers of objects and queries were asked for, at the outermost level."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: set[str] = set()
        only, finish = api_inputs.Inputs.only, service_fields.Fields.finish

        def noted_only(reader: api_inputs.Inputs) -> None:
            if not reader._prefix:
                self.names |= reader._read
            only(reader)

        def noted_finish(reader: service_fields.Fields) -> None:
            if not reader._prefix:
                self.names |= {str(name) for name in reader._read}
            finish(reader)

        monkeypatch.setattr(api_inputs.Inputs, "only", noted_only)
        monkeypatch.setattr(service_fields.Fields, "finish", noted_finish)


#: Asked for by a reader that serves others as well: what is told and what is sent back, and the closed time.
BESIDE = {"id", "type"}

#: Handled before their fields are looked at, or read without a reader.
LOOKED_AT_FIRST = {"dry_run", "action", "date_until"}


async def test_it_names_the_fields_that_are_taken_and_no_others(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each body is sent as the example has it, and with a field of no name we know."""
    things = await things_of(site)
    owner = await site.token()
    looked = 0
    for method, path, told in operations():
        if "requestBody" not in told or told["tags"] in (["Sign-in"], ["Me"]):
            continue
        example = things.about(told["requestBody"]["content"]["application/json"]["example"])
        headers = {"Okoshko-Visitor": "a-page-of-the-tests"}
        where = things.address(path)
        seen = Seen(monkeypatch)
        reply = await site.call(method, where, json=example, token=owner, headers=headers)
        assert reply.status < 500, reply.text
        assert ("unknown" not in {issue for _, issue in details(reply.body)}) or reply.status == 422
        reply = await site.call(
            method, where, json={**example, "no_such_field": 1}, token=owner, headers=headers
        )
        assert ("no_such_field", "unknown") in details(reply.body), f"{method} {path}: {reply.text}"
        monkeypatch.undo()
        if seen.names:
            looked += 1
            named = set(asked(told)) | {"no_such_field"}
            assert seen.names - BESIDE - {"no_such_field"} <= named, f"{method} {path}"
            assert named - {"no_such_field"} - LOOKED_AT_FIRST <= seen.names | read_only(told), (
                f"{method} {path}"
            )
    assert looked > 15


def details(body: Any) -> set[tuple[str, str]]:
    """Of a refusal."""
    if not isinstance(body, dict) or "error" not in body:
        return set()
    return {(each["field"], each["issue"]) for each in body["error"]["details"]}


def read_only(told: Mapping[str, Any]) -> set[str]:
    """Fields that may be sent back and are put aside before the rest is read."""
    return {name for name, each in asked(told).items() if each.get("readOnly")}


async def test_it_names_the_parameters_that_are_taken_and_no_others(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = await things_of(site)
    owner = await site.token()
    looked = 0
    for method, path, told in operations():
        params = [each for each in map(found, told.get("parameters", ())) if each["in"] == "query"]
        if not params or told["tags"] in (["Events"], ["Me"]):
            continue
        seen = Seen(monkeypatch)
        where = things.address(path)
        reply = await site.call(method, where, params={"no_such_field": "1"}, token=owner)
        monkeypatch.undo()
        assert ("no_such_field", "unknown") in details(reply.body), f"{method} {path}: {reply.text}"
        assert seen.names == {each["name"] for each in params}, f"{method} {path}"
        looked += 1
    assert looked > 5
