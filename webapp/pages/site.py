"""The start page, and the static files."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from webapp.language import page_language
from webapp.pages.render import asset, page
from webapp.wiring import OUTSIDE, SERVICES

_MOST_BUSINESSES: Final = 12


def routes() -> list[web.AbstractRouteDef]:
    """The addresses of the pages."""
    return [
        web.get("/", start),
        web.get("/static/{name}", asset),
    ]


async def start(request: web.Request) -> web.Response:
    """What this deployment is, and where to go from here."""
    outside = request.app[OUTSIDE]
    found = await request.app[SERVICES].catalogues.list()
    return page(
        request,
        "start.html",
        page_language(request),
        businesses=[(slug, name) for _, slug, name in found[:_MOST_BUSINESSES]],
        sandbox=outside.sandbox is not None,
        docs=outside.docs_url,
    )
