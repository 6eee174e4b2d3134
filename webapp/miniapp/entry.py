"""``/app``: finds out which business is meant and goes there."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from aiohttp import web

from locales import texts
from webapp.access import caller_of
from webapp.language import page_language
from webapp.miniapp.screen import is_fragment, policy
from webapp.pages.render import html_answer, languages, rendered
from webapp.wiring import OUTSIDE, SERVICES

#: What a link into a messenger says: the business «…».
_PREFIX: Final = "b_"
_MOST: Final = 100


async def show(request: web.Request) -> web.Response:
    """To the business that the link names, to the only one, to the one that the visitor's chat is with; else
    all of them to choose from.

    What a messenger put into the address goes along: it is what the page signs in with.
    """
    catalogues = request.app[SERVICES].catalogues
    found = await catalogues.list()
    by_id = {business_id: slug for business_id, slug, _ in found}
    slugs = set(by_id.values())
    named = _named(request)
    if is_fragment(request):
        identity = (await caller_of(request)).identity
        known = by_id.get(identity.business_id) if identity is not None and identity.business_id else None
        slug = named if named in slugs else known
        # Nothing to change: the list that stands there already is right.
        return web.Response(status=204) if slug is None else _go(request, slug)
    if named in slugs:
        return _go(request, named)
    if len(slugs) == 1:
        return _go(request, next(iter(slugs)))
    language = page_language(request)
    outside = request.app[OUTSIDE]
    html = rendered(
        "app/entry.html",
        texts(language),
        businesses=[(slug, name) for _, slug, name in found[:_MOST]],
        languages=languages(request),
        telegram_script=outside.telegram_script,
    )
    return html_answer(request, html, language, policy=policy(outside.telegram_script))


def _named(request: web.Request) -> str:
    """The business that the address names: our own parameter, or Telegram's or VK's start parameter."""
    own = request.query.get("b", "")
    if own:
        return own
    for name in ("start", "tgWebAppStartParam", "vk_ref"):
        start = request.query.get(name, "")
        if start.startswith(_PREFIX):
            return start.removeprefix(_PREFIX)
    return ""


def _go(request: web.Request, slug: str) -> web.Response:
    query = request.rel_url.raw_query_string
    address = f"/b/{quote(slug)}"
    if is_fragment(request):
        return web.Response(headers={"HX-Redirect": address})
    raise web.HTTPFound(f"{address}?{query}" if query else address)
