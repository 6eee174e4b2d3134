"""Makes pages of templates: one Jinja2 environment, one set of fingerprinted static files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from locales import LOCALES, Texts, texts
from webapp.compression import takes_gzip
from webapp.language import COOKIE
from webapp.pages.assets import Assets

_FOLDER: Final = Path(__file__).parent
_WEBAPP: Final = _FOLDER.parent
#: Scripts: the Mini App's modules put together, and what npm brings. ``make`` puts them there.
BUILT: Final = _WEBAPP / "static" / "built"
_YEAR: Final = 365 * 24 * 3600

#: No script at all, and in nobody's frame; pictures of a business may lie elsewhere.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

#: What is served under ``/static/``.
STATIC: Final = Assets(
    [_FOLDER / "static", _WEBAPP / "miniapp" / "static", _WEBAPP / "docs" / "static"],
    scripts=[BUILT / "htmx.min.js"],
    builds=[BUILT / "app.json", BUILT / "early.json"],
)

#: The mark stands in the page itself: it takes the colours of its surroundings.
MARK: Final = Markup((_FOLDER / "static" / "mark.svg").read_text(encoding="utf-8"))  # noqa: S704 (our own)


async def asset(request: web.Request) -> web.Response:
    """Serve a static file."""
    found = STATIC.served(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable"}
    body = found.body
    if found.packed is not None:
        headers["Vary"] = "Accept-Encoding"
        if takes_gzip(request.headers.get("Accept-Encoding", "")):
            body, headers["Content-Encoding"] = found.packed, "gzip"
    return web.Response(body=body, content_type=found.type, charset="utf-8", headers=headers)


_environment: Final = Environment(
    loader=FileSystemLoader(
        [_FOLDER / "templates", _WEBAPP / "miniapp" / "templates", _WEBAPP / "docs" / "templates"]
    ),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(asset=STATIC.url, modules=STATIC.modules, mark=MARK)


def rendered(template: str, words: Texts, **content: Any) -> str:
    """A template in a language."""
    return _environment.get_template(template).render(
        words=words, t=words.t, n=words.n, language=words.locale, **content
    )


def languages(request: web.Request) -> list[tuple[str, str, str]]:
    """Our languages: code, own name, and the address of this page in it, as it is seen from the page itself:
    a path that begins with two slashes would be another site.
    """
    return [
        (code, texts(code).t("web.language"), f"?{request.rel_url.update_query(lang=code).raw_query_string}")
        for code in LOCALES
    ]


def html_answer(
    request: web.Request, html: str, language: str, *, policy: str, status: int = 200
) -> web.Response:
    """A page that was written. A language that the address chose is kept."""
    response = web.Response(
        text=html,
        status=status,
        content_type="text/html",
        headers={
            "Content-Security-Policy": policy,
            "Cache-Control": "no-cache",
            "Vary": "Accept-Language, Cookie",
        },
    )
    if request.query.get("lang") in LOCALES:
        response.set_cookie(COOKIE, language, max_age=_YEAR, samesite="Lax", httponly=True, path="/")
    return response


def page(
    request: web.Request, template: str, language: str, *, status: int = 200, **content: Any
) -> web.Response:
    """A page without script, in a language."""
    html = rendered(template, texts(language), languages=languages(request), **content)
    return html_answer(request, html, language, policy=POLICY, status=status)
