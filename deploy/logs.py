"""Logging: one line an event, for people or for machines, with nothing personal in it.

Everything goes through the standard library's loggers; structlog formats. What was handed over as ``extra``
becomes fields. A last filter masks what looks like a bot's token, a phone or a bearer token, whoever logged
it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog

from core.ports.cause import CAUSE

_MASKS: Final = (
    (re.compile(r"\b(\d{5,}):[A-Za-z0-9_-]{20,}"), r"\1:•••"),
    (re.compile(r"\boko_[A-Za-z0-9_-]{8,}"), "oko_•••"),
    (re.compile(r"(?<![\w-])\+\d{7,15}\b"), "+•••"),
    (re.compile(r"\bvk1\.a\.[\w-]{8,}"), "vk1.a.•••"),
)
#: The fields of a record that are logging's own; the others were handed over as ``extra``.
_OWN: Final = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"})
#: What each of them has somewhere; most texts have none of it, and are done with one look.
_SUSPECT: Final = re.compile(r"\d{5}|oko_|vk1\.")


def mask(text: str) -> str:
    """``text`` without tokens and phones."""
    if _SUSPECT.search(text) is None:
        return text
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def _masked(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = mask(value)
    return event


def _with_cause(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (cause := CAUSE.get()) is not None:
        event["request_id"] = cause
    return event


class JsonLines(logging.Formatter):
    """A record as a line of JSON. Every request logs one, so it is made in one go."""

    def format(self, record: logging.LogRecord) -> str:
        """The event, what caused it, its fields, when it was."""
        event: dict[str, Any] = {"event": mask(record.getMessage())}
        if (cause := CAUSE.get()) is not None:
            event["request_id"] = mask(cause)
        event["level"] = record.levelname.lower()
        said = record.__dict__
        # A record that names its fields has no others.
        for name in getattr(record, "FIELDS", None) or said.keys() - _OWN:
            value = said[name]
            event[name] = mask(value) if isinstance(value, str) else value
        if record.exc_info:
            event["exception"] = mask(self.formatException(record.exc_info))
        written = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
        event["timestamp"] = written.replace("+00:00", "Z")
        return orjson.dumps(event, default=_written, option=orjson.OPT_NON_STR_KEYS).decode()


def _written(value: object) -> str:
    return mask(str(value))


def _console() -> logging.Formatter:
    """Lines for people."""
    shared: list[Any] = [
        _with_cause,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        _masked,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
        ],
    )


def set_up_logging(form: str, *, level: int = logging.INFO) -> None:
    """``form``: ``console`` or ``json``. Called once, by the command line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else _console())
    # Not told by our lines, and dear: the stack is walked for the caller's place.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 - the way that the logging HOWTO names
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("aiogram", "alembic", "apscheduler", "aiohttp.access", "vkbottle"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
