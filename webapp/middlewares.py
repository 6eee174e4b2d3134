"""What every request passes: its id, its log line and figures, the error form, the security headers."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from core.domain.errors import DomainError
from webapp.errors import Fault, Refused, answer, fault_of, fault_of_http
from webapp.language import api_texts
from webapp.pages.problem import problem_page
from webapp.wiring import METRICS

REQUEST_ID: Final = "X-Request-ID"
API: Final = "/api/"

#: The id of the request, on the request.
REQUEST_ID_KEY: Final = web.RequestKey("request_id", str)

_GOOD_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UNMATCHED: Final = "unmatched"
_access = logging.getLogger("webapp.access")
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
    its ids and search words. While the request lasts, the id is bound to everything that is logged.
    """
    given = request.headers.get(REQUEST_ID, "")
    request_id = given if _GOOD_ID.fullmatch(given) else uuid4().hex
    request[REQUEST_ID_KEY] = request_id
    begun = time.perf_counter()
    status = 499  # the caller has gone
    with structlog.contextvars.bound_contextvars(request_id=request_id):
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
            _access.log(
                logging.DEBUG if request.path.startswith(_OFTEN) and status < 500 else logging.INFO,
                "request",
                extra={
                    "method": request.method,
                    "route": route,
                    "status": status,
                    "ms": round(seconds * 1000, 1),
                },
            )
    return response


def route_of(request: web.Request) -> str:
    """The template of the route that was met: ``/api/v1/bookings/{id}``."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else _UNMATCHED


def headers(*, https: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
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
        response.headers.popall("Server", None)

    return prepare


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
    if is_api or not _is_page(request):
        return answer(fault, api_texts(request), request[REQUEST_ID_KEY])
    return problem_page(request, fault)


def _check_address(request: web.Request) -> None:
    """No zero characters: no database keeps them. Raises HTTPBadRequest."""
    if "\0" in request.path or "%00" in request.rel_url.raw_query_string:
        raise web.HTTPBadRequest


def _is_page(request: web.Request) -> bool:
    """Whether somebody looks at the answer in a browser."""
    return request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("Accept", "")
