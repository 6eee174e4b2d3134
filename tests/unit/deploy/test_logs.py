"""A log line says what happened, and nothing secret."""

from __future__ import annotations

import json
import logging

import structlog

from deploy.logs import JsonLines


def line(message: str, **fields: object) -> dict[str, object]:
    """What is written of a record."""
    record = logging.makeLogRecord(
        {"msg": message, "levelname": "WARNING", "created": 1_790_000_000.25, **fields}
    )
    written: dict[str, object] = json.loads(JsonLines().format(record))
    return written


def test_fields_context_and_time() -> None:
    with structlog.contextvars.bound_contextvars(request_id="r1"):
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
