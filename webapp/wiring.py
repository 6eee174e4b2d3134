"""What the web application is put together from: ``deploy`` hands it over, handlers find it in the app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from aiohttp import web

from core.domain.catalog import Business
from core.domain.client import Channel
from core.ports.clock import Clock
from core.ports.limits import SharedLimits
from core.ports.phones import Phones
from core.services.availability import Availability
from core.services.booking import Bookings
from core.services.catalog_admin import CatalogAdmin
from core.services.catalogues import Catalogues
from core.services.client_directory import ClientDirectory
from core.services.clients import Clients
from core.services.closing import Closing
from core.services.holding import Holding
from core.services.linking import Linking
from core.services.live import Live
from core.services.members import Members
from core.services.mine import Mine
from core.services.requests import Requests
from core.services.sign_in import SignIn
from core.services.team import Team
from core.services.tokens import Tokens
from webapp.calendar_link import CalendarLinks
from webapp.metrics import Metrics, Readings, nothing_to_read
from webapp.streams import Streams
from webapp.visit_key import VisitKeys

#: Returns when the thing is well, raises when it is not.
Check = Callable[[], Awaitable[object]]

#: ``(bot id, secret header, body) -> HTTP status``: one Telegram webhook call.
TelegramReceive = Callable[[int, str | None, bytes], Awaitable[int]]

#: ``(community id, body) -> (HTTP status, text)``: one VK callback.
VkReceive = Callable[[int, bytes], Awaitable[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that the web application offers, and the clock and the reader of phones that its pages
    share with them.
    """

    catalogues: Catalogues
    availability: Availability
    bookings: Bookings
    clients: Clients
    directory: ClientDirectory
    tokens: Tokens
    sign_in: SignIn
    team: Team
    members: Members
    mine: Mine
    linking: Linking
    admin: CatalogAdmin
    closing: Closing
    requests: Requests
    holding: Holding
    live: Live
    phones: Phones
    clock: Clock


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


class MessengerLinks(Protocol):
    """The messengers in which a business can be reached, in the order in which they are offered.

    ``start``: the start parameter; that of the business itself by default.
    """

    def __call__(self, business: Business, start: str = "") -> Sequence[MessengerLink]: ...


def no_links(business: Business, start: str = "") -> Sequence[MessengerLink]:
    """No messenger is connected."""
    del business, start
    return ()


#: Telegram's own script. The number is its version: with it, a browser never shows an old one.
TELEGRAM_SCRIPT: Final = "https://telegram.org/js/telegram-web-app.js?59"


@dataclass(frozen=True, slots=True)
class Gate:
    """Who may call from where, and how often.

    - ``trusted_proxies``: networks of the proxies that tell whom they serve.
    - ``reads``, ``writes``: how many a minute each caller has; 0: no limit.
    - ``shared``: counts for all processes; None: each counts for itself.
    - ``cors_origins``: sites whose pages may call the API; ``*``: all.
    """

    trusted_proxies: Sequence[str] = ("127.0.0.0/8", "::1/128")
    reads: int = 1200
    writes: int = 240
    shared: SharedLimits | None = None
    cors_origins: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Outside:
    """What surrounds the application.

    - ``checks``: what readiness depends on, by name (``database``, ``redis``, ``migrations``).
    - ``readings``: figures for ``/metrics`` that are read when asked for.
    - ``links``: how a business's clients get into its messengers.
    - ``sandbox``: the application of the two phones, mounted at ``/sandbox``; None in production.
    - ``docs_url``: where the API is described; None: not linked.
    - ``https``: browsers are told to come by HTTPS only.
    - ``gate``: who may call from where, and how often.
    - ``telegram_script``: what makes a page a Mini App of Telegram; the sandbox has its own.
    """

    checks: Mapping[str, Check] = field(default_factory=dict)
    readings: Readings = nothing_to_read
    hooks: Hooks = Hooks()
    links: MessengerLinks = no_links
    sandbox: web.Application | None = None
    docs_url: str | None = "/docs"
    https: bool = False
    gate: Gate = Gate()
    telegram_script: str = TELEGRAM_SCRIPT


SERVICES: Final = web.AppKey("services", Services)
OUTSIDE: Final = web.AppKey("outside", Outside)
CALENDAR_LINKS: Final = web.AppKey("calendar_links", CalendarLinks)
VISIT_KEYS: Final = web.AppKey("visit_keys", VisitKeys)
METRICS: Final = web.AppKey("metrics", Metrics)
STREAMS: Final = web.AppKey("streams", Streams)
