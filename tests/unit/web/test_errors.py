"""One form, one table: every refusal has its status and its words in both languages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain import errors as domain
from core.domain.visit import Refusal
from locales import LOCALES, texts
from webapp.errors import STATUSES, Fault, Issue, answer, fault_of, message

REFUSALS: list[tuple[domain.DomainError, int, str, list[dict[str, str]]]] = [
    (domain.NotFound(what="booking"), 404, "NOT_FOUND", []),
    (domain.Forbidden(), 403, "FORBIDDEN", []),
    (domain.Unauthorized(), 401, "UNAUTHORIZED", []),
    (
        domain.InvalidInput("client.phone", "not_a_phone"),
        422,
        "INVALID_INPUT",
        [{"field": "client.phone", "issue": "not_a_phone"}],
    ),
    (
        domain.SlotNotOffered("off_grid"),
        422,
        "SLOT_NOT_OFFERED",
        [{"field": "start_ts", "issue": "off_grid"}],
    ),
    (domain.SlotConflict(start=datetime(2026, 1, 1, tzinfo=UTC)), 409, "SLOT_CONFLICT", []),
    (domain.SeriesConflict(()), 409, "SERIES_CONFLICT", []),
    (
        domain.TransitionRefused(status="cancelled", event="confirm"),
        409,
        "TRANSITION_REFUSED",
        [{"field": "status", "issue": "cancelled"}],
    ),
    (
        domain.VersionMismatch(version=3),
        409,
        "VERSION_MISMATCH",
        [{"field": "version", "issue": "outdated"}],
    ),
    (
        domain.PolicyRefused("cancel_too_late"),
        422,
        "POLICY_REFUSED",
        [{"field": "booking", "issue": "cancel_too_late"}],
    ),
    (domain.ConsentRequired(), 422, "CONSENT_REQUIRED", [{"field": "consent", "issue": "required"}]),
    (domain.InviteInvalid(), 422, "INVITE_INVALID", []),
    (domain.LinkInvalid(), 422, "LINK_INVALID", []),
    (domain.TwoPhones(), 409, "TWO_PHONES", []),
    (domain.TryAgain(), 503, "TRY_AGAIN", []),
]


def subclasses(kind: type[domain.DomainError]) -> set[type[domain.DomainError]]:
    """All kinds of refusal that the domain knows."""
    found = set(kind.__subclasses__())
    return found.union(*(subclasses(each) for each in found))


def test_every_domain_error_is_in_the_table() -> None:
    kinds = {kind for kind in subclasses(domain.DomainError) if kind.__module__ == domain.__name__}
    assert {type(error) for error, *_ in REFUSALS} == kinds
    assert {kind.code.upper() for kind in kinds} <= set(STATUSES)


@pytest.mark.parametrize(("error", "status", "code", "details"), REFUSALS)
def test_the_form_of_an_error(
    error: domain.DomainError, status: int, code: str, details: list[dict[str, str]]
) -> None:
    response = answer(fault_of(error), texts("en"), "req-1")

    assert isinstance(response.body, bytes)
    body = json.loads(response.body)
    assert response.status == status
    assert set(body) == {"error"}
    assert body["error"]["code"] == code
    assert body["error"]["details"] == details
    assert body["error"]["request_id"] == "req-1"
    assert body["error"]["message"]


def test_what_certain_codes_tell_besides() -> None:
    conflict = fault_of(domain.SlotConflict())
    assert conflict.extra == {"conflicting_booking": None}
    assert fault_of(domain.SlotNotOffered("too_soon")).extra == {"reason": "too_soon"}
    assert fault_of(domain.Unauthorized()).headers["WWW-Authenticate"].startswith("Bearer")
    assert "Retry-After" in fault_of(domain.TryAgain()).headers


@pytest.mark.parametrize("locale", LOCALES)
def test_every_code_has_words(locale: str) -> None:
    words = texts(locale)
    assert {code for code in STATUSES if f"api.{code.lower()}" not in words} == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_reason_why_a_start_is_not_offered_has_words(locale: str) -> None:
    words = texts(locale)
    reasons = [refusal.value for refusal in Refusal if not refusal.is_conflict]
    assert [reason for reason in reasons if f"api.slot_not_offered.{reason}" not in words] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_rule_that_refuses_has_words(locale: str) -> None:
    words = texts(locale)
    core = Path(domain.__file__).parents[1]
    source = "".join(path.read_text() for path in core.rglob("*.py"))
    rules = set(re.findall(r'PolicyRefused\(\s*"(\w+)"', source))
    assert rules
    assert {rule for rule in rules if f"api.policy_refused.{rule}" not in words} == set()


def test_the_most_exact_words_are_taken() -> None:
    words = texts("en")
    assert message(Fault("INVALID_INPUT", (Issue("to", "before_from"),)), words).endswith(": to")
    assert message(Fault("INVALID_INPUT", (Issue("x", "no such issue"),)), words) == words.t(
        "api.invalid_input"
    )
    both = (Issue("a", "required"), Issue("b", "required"))
    assert message(Fault("INVALID_INPUT", both), words) == words.t("api.invalid_input")
    assert message(Fault("NOT_FOUND", params={"what": "staff"}), words) == words.t("api.not_found.staff")


def test_a_fault_of_ours_tells_nothing() -> None:
    response = answer(Fault("INTERNAL"), texts("ru"), "req-2")
    assert response.status == 500
    assert isinstance(response.body, bytes)
    assert json.loads(response.body)["error"]["details"] == []
