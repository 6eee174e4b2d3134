"""Puts the web application together. Wiring only: everything it works with is an argument."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from webapp.api import routes as api
from webapp.calendar_link import CalendarLinks
from webapp.client_address import ADDRESSES, Addresses
from webapp.cors import Cors
from webapp.docs import pages as docs
from webapp.hooks import routes as hooks
from webapp.idempotency import Idempotency
from webapp.limits import Limits
from webapp.metrics import Metrics
from webapp.middlewares import errors, guard, headers, observe
from webapp.miniapp import nearest
from webapp.miniapp import routes as miniapp
from webapp.pages import site
from webapp.streams import Streams
from webapp.visit_key import VisitKeys
from webapp.wiring import CALENDAR_LINKS, METRICS, OUTSIDE, SERVICES, STREAMS, VISIT_KEYS, Outside, Services

SANDBOX: Final = "/sandbox"
#: Largest form that the sandbox's Bot API takes, in bytes: Telegram's own limit for a file and some more.
#: Our own handlers read with limits of their own, see :func:`webapp.inputs.read_body`.
_MAX_FORM: Final = 52 * 1024 * 1024


def build_app(services: Services, *, secret: bytes, outside: Outside | None = None) -> web.Application:
    """The web application: REST, webhooks, pages, and whatever ``outside`` mounts.

    ``secret`` signs what is handed to callers; the same on all replicas.
    """
    outside = outside or Outside()
    gate, addresses = outside.gate, Addresses(outside.gate.trusted_proxies)
    limits = Limits(addresses, reads=gate.reads, writes=gate.writes, shared=gate.shared)
    idempotency, cors = Idempotency(services.requests, secret), Cors(gate.cors_origins)
    app = web.Application(
        middlewares=[observe, errors, guard(limits, idempotency, cors)], client_max_size=_MAX_FORM
    )
    app[ADDRESSES] = addresses
    app[SERVICES] = services
    app[OUTSIDE] = outside
    app[VISIT_KEYS] = VisitKeys(secret)
    app[CALENDAR_LINKS] = CalendarLinks(secret)
    app[nearest.NEAREST] = nearest.NearestStarts()
    app[METRICS] = Metrics()
    app[STREAMS] = streams = Streams(services.live, app[METRICS])
    app.cleanup_ctx.append(streams.running)
    app.on_shutdown.append(streams.close)
    app.on_response_prepare.append(headers(https=outside.https, cors=cors))
    app.add_routes(api.routes())
    app.add_routes(hooks.routes(outside.hooks))
    app.add_routes(docs.routes())
    app.add_routes(site.routes())
    app.add_routes(miniapp.routes())
    if outside.sandbox is not None:
        app.add_subapp(SANDBOX, outside.sandbox)
    return app
