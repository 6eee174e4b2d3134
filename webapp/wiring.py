"""What the web application is put together from: ``deploy`` hands it over, handlers find it in the app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from core.domain.catalog import Business
from core.domain.client import Channel
from core.services.availability import Availability
from core.services.booking import Bookings
from core.services.catalog_admin import CatalogAdmin
from core.services.catalogues import Catalogues
from core.services.clients import Clients
from core.services.closing import Closing
from core.services.tokens import Tokens
from webapp.metrics import Metrics, Readings, nothing_to_read
from webapp.visit_key import VisitKeys

#: Returns when the thing is well, raises when it is not.
Check = Callable[[], Awaitable[object]]

#: ``(bot id, secret header, body) -> HTTP status``: one Telegram webhook call.
TelegramReceive = Callable[[int, str | None, bytes], Awaitable[int]]

#: ``(community id, body) -> (HTTP status, text)``: one VK callback.
VkReceive = Callable[[int, bytes], Awaitable[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that the web application offers."""

    catalogues: Catalogues
    availability: Availability
    bookings: Bookings
    clients: Clients
    tokens: Tokens
    admin: CatalogAdmin
    closing: Closing


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who takes what the messengers bring; None: that messenger has no webhook here."""

    telegram: TelegramReceive | None = None
    vk: VkReceive | None = None


@dataclass(frozen=True, slots=True)
class MessengerLink:
    """Where a client of a business starts the dialog."""

    channel: Channel
    url: str


#: The messengers in which a business can be reached, in the order in which they are offered.
MessengerLinks = Callable[[Business], Sequence[MessengerLink]]


def no_links(_business: Business) -> Sequence[MessengerLink]:
    """No messenger is connected."""
    return ()


@dataclass(frozen=True, slots=True)
class Outside:
    """What surrounds the application.

    - ``checks``: what readiness depends on, by name (``database``, ``redis``, ``migrations``).
    - ``readings``: figures for ``/metrics`` that are read when asked for.
    - ``links``: how a business's clients get into its messengers.
    - ``sandbox``: the application of the two phones, mounted at ``/sandbox``; None in production.
    - ``docs_url``: where the API is described; None: not linked.
    - ``https``: browsers are told to come by HTTPS only.
    """

    checks: Mapping[str, Check] = field(default_factory=dict)
    readings: Readings = nothing_to_read
    hooks: Hooks = Hooks()
    links: MessengerLinks = no_links
    sandbox: web.Application | None = None
    docs_url: str | None = None
    https: bool = False


SERVICES: Final = web.AppKey("services", Services)
OUTSIDE: Final = web.AppKey("outside", Outside)
VISIT_KEYS: Final = web.AppKey("visit_keys", VisitKeys)
METRICS: Final = web.AppKey("metrics", Metrics)
