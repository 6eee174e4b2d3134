"""Two short forms: who comes, then the summary with a comment and the consent."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from core.domain.catalog import Catalogue
from core.domain.client import MAX_COMMENT, MAX_NAME, clean_name
from core.domain.errors import DomainError, InvalidInput
from core.services.catalog_editing import region_of
from webapp.access import Visitor, visitor_in
from webapp.miniapp.flow import Flow
from webapp.miniapp.keeping import held_said, kept, summary_of
from webapp.miniapp.picker import to_shop
from webapp.miniapp.said import kind_words
from webapp.miniapp.screen import (
    Links,
    Posted,
    catalogue_of,
    flow_of,
    is_fragment,
    posted,
    screen,
    words_of,
)
from webapp.miniapp.shop import fitted
from webapp.pages.said import spoken_phone
from webapp.wiring import SERVICES

#: A number as people of a country write it, to be shown where one is to be typed.
_PHONES: Final = {"RU": "+7 900 123-45-67", "GB": "+44 7700 900123"}


async def who(request: web.Request) -> web.Response:
    """The form of name and phone."""
    catalogue = await catalogue_of(request)
    flow = fitted(catalogue, flow_of(request))
    if not flow.items or flow.start is None:
        return to_shop(request, catalogue, flow)
    return await who_screen(request, catalogue, flow, await visitor_in(request, catalogue.business.id))


async def check(request: web.Request) -> web.Response:
    """The summary needs what was typed, which stands in no address: script sends it along."""
    catalogue = await catalogue_of(request)
    flow = fitted(catalogue, flow_of(request))
    if not flow.items or flow.start is None:
        return to_shop(request, catalogue, flow)
    if is_fragment(request):
        visitor = await visitor_in(request, catalogue.business.id)
        return await check_screen(request, catalogue, flow, visitor)
    return screen(request, "resume", catalogue, flow)


async def said_who(request: web.Request) -> web.Response:
    """Name and phone were typed: to the summary, or back with a word beside the field."""
    form = await posted(request)
    catalogue = await catalogue_of(request)
    visitor = await visitor_in(request, catalogue.business.id)
    flow = fitted(catalogue, form.flow)
    if not flow.items or flow.start is None:
        return to_shop(request, catalogue, flow)
    links = Links(catalogue.business.slug, flow)
    errors = _faults(request, catalogue, visitor, form)
    if errors:
        return await who_screen(
            request,
            catalogue,
            flow,
            visitor,
            form=form,
            errors=errors if form.text("resumed") == "" or form.text("name") else {},
            address=links.to("who"),
            replaces=True,
        )
    return await check_screen(
        request,
        catalogue,
        flow,
        visitor,
        form=form,
        address=links.to("check"),
        replaces=bool(form.text("resumed")),
    )


def _faults(
    request: web.Request, catalogue: Catalogue, visitor: Visitor, form: Posted
) -> dict[str, DomainError]:
    """What is wrong with a name and a phone, by field."""
    known = visitor.client is not None and bool(visitor.client.phone)
    found: dict[str, DomainError] = {}
    try:
        if not (known and not form.text("name").strip()):
            clean_name(form.text("name"))
    except InvalidInput as error:
        found["name"] = error
    phone = form.text("phone").strip()
    try:
        if phone:
            request.app[SERVICES].phones.parse(phone, region_of(catalogue))
        elif not known:
            found["phone"] = InvalidInput("phone", "required")
    except InvalidInput as error:
        found["phone"] = error
    return found


async def who_screen(
    request: web.Request,
    catalogue: Catalogue,
    flow: Flow,
    visitor: Visitor,
    *,
    form: Posted | None = None,
    errors: dict[str, DomainError] | None = None,
    address: str | None = None,
    replaces: bool = False,
) -> web.Response:
    words = words_of(request, catalogue, flow)
    client, identity = visitor.client, visitor.identity
    region = region_of(catalogue)
    mine = await kept(request, catalogue, flow, visitor)
    name = (client.name if client else "") or (identity.name if identity else "")
    return screen(
        request,
        "who",
        catalogue,
        flow,
        address=address,
        replaces=replaces,
        summary=summary_of(catalogue, flow, mine, request.app[SERVICES].clock.now(), words),
        held=held_said(request, catalogue, flow, mine),
        name=form.text("name") if form is not None else name,
        phone=form.text("phone") if form is not None else spoken_phone(client.phone if client else None),
        faults={field: kind_words(error, words) for field, error in (errors or {}).items()},
        region=region,
        phone_like=_PHONES.get(region, "+"),
        max_name=MAX_NAME,
    )


# --- the summary


async def check_screen(
    request: web.Request,
    catalogue: Catalogue,
    flow: Flow,
    visitor: Visitor,
    *,
    form: Posted | None = None,
    error: DomainError | None = None,
    address: str | None = None,
    replaces: bool = False,
) -> web.Response:
    words = words_of(request, catalogue, flow)
    client = visitor.client
    name = form.text("name").strip() if form is not None else ""
    phone = form.text("phone").strip() if form is not None else ""
    if not name and client is None:
        return await who_screen(request, catalogue, flow, visitor)
    shown = client.phone if client is not None and not phone else None
    if phone:
        shown = request.app[SERVICES].phones.parse(phone, region_of(catalogue))
    services = request.app[SERVICES]
    agreed = client is not None and await services.clients.has_consent(client.id)
    mine = await kept(request, catalogue, flow, visitor)
    return screen(
        request,
        "check",
        catalogue,
        flow,
        address=address,
        replaces=replaces,
        target="#screen" if error is not None else None,
        summary=summary_of(catalogue, flow, mine, request.app[SERVICES].clock.now(), words),
        held=held_said(request, catalogue, flow, mine),
        name=name,
        phone=phone,
        who=name or (client.name if client is not None else ""),
        phone_said=spoken_phone(shown),
        returning=client is not None and not name,
        comment=form.text("comment") if form is not None else "",
        consented=form is not None and bool(form.text("consent")),
        needs_consent=not agreed,
        consent_text=words.t("consent.text", business=catalogue.business.name).split("\n\n"),
        fault=kind_words(error, words) if error is not None else "",
        faulty=error.field if isinstance(error, InvalidInput) else "consent" if error else "",
        max_comment=MAX_COMMENT,
    )
