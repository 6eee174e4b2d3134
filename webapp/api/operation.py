"""One operation of the API: its route, and all that its document says of it.

Modules of features list theirs as ``OPERATIONS``; :mod:`webapp.api.routes` makes routes of them and
:mod:`webapp.api.openapi` the document, so that neither can know what the other doesn't.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from aiohttp import web

from webapp.api.schemas import Schema

PREFIX: Final = "/api/v1"
"""Where every operation lies."""

OF_BUSINESS: Final = "/businesses/{business}"
"""Where what has an id of its own is found too."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Access(StrEnum):
    """Who may come. What exactly they may do there is decided by the services."""

    OPEN = "open"  # nobody is asked who they are: even a wrong token is no fault
    PUBLIC = "public"  # everybody; a token that is shown has to be good, and may show more
    CALLER = "caller"  # anybody known: a session, a personal token
    SESSION = "session"  # who signed in through a messenger
    BOOKING = "booking"  # whose booking it is (by visit key or session), and the people of the business
    CLIENT = "client"  # the client themselves (by session), and the people of the business
    MEMBER = "member"  # the people of the business
    MANAGER = "manager"  # its owners and managers
    OWNER = "owner"  # its owners


#: Where others than those it is for learn that there is nothing, or that it is not for them.
_OF_SOMEBODY: Final = frozenset({Access.BOOKING, Access.CLIENT, Access.MEMBER, Access.MANAGER, Access.OWNER})


class Tag(StrEnum):
    """Under which heading an operation is described; in the order in which a reader wants them."""

    AVAILABILITY = "Availability"
    HOLDS = "Holds"
    BOOKINGS = "Bookings"
    SERIES = "Series"
    BUSINESSES = "Businesses"
    SERVICES = "Services"
    STAFF = "Staff"
    HOURS = "Hours"
    PARTS = "Places and parts"
    CLIENTS = "Clients"
    SIGN_IN = "Sign-in"
    ME = "Me"
    TEAM = "Team"
    EVENTS = "Events"
    SYSTEM = "System"


class Coding(StrEnum):
    """How a value stands in a query string."""

    PLAIN = "plain"
    COMMAS = "commas"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter in the query string or among the headers."""

    name: str
    schema: Schema
    required: bool = False
    about: str = ""
    coding: Coding = Coding.PLAIN


@dataclass(frozen=True, slots=True)
class Operation:
    """See the module.

    - ``path``: below :data:`PREFIX`, as aiohttp writes it: ``/bookings/{id}``.
    - ``handler``: its docstring is the summary (first line) and the description, unless ``about`` says it.
    - ``id``: ``operationId``, in camelCase.
    - ``body``: the JSON object that is sent; None: none is.
    - ``answers``: what comes back, by status; None: nothing but the status. ``media``: its type.
    - ``refuses``: error codes beyond those that follow from all the rest, see :meth:`codes`.
    - ``of_business``: found under its business as well.
    - ``repeatable``: a POST that takes an ``Idempotency-Key``.
    """

    method: str
    path: str
    handler: Handler
    id: str
    tag: Tag
    access: Access
    query: tuple[Param, ...] = ()
    headers: tuple[Param, ...] = ()
    body: Schema | None = None
    answers: Mapping[int, Schema | None] = field(default_factory=dict)
    media: str = "application/json"
    refuses: tuple[str, ...] = ()
    about: str = ""
    of_business: bool = False
    repeatable: bool = True

    @property
    def summary(self) -> str:
        """The first sentence, in one line."""
        return self._said.partition("\n\n")[0].replace("\n", " ").replace("``", "`").strip()

    @property
    def description(self) -> str:
        """What more there is to say; empty when that was all."""
        return self._said.partition("\n\n")[2].replace("``", "`").strip()

    @property
    def _said(self) -> str:
        return inspect.cleandoc(self.about or self.handler.__doc__ or "")

    @property
    def path_names(self) -> tuple[str, ...]:
        """The names in the path, in order."""
        return tuple(re.findall(r"\{(\w+)[^}]*\}", self.path))

    @property
    def takes_key(self) -> bool:
        """Whether an ``Idempotency-Key`` means something."""
        return self.method == "POST" and self.repeatable

    @property
    def is_tagged(self) -> bool:
        """Whether the answer has an ``ETag``: whoever has it already is told that it is still the same."""
        return self.method == "GET" and self.media == "application/json" and self.tag is not Tag.SYSTEM

    @property
    def codes(self) -> tuple[str, ...]:
        """Every error code that may be met, without repetitions."""
        found = ["BAD_REQUEST", "TOO_MANY_REQUESTS", "INTERNAL"]
        if self.access is not Access.OPEN:
            # The token is looked up.
            found += ["UNAUTHORIZED", "TRY_AGAIN"]
        if self.path_names:
            found += ["NOT_FOUND"]
        if self.access in _OF_SOMEBODY:
            found += ["NOT_FOUND", "FORBIDDEN"]
        if self.query:
            found += ["INVALID_INPUT"]
        if self.body is not None:
            found += ["INVALID_INPUT", "MALFORMED_JSON", "PAYLOAD_TOO_LARGE"]
        if self.takes_key:
            found += ["INVALID_INPUT", "IDEMPOTENCY_KEY_REUSED", "REQUEST_IN_PROGRESS"]
        return tuple(dict.fromkeys([*found, *self.refuses]))

    def everywhere(self) -> Iterator[Operation]:
        """The operation at each of its addresses."""
        yield self
        if self.of_business:
            yield replace(
                self, path=f"{OF_BUSINESS}{self.path}", id=f"{self.id}OfBusiness", of_business=False
            )
