"""A log line says what happened, and nothing secret."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest

from core.ports.cause import caused_by
from deploy.logs import JsonLines
from webapp import access_log


def line(message: str, **fields: object) -> dict[str, object]:
    """What is written of a record."""
    record = logging.makeLogRecord(
        {"msg": message, "levelname": "WARNING", "created": 1_790_000_000.25, **fields}
    )
    written: dict[str, object] = json.loads(JsonLines().format(record))
    return written


def test_fields_context_and_time() -> None:
    with caused_by("r1"):
        told = line("request", status=201, route="/x")
    assert told == {
        "event": "request",
        "request_id": "r1",
        "level": "warning",
        "status": 201,
        "route": "/x",
        "timestamp": "2026-09-21T14:13:20.250000Z",
    }


def test_tokens_and_phones_are_masked_wherever_they_stand() -> None:
    secrets = (
        "+79001234567",
        "oko_abcdefgh12345",
        "7770001:AA-this_is_the_secret_part_of_it",
        "vk1.a.a_secret_of_it",
    )
    error = ValueError(" ".join(secrets))
    trace = (ValueError, error, None)
    told = line("said " + secrets[0], to=secrets[1], error=OSError(secrets[2]), exc_info=trace)
    text = json.dumps(told, ensure_ascii=False)
    assert "ValueError" in text
    assert all(secret not in text for secret in secrets)
    assert "+•••" in text


def test_a_request_is_told_in_full_though_its_record_is_made_in_one_go(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "webapp.access"), caused_by("r2"):
        access_log.write("GET", "/api/v1/bookings/{id}", 200, 0.01234, often=False)
        access_log.write("GET", "/metrics", 200, 0.001, often=True)
        (record,) = caplog.records
        told = json.loads(JsonLines().format(record))
    when = datetime.fromisoformat(told.pop("timestamp"))
    assert abs((datetime.now(UTC) - when).total_seconds()) < 60
    assert told == {
        "event": "request",
        "request_id": "r2",
        "level": "info",
        "method": "GET",
        "route": "/api/v1/bookings/{id}",
        "status": 200,
        "ms": 12.3,
    }
    assert vars(record).keys() == vars(logging.makeLogRecord(vars(record))).keys()


def test_what_machines_ask_for_is_told_to_the_curious(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "webapp.access"):
        access_log.write("GET", "/metrics", 200, 0.001, often=True)
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
