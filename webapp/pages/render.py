"""Makes pages of templates: one Jinja2 environment, one set of fingerprinted static files."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from locales import LOCALES, texts
from webapp.language import COOKIE

_FOLDER: Final = Path(__file__).parent
_YEAR: Final = 365 * 24 * 3600

#: No script at all; pictures of a business may lie elsewhere.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class _Asset:
    """A static file, named by its content, so that it may be kept for ever."""

    def __init__(self, path: Path) -> None:
        self.body = path.read_bytes()
        self.type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        digest = hashlib.sha256(self.body).hexdigest()[:12]
        self.name = f"{path.stem}.{digest}{path.suffix}"


_assets: Final = {path.name: _Asset(path) for path in sorted((_FOLDER / "static").iterdir())}
_by_address: Final = {asset.name: asset for asset in _assets.values()}

#: The mark stands in the page itself: it takes the colours of its surroundings.
MARK: Final = Markup((_FOLDER / "static" / "mark.svg").read_text(encoding="utf-8"))  # noqa: S704 (our own)


def asset_url(name: str) -> str:
    """The address of a static file of ours."""
    return f"/static/{_assets[name].name}"


async def asset(request: web.Request) -> web.Response:
    """Serve a static file."""
    found = _by_address.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable"}
    return web.Response(body=found.body, content_type=found.type, charset="utf-8", headers=headers)


_environment: Final = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(asset=asset_url, mark=MARK)


def page(
    request: web.Request, template: str, language: str, *, status: int = 200, **content: Any
) -> web.Response:
    """A page in a language. A language that the address chose is kept."""
    words = texts(language)
    html = _environment.get_template(template).render(
        words=words,
        t=words.t,
        language=language,
        languages=[
            (code, texts(code).t("web.language"), str(request.rel_url.update_query(lang=code)))
            for code in LOCALES
        ],
        **content,
    )
    response = web.Response(
        text=html,
        status=status,
        content_type="text/html",
        headers={
            "Content-Security-Policy": POLICY,
            "Cache-Control": "no-cache",
            "Vary": "Accept-Language, Cookie",
        },
    )
    if request.query.get("lang") in LOCALES:
        response.set_cookie(COOKIE, language, max_age=_YEAR, samesite="Lax", httponly=True, path="/")
    return response
