"""``/docs``: how to begin, a page for each heading, and the objects."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from aiohttp import web

from webapp.api.openapi import document
from webapp.api.routes import OPERATIONS
from webapp.docs.prose import line, prose
from webapp.docs.reading import Book, read
from webapp.language import page_language
from webapp.pages.render import page

DOCS: Final = "/docs"
_OBJECTS: Final = "objects"


def routes() -> list[web.AbstractRouteDef]:
    """The addresses."""
    return [web.get(DOCS, overview), web.get(f"{DOCS}/{{group}}", group)]


@cache
def book() -> Book:
    """The document, read once."""
    return read(document(OPERATIONS))


async def overview(request: web.Request) -> web.Response:
    """What the API is, who gets in how, and all operations by their headings."""
    return _page(request, "docs/overview.html", current="")


async def group(request: web.Request) -> web.Response:
    """The operations under one heading; or the objects."""
    slug = request.match_info["group"]
    if slug == _OBJECTS:
        return _page(request, "docs/objects.html", current=_OBJECTS)
    found = next((each for each in book().groups if each.slug == slug), None)
    if found is None:
        raise web.HTTPNotFound
    return _page(request, "docs/group.html", current=slug, group=found)


def _page(request: web.Request, template: str, **content: Any) -> web.Response:
    return page(request, template, page_language(request), book=book(), prose=prose, line=line, **content)
