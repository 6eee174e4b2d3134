"""Messengers, as the outbox sees them: something that delivers a row and says how it went."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from core.domain.booking import Booking
from core.domain.catalog import Catalogue
from core.domain.client import Client, Identity
from core.domain.member import Member
from core.domain.message import OutgoingMessage
from core.ports.repositories import SentCopy


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way, with all that its words need.

    ``locale``: the reader's language. ``booking`` is as it stands now, not as it was when the row was
    written; ``client`` is whose booking it is, for a member's message too. ``edit_target``: the message to
    change. ``together``: all visits that a reminder tells of, by start. ``client_reachable`` False, in a
    member's message: nobody can write to the client. ``edit_only``: when that message has gone, the answer
    is :class:`Gone`; otherwise a new message is sent in its place.
    """

    message: OutgoingMessage
    identity: Identity
    locale: str
    catalogue: Catalogue
    booking: Booking | None = None
    client: Client | None = None
    member: Member | None = None
    edit_target: SentCopy | None = None
    edit_only: bool = False
    client_reachable: bool = True
    together: tuple[Booking, ...] = ()


class Sent(NamedTuple):
    """It is there."""

    copy: SentCopy


class Unreachable(NamedTuple):
    """This person blocked us, deleted themselves or never allowed messages: another way has to be found."""

    reason: str


class RetryAfter(NamedTuple):
    """The messenger asks the whole account to wait that many seconds."""

    seconds: float


class Failed(NamedTuple):
    """It may go well later: no connection, the messenger's own trouble."""

    error: str


class Rejected(NamedTuple):
    """The messenger will never take it as it is; a fault of ours."""

    error: str


class Gone(NamedTuple):
    """The message to be edited is not there any more."""


SendResult: TypeAlias = Sent | Unreachable | RetryAfter | Failed | Rejected | Gone


class Sender(Protocol):
    """Delivers to one messenger. It doesn't pace itself (the outbox does) nor raise for what the messenger
    says.
    """

    @property
    def accounts(self) -> Collection[str]:
        """The bots or communities (by key) that this process can write by."""
        ...

    async def send(self, delivery: Delivery) -> SendResult:
        """Deliver once. A repeated delivery of a row is the same message to the messenger, where it can tell
        (VK's ``random_id`` is made of the row's id).
        """
        ...
