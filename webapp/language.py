"""Which language to answer in."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from aiohttp import web

from locales import DEFAULT_LOCALE, LOCALES, Texts, match_locale, texts

COOKIE: Final = "okoshko_lang"
_MAX_LENGTH: Final = 500


@lru_cache(maxsize=512)
def accepted(header: str) -> str | None:
    """Our language that an Accept-Language header (RFC 9110) likes best; None when it names none.

    Languages that we don't speak stand for the one their readers more likely know.
    """
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(header[:_MAX_LENGTH].split(",")):
        code, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if code.strip() not in {"", "*"} and weight > 0:
            ranked.append((-weight, position, code.strip()))
    ranked.sort()
    codes = [code for _, _, code in ranked]
    known = next((code for code in codes if code.split("-")[0].lower() in LOCALES), None)
    return match_locale(known or codes[0]) if codes else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def asked_language(request: web.Request) -> str | None:
    """The language that the caller's Accept-Language asks for."""
    return accepted(request.headers.get("Accept-Language", ""))


def api_texts(request: web.Request) -> Texts:
    """The words of API answers, by Accept-Language."""
    return texts(asked_language(request) or DEFAULT_LOCALE)


def page_language(request: web.Request, default: str | None = None) -> str:
    """The language of a page: the address's ``lang``, what was chosen before, the page's own, the
    browser's.
    """
    for chosen in (request.query.get("lang"), request.cookies.get(COOKIE)):
        if chosen in LOCALES:
            return chosen
    return match_locale(default or asked_language(request))
