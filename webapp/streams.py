"""Open event streams (server-sent events): how many there may be, how they are kept alive and how they end.

A stream that is not read is given up rather than kept in memory: by the number of changes that wait for it,
and by the time that the network takes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from aiohttp import hdrs, web

from core.services.live import Listener, Live, Told, Viewer
from webapp.client_address import ADDRESSES, is_local, site_of
from webapp.errors import Fault, Refused
from webapp.metrics import Metrics

_log = logging.getLogger(__name__)

#: Behind one address there may be half a town (a mobile network), or one who opens what they can.
PER_SITE: Final = 100
MOST: Final = 5000

_HEARTBEAT_SECONDS: Final = 15.0
#: How long a good token is believed when there is something of a booking to tell.
_BELIEVED_SECONDS: Final = 5.0
_WRITE_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 10
_RETRY_MILLISECONDS: Final = 2000

#: Writes what is told as events of the stream.
Writer = Callable[[Sequence[Told]], Awaitable[bytes]]
#: Whether the listener may still hear what they hear: their session or token can have ended since.
StillGood = Callable[[], Awaitable[bool]]


class Streams:
    """All streams of this process. ``heartbeat``: seconds of silence after which a line says that the stream
    is alive.
    """

    def __init__(
        self,
        live: Live,
        metrics: Metrics,
        *,
        per_site: int = PER_SITE,
        most: int = MOST,
        heartbeat: float = _HEARTBEAT_SECONDS,
        patience: float = _WRITE_SECONDS,
    ) -> None:
        self._live = live
        self._metrics = metrics
        self._per_site = per_site
        self._most = most
        self._heartbeat = heartbeat
        self._patience = patience
        self._sites: Counter[str] = Counter()
        self._open: dict[Listener, web.Request] = {}
        self._closed = False
        metrics.count_streams(lambda: len(self._open))

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """For as long as the application runs: streams whose page has gone are noticed within a second."""
        task = asyncio.create_task(self._look(), name="event-streams")
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def close(self, _app: web.Application | None = None) -> None:
        """End all of them in good order: browsers come back by themselves, to another replica or a later
        start.
        """
        self._closed = True
        for listener in self._open:
            listener.end()

    async def serve(
        self,
        request: web.Request,
        viewer: Viewer,
        since: int | None,
        *,
        write: Writer,
        still_good: StillGood,
    ) -> web.StreamResponse:
        """A stream until somebody ends it. Raises Refused (429) when there are too many already."""
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8",
                hdrs.CACHE_CONTROL: "no-store",
                # nginx would gather answers before it passes them on.
                "X-Accel-Buffering": "no",
            }
        )
        with self._place(request), self._live.listening(viewer, since) as listener:
            if self._closed:
                listener.end()
            self._open[listener] = request
            try:
                await response.prepare(request)
                if request.method != hdrs.METH_HEAD:
                    await self._feed(request, response, listener, write, still_good)
            except ConnectionResetError:
                pass  # the page has gone
            except TimeoutError:
                self._metrics.stream_dropped("unread")
                if request.transport is not None:
                    request.transport.abort()
            except Exception:
                if not response.prepared:
                    raise
                # Too late for an answer that says so: the page comes back by itself.
                _log.exception("stream broke off")
            finally:
                del self._open[listener]
            if listener.overrun:
                self._metrics.stream_dropped("overrun")
        return response

    async def _feed(
        self,
        request: web.Request,
        response: web.StreamResponse,
        listener: Listener,
        write: Writer,
        still_good: StillGood,
    ) -> None:
        now = asyncio.get_running_loop().time
        # Who has shown a token may lose what it opens, or have become a client since.
        is_known = hdrs.AUTHORIZATION in request.headers
        believed_until = now() + _BELIEVED_SECONDS
        alive_until = now() + self._heartbeat
        await self._send(response, b"retry: %d\n%b\n" % (_RETRY_MILLISECONDS, self._position()))
        while True:
            told = await listener.next(max(0.0, alive_until - now()))
            quiet = now() >= alive_until
            if is_known and (told or quiet) and now() >= believed_until:
                if not await still_good():
                    return
                believed_until = now() + _BELIEVED_SECONDS
            if told:
                await self._send(response, await write(told))
                self._metrics.events_sent(len(told))
            elif listener.ended:
                return
            if quiet:
                # The place of the newest change comes along, heard or not: who comes back misses less.
                await self._send(response, b": \n%b\n" % (b"" if listener.ended else self._position()))
                alive_until = now() + self._heartbeat

    def _position(self) -> bytes:
        number = self._live.position
        return b"" if number is None else b"id: %d\n" % number

    async def _send(self, response: web.StreamResponse, text: bytes) -> None:
        async with asyncio.timeout(self._patience):
            await response.write(text)

    @contextmanager
    def _place(self, request: web.Request) -> Iterator[None]:
        site = "" if is_local(request) else site_of(request.app[ADDRESSES].of(request))
        if len(self._open) >= self._most or (site and self._sites[site] >= self._per_site):
            self._metrics.stream_dropped("refused")
            raise Refused(Fault("TOO_MANY_REQUESTS", headers={hdrs.RETRY_AFTER: str(_AGAIN_SECONDS)}))
        self._sites[site] += 1
        try:
            yield
        finally:
            self._sites[site] -= 1
            if not self._sites[site]:
                del self._sites[site]

    async def _look(self) -> None:
        """A page that has gone says nothing that a stream would wait for."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for listener, request in self._open.items():
                if request.transport is None or request.transport.is_closing():
                    listener.end()
