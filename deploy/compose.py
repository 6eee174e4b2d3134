"""The core on its database: servers, schema, connections and services, for as long as a block of code
runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from core.integrations.phones import LibPhones
from core.ports.clock import Clock
from core.ports.holds import HOLD_SECONDS
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
from core.services.team import Team
from core.services.tokens import Tokens
from deploy.clock import new_id
from deploy.embedded import embedded_servers
from deploy.schema import is_current
from deploy.settings import Settings
from storage.database import Database
from storage.redis.events import RedisNews
from storage.redis.holds import RedisHolds
from storage.redis.limits import RedisLimits
from storage.unit_of_work import PgUnitOfWork

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Core:
    """All use cases, and what they stand on."""

    database_url: str
    redis_url: str
    database: Database
    redis: Redis
    uow: PgUnitOfWork
    clock: Clock
    holds: RedisHolds
    live: Live
    news: RedisNews
    phones: LibPhones
    catalogues: Catalogues
    availability: Availability
    bookings: Bookings
    holding: Holding
    clients: Clients
    directory: ClientDirectory
    linking: Linking
    team: Team
    members: Members
    mine: Mine
    tokens: Tokens
    admin: CatalogAdmin
    closing: Closing
    requests: Requests
    limits: RedisLimits


def build_core(
    *,
    database_url: str,
    redis_url: str,
    database: Database,
    redis: Redis,
    clock: Clock,
    hold_seconds: int = HOLD_SECONDS,
) -> Core:
    """Wire the services on open connections."""
    live = Live()
    news = RedisNews(redis, live)
    uow, holds, phones = PgUnitOfWork(database, news), RedisHolds(redis, news), LibPhones()
    catalogues = Catalogues(uow, clock)
    availability = Availability(uow, catalogues, holds, clock)
    bookings = Bookings(
        uow=uow, catalogues=catalogues, holds=holds, clock=clock, new_id=new_id, phones=phones
    )
    admin = CatalogAdmin(uow=uow, catalogues=catalogues, clock=clock, new_id=new_id, phones=phones)
    return Core(
        database_url=database_url,
        redis_url=redis_url,
        database=database,
        redis=redis,
        uow=uow,
        clock=clock,
        holds=holds,
        live=live,
        news=news,
        phones=phones,
        catalogues=catalogues,
        availability=availability,
        bookings=bookings,
        holding=Holding(uow, catalogues, holds, clock, seconds=hold_seconds),
        clients=Clients(uow, catalogues, availability, clock),
        directory=ClientDirectory(uow, catalogues),
        linking=Linking(
            uow=uow, catalogues=catalogues, holds=holds, clock=clock, new_id=new_id, phones=phones
        ),
        team=Team(uow, catalogues, clock, new_id),
        members=Members(uow, catalogues),
        mine=Mine(uow, catalogues, clock),
        tokens=Tokens(uow, catalogues, clock, new_id),
        admin=admin,
        closing=Closing(
            uow=uow,
            catalogues=catalogues,
            clock=clock,
            new_id=new_id,
            phones=phones,
            bookings=bookings,
            availability=availability,
        ),
        requests=Requests(uow, clock, new_id),
        limits=RedisLimits(redis),
    )


async def prepare_schema(database_url: str) -> None:
    """Bring the schema up to date. Alembic is loaded only when there is something to do."""
    if not await is_current(database_url):
        from deploy.migrate import upgrade

        await asyncio.to_thread(upgrade, database_url)


@asynccontextmanager
async def open_core(settings: Settings, clock: Clock, *, migrate: bool = True) -> AsyncIterator[Core]:
    """Servers (embedded where none is configured), schema, connections, services.

    Raises EmbeddedServerError, OSError and asyncpg's errors when something can't be reached.
    """
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(
            embedded_servers(
                settings.data_dir,
                postgres=settings.database_url is None,
                redis=settings.redis_url is None,
            )
        )
        database_url = settings.database_url or servers.database_url
        redis_url = settings.redis_url or servers.redis_url
        if migrate:
            await prepare_schema(database_url)
        database = await Database.connect(database_url, max_size=16)
        stack.push_async_callback(database.close)
        redis = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=1)
        stack.push_async_callback(redis.aclose)
        core = build_core(
            database_url=database_url,
            redis_url=redis_url,
            database=database,
            redis=redis,
            clock=clock,
            hold_seconds=settings.hold_seconds,
        )
        stack.push_async_callback(core.news.close)
        yield core
