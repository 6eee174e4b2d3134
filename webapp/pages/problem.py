"""What a browser is shown when a page can't be."""

from __future__ import annotations

from aiohttp import web

from webapp.errors import STATUSES, Fault
from webapp.language import page_language
from webapp.pages.render import page


def problem_page(request: web.Request, fault: Fault) -> web.Response:
    """What happened and where to go."""
    kind = "lost" if fault.code == "NOT_FOUND" else "trouble"
    status = STATUSES.get(fault.code, 500)
    return page(request, "problem.html", page_language(request), status=status, kind=kind)
