"""A small dialog of a test's own, and what the bots that hold it stand on: the real runtime on a real
database, in front of a messenger's emulated API.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from bots.dialogs.context import App, Context
from bots.dialogs.event import Contact, Event, Other, Pressed, Typed
from bots.dialogs.flow import Dialogs, Done, Flow, Step
from bots.dialogs.payload import Signer
from bots.dialogs.runtime import Runtime
from bots.dialogs.screen import (
    Act,
    AskContact,
    Choices,
    File,
    Raw,
    Screen,
    Words,
    act,
    bold,
    line,
    t,
)
from bots.dialogs.transition import Answer, Go, NotMine, Start, Transition
from deploy.clock import new_id
from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.redis.sessions import RedisSessions
from storage.unit_of_work import PgUnitOfWork
from tests.support.world import Core, Hands

SIGNER = Signer(b"a key of the tests")
TARGET = UUID("01933f9c-0000-7000-8000-000000000001")


@dataclass(frozen=True, slots=True)
class Talk:
    """What the dialog remembers."""

    said: tuple[str, ...] = ()
    day: str = ""


@dataclass(slots=True)
class Script:
    """The dialog: says what it heard, picks a day, asks for the phone. ``heard`` are all events that had an
    effect; ``before`` is awaited in each step first.
    """

    heard: list[tuple[str, str]]
    before: Callable[[Context], Awaitable[None]] | None = None

    async def _view(self, ctx: Context, data: Talk) -> Screen:
        return Screen(
            lines=(
                line(bold(Raw(f"Здравствуйте, {ctx.identity.name}"))),
                line(Raw(f"Слышу: {' | '.join(data.said)}")),
            ),
            choices=Choices(tuple(act(Raw(f"День {n}"), "day", str(n)) for n in range(1, 81)), columns=4),
            rows=((act(Raw("Телефон"), "phone"), act(Raw("Файл"), "file")), (act(Raw("Слово"), "word"),)),
        )

    async def _on(self, ctx: Context, data: Talk, event: Event) -> Transition:
        if self.before is not None:
            await self.before(ctx)
        match event:
            case Typed(text):
                self.heard.append((ctx.identity.external_id, text))
                return Go(replace(data, said=(*data.said, text)[-3:]))
            case Pressed(action) if action.name == "day":
                self.heard.append((ctx.identity.external_id, f"день {action.args[0]}"))
                return Go(replace(data, said=(*data.said, f"день {action.args[0]}")[-3:]))
            case Pressed(action) if action.name == "phone":
                return Go(data, step="phone")
            case Pressed(action) if action.name == "file":
                file = File("visit.ics", "text/calendar", b"BEGIN:VCALENDAR")
                return Answer(extra=(Screen((line(Raw("Вот файл")),), file=file),))
            case Pressed(action) if action.name == "word":
                return Answer(toast=Raw("Хорошее слово"))
            case Other(kind):
                return Go(replace(data, said=(*data.said, f"<{kind}>")[-3:]))
            case _:
                return NotMine()

    async def _phone(self, ctx: Context, data: Talk) -> Screen:
        return Screen(
            lines=(line(Raw("Ваш телефон?")),),
            rows=((AskContact(Raw("Отправить номер")),), (Act(Raw("Назад"), act(Raw(""), "back").action),)),
        )

    async def _on_phone(self, ctx: Context, data: Talk, event: Event) -> Transition:
        match event:
            case Contact(phone, _, own=True):
                return Go(replace(data, said=(*data.said, phone)), step="talk")
            case Contact():
                return Go(data, note=Raw("Это чужой номер, нужен ваш"))
            case Pressed(action) if action.name == "back":
                return Go(data, step="talk")
            case _:
                return Go(data, note=Raw("Нужен номер"))

    async def _verb(self, ctx: Context, target: UUID, arg: str) -> Done:
        self.heard.append((ctx.identity.external_id, f"verb {target} {arg}"))
        return Done(toast=Raw("Сделано"))

    def dialogs(self) -> Dialogs:
        """As the runtime takes them."""

        async def start(ctx: Context, argument: str) -> Start:
            self.heard.append((ctx.identity.external_id, f"/start {argument}".strip()))
            return Start("talk", data=Talk(said=(f"/start {argument}".strip(),)))

        async def understand(ctx: Context, text: str) -> Start | None:
            return None

        flow: Flow[Any] = Flow(
            "talk",
            "talk",
            Talk,
            {"talk": Step(self._view, self._on), "phone": Step(self._phone, self._on_phone)},
        )

        async def keep_contact(ctx: Context, contact: Contact) -> None:
            self.heard.append((ctx.identity.external_id, f"contact {contact.phone}"))

        note: Words = t("telegram.command.help")
        return Dialogs(
            flows={"talk": flow},
            verbs={"ok": self._verb},
            commands={"start": start},
            home="talk",
            understand=understand,
            keep_contact=keep_contact,
            not_understood=Start("talk", note=note),
        )


class Ground:
    """What the bots of one test share."""

    def __init__(self, core: Core, redis: Redis, api_url: str, script: Script) -> None:
        self.core = core
        self.script = script
        self.api_url = api_url
        self.redis = redis
        self._sessions = RedisSessions(redis)

    def runtime(self) -> Runtime:
        """A new runtime, with nothing in its memory."""
        core = self.core
        app = App(
            catalogues=core.catalogues,
            availability=core.availability,
            bookings=core.bookings,
            holding=core.holding,
            clients=core.clients,
            team=core.team,
            linking=core.linking,
            closing=core.closing,
            phones=core.phones,
        )
        return Runtime(
            app=app,
            dialogs=self.script.dialogs(),
            sessions=self._sessions,
            signer=SIGNER,
            clock=core.clock,
            new_id=new_id,
        )


@asynccontextmanager
async def ground(database: str, redis_url: str, api_url: str) -> AsyncIterator[Ground]:
    """On a fresh database and an empty Valkey."""
    connected = await Database.connect(database)
    redis = Redis.from_url(redis_url)
    core = Core(PgUnitOfWork(connected), RedisHolds(redis), Hands())
    try:
        yield Ground(core, redis, api_url, Script([]))
    finally:
        await redis.aclose()
        await connected.close()


async def inbox_rows(made: Ground) -> list[tuple[str, bool]]:
    """(event id, done) of all that was stored."""
    async with made.core.uow.read() as tx:
        connection = tx.inbox._connection  # type: ignore[attr-defined]
        rows = await connection.fetch("SELECT event_id, done_at IS NOT NULL AS done FROM inbox ORDER BY 1")
    return [(row["event_id"], row["done"]) for row in rows]


async def soon(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for what has no event to wait for. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it is another program's state, seen over HTTP
            await asyncio.sleep(0.01)
