"""Figures for Prometheus. Labels are route templates and words of ours only: no ids, no tenants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure as it stands now, such as ``okoshko_outbox_messages{status="queued"} 3``."""

    name: str
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


#: Reads the figures that are kept elsewhere: the outbox's size and age, failures of the holds …
Readings = Callable[[], Awaitable[Sequence[Reading]]]


async def nothing_to_read() -> Sequence[Reading]:
    """No figures are kept elsewhere."""
    return ()


class Metrics:
    """The application's own counters."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "okoshko_http_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "okoshko_http_request_seconds",
            "Time to answer a request",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._bookings = Counter(
            "okoshko_api_bookings_created", "Bookings made over HTTP", ("source",), registry=self._registry
        )
        self._conflicts = Counter(
            "okoshko_api_slot_conflicts", "Starts that somebody else already had", registry=self._registry
        )
        self._streams = Gauge(
            "okoshko_event_streams", "Streams of events that are open", registry=self._registry
        )
        self._dropped = Counter(
            "okoshko_event_streams_dropped",
            "Streams refused, overrun by events or not read",
            ("reason",),
            registry=self._registry,
        )
        self._events = Counter("okoshko_events_sent", "Events written to streams", registry=self._registry)

        self._of: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; ``route`` is its template."""
        verb = method if method in _METHODS else "other"
        found = self._of.get((verb, route, status))
        if found is None:
            found = self._requests.labels(verb, route, str(status)), self._seconds.labels(verb, route)
            self._of[verb, route, status] = found
        requests, took = found
        requests.inc()
        took.observe(seconds)

    def booked(self, source: str) -> None:
        """A booking was made."""
        self._bookings.labels(source).inc()

    def conflicted(self) -> None:
        """Somebody came second."""
        self._conflicts.inc()

    def count_streams(self, count: Callable[[], int]) -> None:
        """How many streams are open is asked of ``count``."""
        self._streams.set_function(count)

    def stream_dropped(self, reason: str) -> None:
        """A stream was refused (``refused``) or given up (``overrun``, ``unread``)."""
        self._dropped.labels(reason).inc()

    def events_sent(self, count: int) -> None:
        """Events were written to a stream."""
        self._events.inc(count)

    def text(self, readings: Sequence[Reading]) -> bytes:
        """Everything in Prometheus's text format."""
        fresh = CollectorRegistry()
        fresh.register(_Readings(readings))
        return generate_latest(self._registry) + generate_latest(fresh)


class _Readings:
    """A collector of what was just read."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings = sorted(readings, key=lambda reading: reading.name)

    def collect(self) -> Iterator[Metric]:
        """One family for each name."""
        for name, group in groupby(self._readings, key=lambda reading: reading.name):
            same = list(group)
            family = GaugeMetricFamily(name, same[0].about, labels=tuple(same[0].labels))
            for reading in same:
                family.add_metric(tuple(reading.labels.values()), reading.value)
            yield family
