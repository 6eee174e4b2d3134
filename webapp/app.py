"""Puts the web application together. Wiring only: everything it works with is an argument."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from webapp.api import routes as api
from webapp.hooks import routes as hooks
from webapp.metrics import Metrics
from webapp.middlewares import errors, headers, observe
from webapp.pages import site
from webapp.visit_key import VisitKeys
from webapp.wiring import METRICS, OUTSIDE, SERVICES, VISIT_KEYS, Outside, Services

SANDBOX: Final = "/sandbox"
#: Largest form that the sandbox's Bot API takes, in bytes: Telegram's own limit for a file and some more.
#: Our own handlers read with limits of their own, see :func:`webapp.inputs.read_body`.
_MAX_FORM: Final = 52 * 1024 * 1024


def build_app(services: Services, *, secret: bytes, outside: Outside | None = None) -> web.Application:
    """The web application: REST, webhooks, pages, and whatever ``outside`` mounts.

    ``secret`` signs what is handed to callers; the same on all replicas.
    """
    outside = outside or Outside()
    app = web.Application(middlewares=[observe, errors], client_max_size=_MAX_FORM)
    app[SERVICES] = services
    app[OUTSIDE] = outside
    app[VISIT_KEYS] = VisitKeys(secret)
    app[METRICS] = Metrics()
    app.on_response_prepare.append(headers(https=outside.https))
    app.add_routes(api.routes())
    app.add_routes(hooks.routes(outside.hooks))
    app.add_routes(site.routes())
    if outside.sandbox is not None:
        app.add_subapp(SANDBOX, outside.sandbox)
    return app
