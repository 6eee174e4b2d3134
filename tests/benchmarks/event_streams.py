"""Pages that listen: what an open stream of events costs, and how soon all of them hear of a booking."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Final

from tests.benchmarks.load import Connection, written
from tests.benchmarks.salon import Salon
from tests.benchmarks.table import Row, Unit

STREAMS: Final = 1000
_BOOKINGS: Final = 10
_PATIENCE: Final = 30.0
_ASK: Final = b"GET /api/v1/events?business=bench&kinds=slots HTTP/1.1\r\nHost: bench\r\n\r\n"


async def event_streams(salon: Salon) -> Row:
    """Memory of the server for each open stream, in kilobytes."""
    pid = _listener(salon.port)
    booking = await Connection.open(salon.port)
    await _book(booking, salon)
    before = _resident(pid)
    pages = await asyncio.gather(*(_open(salon.port) for _ in range(STREAMS)))
    after = _resident(pid)
    times = []
    for _ in range(_BOOKINGS):
        heard = asyncio.gather(*(_hear(page) for page, _ in pages))
        begun = time.perf_counter()
        await _book(booking, salon)
        async with asyncio.timeout(_PATIENCE):
            times.append(max(await heard) - begun)
    for _, writer in pages:
        writer.close()
    booking.close()
    times.sort()
    return Row(
        f"memory of an open event stream ({STREAMS:,} of them)",
        (after - before) / STREAMS,
        f"{before / 1024:.0f} MB + {(after - before) / 1024:.0f} MB; all hear of a booking within"
        f" {times[len(times) // 2] * 1000:.0f} ms (p50), {times[-1] * 1000:.0f} ms (worst of {_BOOKINGS})",
        None,
        Unit.KILOBYTES,
    )


async def _open(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_ASK)
    if b" 200 " not in await reader.readline():
        raise RuntimeError("a stream was refused")
    while b"retry:" not in await reader.readline():
        pass
    return reader, writer


async def _hear(page: asyncio.StreamReader) -> float:
    """When the next change of slots was there."""
    while b"event: slots" not in await page.readline():
        pass
    return time.perf_counter()


async def _book(connection: Connection, salon: Salon) -> None:
    status = await connection.ask(written(salon.posts.take(1)[0]))
    if status != 201:
        raise RuntimeError(f"no booking was made: {status}")


def _listener(port: int) -> int:
    """The process that we started to answer at ``port``."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    wanted = f"OKOSHKO_HTTP_PORT={port}".encode()
    found = [pid for pid in children if wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")]
    if len(found) != 1:
        raise RuntimeError("the server's process is not to be found")
    return int(found[0])


def _resident(pid: int) -> float:
    """Kilobytes of memory that are the process's own."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("RssAnon:")))
