"""The way in: embedded servers for as long as a block of code runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.account import server_account
from deploy.embedded.errors import EmbeddedServerError
from deploy.embedded.kinds import ServerKind
from deploy.embedded.lease import Lease
from deploy.embedded.place import find_place, make_place
from deploy.embedded.postgres import Postgres
from deploy.embedded.state import ServerState
from deploy.embedded.valkey import Valkey

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """Addresses, empty for a server that was not asked for."""

    database_url: str
    redis_url: str


@asynccontextmanager
async def embedded_servers(
    data_dir: Path, *, postgres: bool = True, redis: bool = True, durable: bool = True
) -> AsyncIterator[EmbeddedServers]:
    """PostgreSQL and Valkey on the data in ``data_dir``, shared with the other programs that use it.

    They are ready when the block begins. When it ends and no other program uses them they have stopped.
    ``durable=False`` is for tests: nothing is forced to the disk. Raises EmbeddedServerError with a line for
    the operator.
    """
    if not (postgres or redis):
        yield EmbeddedServers(database_url="", redis_url="")
        return
    place = make_place(data_dir, server_account())
    kinds: list[ServerKind] = [*([Postgres()] if postgres else []), *([Valkey()] if redis else [])]
    leases: dict[str, Lease] = {}

    async def take(kind: ServerKind) -> None:
        leases[kind.name] = await Lease.take(kind, place / kind.name, durable=durable)

    try:
        for failed in await asyncio.gather(*map(take, kinds), return_exceptions=True):
            if failed is not None:
                raise failed
        yield EmbeddedServers(
            database_url=leases["postgres"].url if postgres else "",
            redis_url=leases["valkey"].url if redis else "",
        )
    finally:
        for released in await asyncio.gather(
            *(lease.release() for lease in leases.values()), return_exceptions=True
        ):
            if isinstance(released, EmbeddedServerError):
                _log.warning("%s", released)
            elif released is not None:
                raise released


def running_ports(data_dir: Path) -> dict[str, int]:
    """The loopback ports of the embedded servers that run on ``data_dir`` now, by ``postgres`` and
    ``valkey``.
    """
    place = find_place(data_dir, server_account())
    if place is None:
        return {}
    states = {name: ServerState.read(place / name) for name in ("postgres", "valkey")}
    return {
        name: state.port for name, state in states.items() if state and state.ready and state.server.alive()
    }
