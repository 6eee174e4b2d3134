"""Health (the process answers), readiness (it can work), figures."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aiohttp import web

from webapp.answers import json_answer
from webapp.api.operation import Access, Operation, Tag
from webapp.api.schemas import array, constant, mapping, obj, one_of, string
from webapp.wiring import METRICS, OUTSIDE, Check

_PATIENCE: Final = 2.0
_log = logging.getLogger(__name__)


async def health(_request: web.Request) -> web.Response:
    """The process is there."""
    return json_answer({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Everything it needs is there; 503 with what is missing otherwise."""
    checks = request.app[OUTSIDE].checks
    found = await asyncio.gather(*(_well(name, check) for name, check in checks.items()))
    well = dict(zip(checks, found, strict=True))
    missing = [name for name, good in well.items() if not good]
    content = {
        "status": "not_ready" if missing else "ready",
        "checks": {name: "ok" if good else "failed" for name, good in well.items()},
        "missing": missing,
    }
    return json_answer(content, status=503 if missing else 200)


async def _well(name: str, check: Check) -> bool:
    """Whether a check passes in time; why it doesn't is for the log alone."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not ready
        _log.warning("not ready", extra={"check": name, "reason": type(error).__name__})
        return False
    return True


async def metrics(request: web.Request) -> web.Response:
    """Figures for Prometheus."""
    text = request.app[METRICS].text(await request.app[OUTSIDE].readings())
    return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


_READY: Final = obj(
    {
        "status": one_of(("ready", "not_ready")),
        "checks": mapping(one_of(("ok", "failed"))),
        "missing": array(string(), about="What keeps it from working"),
    }
)

OPERATIONS: Final = (
    Operation(
        "GET",
        "/health",
        health,
        "getHealth",
        Tag.SYSTEM,
        Access.OPEN,
        answers={200: obj({"status": constant("ok")})},
    ),
    Operation(
        "GET",
        "/ready",
        ready,
        "getReadiness",
        Tag.SYSTEM,
        Access.OPEN,
        answers={200: _READY, 503: _READY},
    ),
)
