"""The program: what ``okoshko run`` and ``okoshko demo`` start, in order, and stop in reverse."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from aiohttp import web

from core.domain.catalog import Business
from core.domain.client import Channel
from core.ports.channels import Sender
from deploy.accounts import Accounts, configured_accounts
from deploy.clock import SystemClock
from deploy.compose import Core, open_core
from deploy.open_files import raise_limit
from deploy.parts import OUTBOX, build_worker, web_checks, web_readings, web_services
from deploy.settings import Settings, TelegramMode, VkMode, secret_key
from storage.notifications import OutboxListener
from storage.redis.events import RedisFeed
from webapp.app import build_app
from webapp.wiring import TELEGRAM_SCRIPT, Gate, Hooks, MessengerLink, MessengerLinks, Outside

if TYPE_CHECKING:
    from deploy.messengers import Messengers

_log = logging.getLogger(__name__)

PARTS: Final = ("web", "telegram", "vk", "worker")


class Late:
    """The bots as the web application sees them: they are loaded after it answers."""

    def __init__(self) -> None:
        self.messengers: Messengers | None = None

    async def telegram(self, bot_id: int, secret: str | None, body: bytes) -> int:
        """The HTTP status for one webhook call; until the bots are there, Telegram is asked to come again."""
        if self.messengers is None:
            return 503
        return await self.messengers.receive_telegram(bot_id, secret, body)

    async def vk(self, group_id: int, body: bytes) -> tuple[int, str]:
        """Status and text for one VK callback."""
        if self.messengers is None:
            return 503, ""
        return await self.messengers.receive_vk(group_id, body)

    def links(self, business: Business, start: str = "") -> Sequence[MessengerLink]:
        """Where a client of ``business`` starts the dialog."""
        return self.messengers.links(business, start) if self.messengers else ()

    def failures(self) -> int:
        """How often a dialog went on without Redis."""
        return self.messengers.session_failures if self.messengers else 0


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[None]:
    """The web application, answering at ``host:port``. Raises OSError when the address is taken."""
    raise_limit()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def working(core: Core, senders: dict[Channel, Sender]) -> AsyncIterator[Callable[[], None]]:
    """The worker, woken by PostgreSQL when something is queued; what wakes every sweep is handed over."""
    worker, outbox = build_worker(core, senders)
    listener = OutboxListener(core.database_url, lambda: worker.wake(OUTBOX))
    await worker.start()
    await listener.start()
    try:
        yield worker.wake_all
    finally:
        await listener.stop()
        outbox.stop()
        await worker.stop()


@asynccontextmanager
async def talking(
    core: Core,
    settings: Settings,
    accounts: Accounts,
    *,
    telegram: bool = True,
    vk: bool = True,
    app_base: str | None = None,
) -> AsyncIterator[Messengers]:
    """The bots. Their libraries take seconds to load, so that is done beside everything else.

    ``telegram``, ``vk``: whether what comes in from there is taken; if not, they only send. ``app_base``: the
    address that the Mini App is below; None: the one that messengers open.
    """
    module = await asyncio.to_thread(__import__, "deploy.messengers", fromlist=["Messengers"])
    key = secret_key(settings).get_secret_value().encode()
    app_base = settings.app_base if app_base is None else app_base
    messengers: Messengers = module.Messengers(core, accounts, key=key, public_url=app_base)
    try:
        await messengers.start(telegram=telegram, vk=vk)
        yield messengers
    finally:
        await messengers.stop()


async def hearing(core: Core) -> AsyncIterator[None]:
    """What other processes change, told to those who listen in this one."""
    feed = RedisFeed(core.redis_url, core.live)
    await feed.start()
    yield
    await feed.stop()


def web_app(
    core: Core,
    settings: Settings,
    *,
    late: Late,
    accounts: Accounts | None = None,
    links: MessengerLinks | None = None,
    sandbox: web.Application | None = None,
    telegram_script: str = TELEGRAM_SCRIPT,
) -> web.Application:
    """The web application of this process. ``accounts``: the messengers' whose Mini App it is; None: those
    that are configured.
    """
    secret = secret_key(settings).get_secret_value().encode()
    keys = (accounts or configured_accounts(settings)).launch_keys
    app = build_app(
        web_services(core, secret=secret, keys=keys),
        secret=secret,
        outside=Outside(
            checks=web_checks(core),
            readings=web_readings(core, late.failures),
            hooks=Hooks(
                telegram=late.telegram if settings.telegram_bots else None,
                vk=late.vk if settings.vk_groups else None,
            ),
            links=links or late.links,
            sandbox=sandbox,
            telegram_script=telegram_script,
            https=(settings.public_url or "").startswith("https://"),
            gate=Gate(
                trusted_proxies=settings.trusted_proxies,
                reads=settings.rate_limit_reads,
                writes=settings.rate_limit_writes,
                shared=core.limits,
                cors_origins=settings.cors_origins,
            ),
        ),
    )
    app.cleanup_ctx.append(lambda _app: hearing(core))
    return app


async def until_told() -> None:
    """Wait for Ctrl-C or a polite kill."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no such handlers
            loop.add_signal_handler(number, told.set)
    await told.wait()


async def run(settings: Settings, parts: frozenset[str], say: Callable[[str], None]) -> None:
    """The production processes: ``parts`` of :data:`PARTS`, until told to stop."""
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings, SystemClock()))
        late = Late()
        if "web" in parts:
            app = web_app(core, settings, late=late)
            await stack.enter_async_context(serving(app, settings.http_host, settings.http_port))
            say(f"http://{settings.http_host}:{settings.http_port}")
        senders: dict[Channel, Sender] = {}
        # Webhooks are worked on where they come in, so each update has one process that serves it.
        telegram = ("web" if settings.telegram_mode is TelegramMode.WEBHOOK else "telegram") in parts
        vk = ("web" if settings.vk_mode is VkMode.CALLBACK else "vk") in parts
        telegram, vk = telegram and bool(settings.telegram_bots), vk and bool(settings.vk_groups)
        sends = "worker" in parts and bool(settings.telegram_bots or settings.vk_groups)
        if telegram or vk or sends:
            accounts = configured_accounts(settings)
            messengers = await stack.enter_async_context(
                talking(core, settings, accounts, telegram=telegram, vk=vk)
            )
            late.messengers, senders = messengers, messengers.senders
        if "worker" in parts:
            await stack.enter_async_context(working(core, senders))
        say("ready")
        await until_told()
