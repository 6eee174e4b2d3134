"""What the core asks of the database, in its own words.

Implemented by ``storage.repositories``; nothing here waits for anything but the database. A newer feature has
a port of its own beside this package.
"""

from __future__ import annotations

from core.ports.repositories.bookings import (
    BookingFilter,
    BookingOrder,
    BookingRepository,
    BusyQuestion,
    BusyReading,
    GroupSession,
    NewSession,
    Page,
)
from core.ports.repositories.catalogue import CataloguePart, CatalogueRepository, Part
from core.ports.repositories.clients import ClientPage, ClientRepository
from core.ports.repositories.inbox import InboxEvent, InboxRepository, Lease
from core.ports.repositories.outbox import Backlog, ClaimedMessage, OutboxRepository, SentCopy
from core.ports.repositories.people import PeopleRepository
from core.ports.repositories.tokens import ApiToken, TokenRepository

__all__ = [
    "ApiToken",
    "Backlog",
    "BookingFilter",
    "BookingOrder",
    "BookingRepository",
    "BusyQuestion",
    "BusyReading",
    "CataloguePart",
    "CatalogueRepository",
    "ClaimedMessage",
    "ClientPage",
    "ClientRepository",
    "GroupSession",
    "InboxEvent",
    "InboxRepository",
    "Lease",
    "NewSession",
    "OutboxRepository",
    "Page",
    "Part",
    "PeopleRepository",
    "SentCopy",
    "TokenRepository",
]
