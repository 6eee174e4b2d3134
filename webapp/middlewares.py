"""What every request passes: its id, its log line and figures, the error form, limits, keys, headers."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from uuid import uuid4

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from core.domain.errors import DomainError
from core.ports.cause import CAUSE
from webapp import access_log
from webapp.cors import Cors
from webapp.errors import Fault, Refused, answer, fault_of, fault_of_http
from webapp.finish import API, finished
from webapp.idempotency import FAULT_CODE, Idempotency
from webapp.language import api_texts
from webapp.limits import Limits, tell_limits
from webapp.pages.problem import problem_page
from webapp.wiring import METRICS

REQUEST_ID: Final = "X-Request-ID"

#: The id of the request, on the request.
REQUEST_ID_KEY: Final = web.RequestKey("request_id", str)

_GOOD_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UNMATCHED: Final = "unmatched"
_faults = logging.getLogger("webapp.faults")

#: What machines ask for all the time: logged for the curious only.
_OFTEN: Final = ("/api/v1/health", "/api/v1/ready", "/metrics", "/static/", "/sandbox")

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}
_HSTS: Final = "max-age=31536000; includeSubDomains"


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, echo it, and write one line and one figure about it.

    The id is the caller's if it is a sane one. The line names the route's template, never the address with
    its ids and search words. While the request lasts, the id is the cause of all that is logged and queued.
    """
    given = request.headers.get(REQUEST_ID, "")
    request_id = given if _GOOD_ID.fullmatch(given) else uuid4().hex
    request[REQUEST_ID_KEY] = request_id
    begun = time.perf_counter()
    status = 499  # the caller has gone
    token = CAUSE.set(request_id)
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        seconds = time.perf_counter() - begun
        route = route_of(request)
        request.app[METRICS].answered(request.method, route, status, seconds)
        often = request.path.startswith(_OFTEN) and status < 500
        access_log.write(request.method, route, status, seconds, often=often)
        CAUSE.reset(token)
    return response


def route_of(request: web.Request) -> str:
    """The template of the route that was met: ``/api/v1/bookings/{id}``."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else _UNMATCHED


def headers(*, https: bool, cors: Cors) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """A signal handler that sets the headers of every response, streams and files and the sandbox's included.

    What a handler has set stands.
    """
    usual = {**_HEADERS, **({"Strict-Transport-Security": _HSTS} if https else {})}

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        if (request_id := request.get(REQUEST_ID_KEY)) is not None:
            response.headers.setdefault(REQUEST_ID, request_id)
        for name, value in usual.items():
            response.headers.setdefault(name, value)
        if request.path.startswith(API):
            response.headers.setdefault("Cache-Control", "no-store")
            cors.mark(request, response)
        tell_limits(request, response.headers)
        response.headers.popall("Server", None)

    return prepare


def guard(limits: Limits, idempotency: Idempotency, cors: Cors) -> Middleware:
    """Before the handlers: browsers' questions, limits, keyed requests. After them: the last touch."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (preflight := cors.preflight(request)) is not None and request.path.startswith(API):
            return preflight
        if (fault := await limits.admit(request)) is not None:
            raise Refused(fault)
        work = handler
        if idempotency.concerns(request):
            work = partial(idempotency.once, handler=partial(errors, handler=handler))
        response = await errors(request, work)
        if (fault := await limits.answered(request, response.status)) is not None:
            raise Refused(fault)
        return await finished(request, response)

    return guarded


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Make every error of the API the one form, and every error of a page a page.

    What nobody expected is logged with its trace and told as nothing but that.
    """
    is_api = request.path.startswith(API)
    try:
        _check_address(request)
        return await handler(request)
    except Refused as error:
        fault = error.fault
    except DomainError as error:
        fault = fault_of(error)
    except web.HTTPException as error:
        if error.status < 400 or not (is_api or _is_page(request)):
            raise
        fault = fault_of_http(error)
    except ConnectionResetError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, the caller gets an answer and the log the trace
        _faults.exception("unexpected", extra={"route": route_of(request)})
        fault = Fault("INTERNAL")
    request[FAULT_CODE] = fault.code
    if is_api or not _is_page(request):
        return answer(fault, api_texts(request), request[REQUEST_ID_KEY])
    page = problem_page(request, fault)
    page.headers.update(fault.headers)
    return page


def _check_address(request: web.Request) -> None:
    """No zero characters: no database keeps them. Raises HTTPBadRequest."""
    if "\0" in request.path or "%00" in request.rel_url.raw_query_string:
        raise web.HTTPBadRequest


def _is_page(request: web.Request) -> bool:
    """Whether somebody looks at the answer in a browser."""
    return request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("Accept", "")
