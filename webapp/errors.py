"""The one form of an API error, and the one table of its codes.

``{"error": {"code", "message", "details": [{"field", "issue"}], "request_id"}}``. A code is the domain's in
upper case (``slot_conflict`` is ``SLOT_CONFLICT``); ``message`` is for people, in the language of
Accept-Language; ``issue`` is for programs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from aiohttp import web

from core.domain.errors import (
    ConsentRequired,
    DomainError,
    InvalidInput,
    PolicyRefused,
    SlotNotOffered,
    TransitionRefused,
    VersionMismatch,
)
from locales import Texts
from webapp.answers import json_answer

#: HTTP status of each code. What is not here is a fault of ours: 500.
STATUSES: Final[Mapping[str, int]] = {
    # what the domain refuses
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "SLOT_CONFLICT": 409,
    "SERIES_CONFLICT": 409,
    "TRANSITION_REFUSED": 409,
    "VERSION_MISMATCH": 409,
    "INVALID_INPUT": 422,
    "CONSENT_REQUIRED": 422,
    "INVITE_INVALID": 422,
    "LINK_INVALID": 422,
    "TWO_PHONES": 409,
    "POLICY_REFUSED": 422,
    "SLOT_NOT_OFFERED": 422,
    "TRY_AGAIN": 503,
    # what HTTP itself refuses
    "MALFORMED_JSON": 400,
    "BAD_REQUEST": 400,
    "METHOD_NOT_ALLOWED": 405,
    "PAYLOAD_TOO_LARGE": 413,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "REQUEST_IN_PROGRESS": 409,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL": 500,
}

#: Codes of what aiohttp refuses by itself, by HTTP status.
_OF_STATUS: Final = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "PAYLOAD_TOO_LARGE"}


class Issue(NamedTuple):
    """What is wrong with one input: its name as the caller wrote it (``client.phone``) and a stable word."""

    field: str
    issue: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that is about to be answered. ``extra`` are fields of certain codes, beside the usual four."""

    code: str
    details: tuple[Issue, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_extra(self, **extra: object) -> Fault:
        """The same with these fields."""
        return replace(self, extra={**self.extra, **extra})


class Refused(Exception):
    """A handler refuses the request with this fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def refused(code: str, *details: Issue) -> Refused:
    """A refusal to be raised."""
    return Refused(Fault(code, details))


def fault_of(error: DomainError) -> Fault:
    """A domain error as the API tells it."""
    code = error.code.upper()
    details: tuple[Issue, ...] = ()
    extra: dict[str, object] = {}
    headers: dict[str, str] = {}
    match error:
        case InvalidInput():
            details = (Issue(error.field or "", error.issue),)
        case SlotNotOffered():
            details = (Issue("start_ts", error.reason),)
            extra["reason"] = error.reason
        case ConsentRequired():
            details = (Issue("consent", "required"),)
        case TransitionRefused():
            details = (Issue("status", error.status),)
        case VersionMismatch():
            details = (Issue("version", "outdated"),)
            extra["version"] = error.version
        case PolicyRefused():
            details = (Issue("member" if error.rule == "last_owner" else "booking", error.rule),)
    if code == "SLOT_CONFLICT":
        extra["conflicting_booking"] = None
    if code == "UNAUTHORIZED":
        headers["WWW-Authenticate"] = 'Bearer realm="okoshko"'
    if code == "TRY_AGAIN":
        headers["Retry-After"] = "1"
    return Fault(code, details, error.params, extra, headers)


def fault_of_http(error: web.HTTPException) -> Fault:
    """What aiohttp refuses by itself, in our form."""
    code = _OF_STATUS.get(error.status, "BAD_REQUEST" if error.status < 500 else "INTERNAL")
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return Fault(code, headers=headers)


def answer(fault: Fault, words: Texts, request_id: str) -> web.Response:
    """The fault as a response."""
    error: dict[str, object] = {
        "code": fault.code,
        "message": message(fault, words),
        "details": [detail._asdict() for detail in fault.details],
        "request_id": request_id,
        **fault.extra,
    }
    return json_answer({"error": error}, status=STATUSES.get(fault.code, 500), headers=fault.headers)


def message(fault: Fault, words: Texts) -> str:
    """A sentence for people: the most exact one there is."""
    code = fault.code.lower()
    for msgid in _msgids(code, fault.details, fault.params):
        if msgid in words:
            return words.t(msgid, field=fault.details[0].field if fault.details else "")
    return words.t(f"api.{code}")


def _msgids(code: str, details: Sequence[Issue], params: Mapping[str, object]) -> list[str]:
    found = [f"api.{code}.{details[0].issue}"] if len(details) == 1 else []
    if "what" in params:
        found.append(f"api.{code}.{params['what']}")
    return found
