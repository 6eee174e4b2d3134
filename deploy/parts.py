"""The parts of the program that can run together or apart: web, bots, worker."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from core.domain.client import Account, Channel
from core.jobs.cleanup import InboxCleanup, RequestCleanup
from core.jobs.closures import ClosureSweep
from core.jobs.expiry import ExpirySweep
from core.jobs.outbox import OutboxSweep
from core.jobs.sessions import SessionCleanup
from core.ports.channels import Sender
from core.services.sign_in import LaunchKeys, SignIn
from deploy.clock import new_id
from deploy.compose import Core
from deploy.schema import is_current
from deploy.worker import Sweep, Worker
from locales import match_locale
from webapp.metrics import Reading, Readings
from webapp.wiring import Services

_log = logging.getLogger(__name__)

OUTBOX: Final = "outbox"
#: How often each sweep runs at least, in seconds. The outbox is also woken when something is queued.
_OUTBOX_SECONDS: Final = 1.0
_EXPIRY_SECONDS: Final = 15.0
_CLOSURES_SECONDS: Final = 15.0
_CLEANUP_SECONDS: Final = 3600.0


def web_services(core: Core, *, secret: bytes, keys: LaunchKeys) -> Services:
    """The use cases that the web application offers. ``secret`` signs its tokens, ``keys`` are the Mini App's
    hosts'.
    """
    sign_in = SignIn(
        core.uow, core.clock, new_id, core.phones, secret=secret, keys=keys, locale_of=match_locale
    )
    return Services(
        catalogues=core.catalogues,
        availability=core.availability,
        bookings=core.bookings,
        clients=core.clients,
        directory=core.directory,
        tokens=core.tokens,
        sign_in=sign_in,
        team=core.team,
        members=core.members,
        mine=core.mine,
        linking=core.linking,
        admin=core.admin,
        closing=core.closing,
        requests=core.requests,
        holding=core.holding,
        live=core.live,
        phones=core.phones,
        clock=core.clock,
    )


def web_checks(core: Core) -> dict[str, Callable[[], Awaitable[object]]]:
    """What readiness depends on."""

    async def schema() -> None:
        if not await is_current(core.database_url):
            raise RuntimeError("the schema is not up to date: okoshko migrate")

    return {"database": core.database.ping, "redis": core.redis.ping, "migrations": schema}


def build_worker(core: Core, senders: dict[Channel, Sender]) -> tuple[Worker, OutboxSweep]:
    """The sweeps of all jobs."""
    outbox = OutboxSweep(
        uow=core.uow, catalogues=core.catalogues, clock=core.clock, senders=senders, new_id=new_id
    )
    worker = Worker(
        [
            Sweep(OUTBOX, outbox.drain, _OUTBOX_SECONDS),
            Sweep("expiry", ExpirySweep(core.uow, core.bookings, core.clock).run_once, _EXPIRY_SECONDS),
            Sweep("closures", ClosureSweep(core.uow, core.closing, core.clock).run_once, _CLOSURES_SECONDS),
            Sweep("inbox", InboxCleanup(core.uow, core.clock).run_once, _CLEANUP_SECONDS),
            Sweep("sessions", SessionCleanup(core.uow, core.clock).run_once, _CLEANUP_SECONDS),
            Sweep("requests", RequestCleanup(core.uow, core.clock).run_once, _CLEANUP_SECONDS),
        ]
    )
    return worker, outbox


async def register_accounts(core: Core, accounts: Sequence[Account]) -> None:
    """Make the configured bots known; one that is bound to a business already stays so."""
    async with core.uow.begin() as tx:
        known = {(account.channel, account.key) for account in await tx.people.accounts()}
        for account in accounts:
            if (account.channel, account.key) not in known:
                await tx.people.bind_account(account)


def web_readings(core: Core, dialog_failures: Callable[[], int]) -> Readings:
    """Figures for ``/metrics`` that are kept elsewhere."""

    async def read() -> Sequence[Reading]:
        async with core.uow.read() as tx:
            backlog = await tx.outbox.backlog(core.clock.now())
        return [
            Reading("okoshko_outbox_due", "Messages due and not sent", backlog.due),
            Reading("okoshko_outbox_oldest_seconds", "Age of the oldest due message", backlog.oldest_seconds),
            Reading("okoshko_outbox_dead", "Messages given up", backlog.dead),
            Reading("okoshko_holds_without_redis", "Calls that went on without holds", core.holds.failures),
            Reading("okoshko_live_without_redis", "Changes told to one process only", core.news.failures),
            Reading("okoshko_limits_without_redis", "Calls that nobody counted", core.limits.failures),
            Reading("okoshko_dialogs_without_redis", "Sessions kept without Redis", dialog_failures()),
        ]

    return read
