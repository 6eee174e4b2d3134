"""The page with two phones: one template, styles and small ES modules; its words are in
``locales/*/sandbox.po``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, select_autoescape

from locales import LOCALES, match_locale, texts

_FOLDER = Path(__file__).parent
_COOKIE = "okoshko_sandbox_lang"
_YEAR = 365 * 24 * 3600
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
    "frame-src http: https:; object-src 'none'; base-uri 'none'; form-action 'none'"
)


class SandboxPage:
    """Serves the page in the language that the address, the cookie or the browser asks for."""

    def __init__(self) -> None:
        environment = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=select_autoescape(["html"]),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template("sandbox.html")

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("", self.show),
            web.get("/", self.show),
            web.static("/static", _FOLDER / "static"),
        ]

    async def prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        """Styles and scripts are asked for anew each time, so that an update shows at once."""
        if "/static/" in request.path:
            response.headers["Cache-Control"] = "no-cache"

    async def show(self, request: web.Request) -> web.Response:
        language = _language(request)
        words = texts(language)
        page = {
            "base": request.path.rstrip("/"),
            "language": language,
            "texts": {name: words.t(name) for name in sorted(words.ids()) if name.startswith("sandbox.")},
        }
        html = self._template.render(
            t=words.t,
            language=language,
            languages=LOCALES,
            base=page["base"],
            page=_script_json(page),
            links={code: str(request.rel_url.update_query(lang=code)) for code in LOCALES},
        )
        response = web.Response(
            text=html,
            content_type="text/html",
            headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"},
        )
        if "lang" in request.query:
            response.set_cookie(_COOKIE, language, max_age=_YEAR, samesite="Lax", httponly=True)
        return response


def _language(request: web.Request) -> str:
    asked = request.query.get("lang") or request.cookies.get(_COOKIE)
    if not asked:
        asked = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()
    return match_locale(asked)


def _script_json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
