"""Answers of the Mini App: each screen is a whole page to a plain GET, and a fragment to htmx.

A POST, and whatever depends on who asks, is taken only with the header ``HX-Request``, which a page of
another site can't send: browsers ask first, and we don't allow it. Nothing is kept in cookies that would let
somebody act, so a request that a foreign page forges is a stranger's anyway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from core.domain.catalog import Catalogue
from locales import Texts, texts
from webapp.inputs import MAX_BODY, read_body
from webapp.language import page_language
from webapp.miniapp.flow import Flow, read_flow
from webapp.pages.render import html_answer, languages, rendered
from webapp.wiring import OUTSIDE, SERVICES

_FRAMES: Final = (
    "'self' https://web.telegram.org https://*.telegram.org https://vk.com https://*.vk.com "
    "https://vk.ru https://*.vk.ru"
)


def policy(script: str) -> str:
    """What a page of the Mini App may load, and who may frame it: the messengers, and ourselves.

    ``script``: where Telegram's own script comes from; without it no native button would work there.
    """
    address = urlsplit(script)
    origin = f"{address.scheme}://{address.netloc}" if address.scheme else ""
    return (
        f"default-src 'none'; script-src 'self' {origin}; style-src 'self'; img-src 'self' https: data:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {_FRAMES}"
    )


def is_fragment(request: web.Request) -> bool:
    """Whether htmx asks, and not for a whole page to go back to."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def require_script(request: web.Request) -> None:
    """The request comes from a page of ours, see the module. Raises HTTPForbidden."""
    if "HX-Request" not in request.headers:
        raise web.HTTPForbidden


async def catalogue_of(request: web.Request) -> Catalogue:
    """The business that the address names. Raises NotFound."""
    return await request.app[SERVICES].catalogues.get(request.match_info["slug"])


def flow_of(request: web.Request) -> Flow:
    """The booking in progress that the address tells of. Raises HTTPBadRequest for far too long a one."""
    try:
        return read_flow(parse_qsl(request.rel_url.raw_query_string, max_num_fields=200))
    except ValueError:
        raise web.HTTPBadRequest from None


class Posted:
    """A form's fields: the booking in progress, and what was typed."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.flow = read_flow(pairs)
        self._fields = dict(reversed(pairs))

    def text(self, name: str) -> str:
        """A field as it was typed; empty when it is not there. Of a repeated one, the first."""
        return self._fields.get(name, "").replace("\0", "")


async def posted(request: web.Request) -> Posted:
    """The form that htmx sends. Raises HTTPForbidden for anybody else, Refused (413) for too much,
    HTTPBadRequest for what is no form.
    """
    require_script(request)
    raw = await read_body(request, MAX_BODY)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=400)
    except ValueError:
        raise web.HTTPBadRequest from None
    return Posted(pairs)


def words_of(request: web.Request, catalogue: Catalogue, flow: Flow) -> Texts:
    """The language of a screen."""
    return texts(flow.lang or page_language(request, catalogue.business.locale))


class Links:
    """Addresses of a business's screens, each with the booking in progress."""

    def __init__(self, slug: str, flow: Flow) -> None:
        self._root = f"/b/{slug}"
        self._flow = flow

    def to(self, screen: str = "", **changes: Any) -> str:
        """The address of a screen, the booking changed."""
        query = replace(self._flow, **changes).query()
        path = f"{self._root}/{screen}" if screen else self._root
        return f"{path}?{query}" if query else path

    def path(self, screen: str) -> str:
        """Where a form of a screen is sent; the booking in progress stands in its fields."""
        return f"{self._root}/{screen}"

    def plain(self, screen: str = "") -> str:
        """The address of a screen that has nothing to do with the booking in progress."""
        path = f"{self._root}/{screen}" if screen else self._root
        return f"{path}?lang={self._flow.lang}" if self._flow.lang else path


def screen(
    request: web.Request,
    template: str,
    catalogue: Catalogue,
    flow: Flow,
    *,
    status: int = 200,
    address: str | None = None,
    replaces: bool = False,
    target: str | None = None,
    tell: Mapping[str, object] | None = None,
    **content: Any,
) -> web.Response:
    """A screen, whole or as a fragment.

    To htmx: ``address`` is what the browser shall show for it, pushed or, if it ``replaces``, instead of the
    present one; ``target`` where the fragment goes if not into the whole screen; ``tell`` what the page's
    script shall know (an event's name and what it carries).
    """
    words = words_of(request, catalogue, flow)
    outside = request.app[OUTSIDE]
    fragment = is_fragment(request)
    html = rendered(
        f"app/{template}.html",
        words,
        layout="app/part.html" if fragment else "app/page.html",
        whole=not fragment,
        business=catalogue.business,
        flow=flow,
        links=Links(catalogue.business.slug, flow),
        messengers=outside.links(catalogue.business),
        languages=languages(request),
        telegram_script=outside.telegram_script,
        **content,
    )
    response = html_answer(request, html, words.locale, policy=policy(outside.telegram_script), status=status)
    # One address answers both ways: caches have to know.
    response.headers["Vary"] += ", HX-Request, HX-History-Restore-Request"
    if fragment:
        response.headers["Cache-Control"] = "no-store"
        if address is not None:
            response.headers["HX-Replace-Url" if replaces else "HX-Push-Url"] = address
        if target is not None:
            response.headers["HX-Retarget"] = target
            response.headers["HX-Reswap"] = "innerHTML"
        if tell is not None:
            response.headers["HX-Trigger-After-Swap"] = json.dumps(tell)
    return response
