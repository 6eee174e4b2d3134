"""People who talk to the dialogs with no messenger at all: the runtime, real services on memory, and chats
that are lists of screens. Every screen is checked against the messenger's limits when it is shown.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from bots.dialogs.assembly import build_dialogs
from bots.dialogs.caps import Caps
from bots.dialogs.context import App
from bots.dialogs.event import Command, Contact, Incoming, Other, RawPress, Typed
from bots.dialogs.layout import ButtonKind, Laid, LaidButton, layout
from bots.dialogs.notices import notice
from bots.dialogs.payload import Signer
from bots.dialogs.present import Edited, Unreachable
from bots.dialogs.runtime import Runtime, Sender
from bots.dialogs.session import SessionKey
from bots.telegram.caps import CAPS as TELEGRAM
from bots.vk.caps import CAPS as VK
from core.domain.catalog import Business, Catalogue
from core.domain.client import Channel, Identity
from core.domain.message import OutgoingMessage
from core.ports.channels import Delivery
from core.ports.repositories import SentCopy
from deploy.clock import new_id
from locales import texts
from tests.support.memory import MemoryHolds, memory
from tests.support.world import Core, Hands

CAPS = {"telegram": TELEGRAM, "vk": VK}
SIGNER = Signer(b"tests")


def check(laid: Laid, caps: Caps) -> None:
    """The screen is within the messenger's limits and has something to say."""
    text = laid.plain
    assert text.strip(), "a screen without words"
    assert caps.measure(text) <= caps.text
    rows = laid.rows
    if laid.reply:
        assert caps.contact
    assert len(rows) <= caps.rows, f"{len(rows)} rows on {caps.name}: {text}"
    assert sum(map(len, rows)) <= caps.buttons, f"too many buttons on {caps.name}: {text}"
    for row in rows:
        assert 0 < len(row) <= caps.columns
        if caps.wide_links and any(button.kind in {ButtonKind.LINK, ButtonKind.APP} for button in row):
            assert len(row) == 1
        for button in row:
            assert button.label, "a button without a label"
            assert len(button.label) <= caps.label
            assert len(button.value.encode()) <= caps.payload or button.kind is not ButtonKind.PRESS
            assert caps.contact or button.kind is not ButtonKind.CONTACT


class MemorySessions:
    """The ``SessionStore`` protocol, with a real lock for each key."""

    @dataclass
    class Opened:
        """A session under its lock."""

        raw: bytes | None
        token: str

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def open(self, key: str) -> Opened:
        """Read and lock."""
        await self._locks.setdefault(key, asyncio.Lock()).acquire()
        return self.Opened(self.stored.get(key), key)

    async def save(self, key: str, raw: bytes, token: str, ttl: int) -> bool:
        """Write and unlock."""
        assert ttl > 0
        assert token == key
        self.stored[key] = raw
        self._locks[key].release()
        return True

    async def release(self, key: str, token: str) -> None:
        """Unlock."""
        assert token == key
        self._locks[key].release()


class Answered:
    """A press that waits for its answer."""

    def __init__(self) -> None:
        self.said: list[str | None] = []

    async def answer(self, text: str | None = None, *, alert: bool = False) -> None:
        """Only the first one counts."""
        if not self.said:
            self.said.append(text)


@dataclass
class Chat:
    """One person's chat as it stands: messages by id, oldest first. A ``Presenter`` of one peer."""

    caps: Caps
    messages: dict[str, Laid] = field(default_factory=dict)
    shown: int = 0
    blocked: bool = False
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def send(self, peer: str, laid: Laid) -> str:
        """A new message."""
        self._look(laid)
        message_id = str(next(self._ids))
        self.messages[message_id] = laid
        return message_id

    async def edit(self, peer: str, message_id: str, laid: Laid) -> Edited:
        """A message changed."""
        self._look(laid)
        if message_id not in self.messages or self.messages[message_id].reply or laid.reply or laid.file:
            return Edited.GONE
        self.messages[message_id] = laid
        return Edited.DONE

    async def retire(self, peer: str, message_id: str, *, reply: bool) -> None:
        """A message taken out of the chat."""
        self.messages.pop(message_id, None)

    def _look(self, laid: Laid) -> None:
        if self.blocked:
            raise Unreachable("blocked")
        check(laid, self.caps)
        self.shown += 1


class Person:
    """Somebody with a phone."""

    def __init__(self, city: City, name: str, messenger: str, language: str, number: int) -> None:
        self._city = city
        self.chat = Chat(CAPS[messenger])
        self.sender = Sender(
            channel=Channel(messenger),
            account="1",
            user=str(number),
            peer=str(number),
            name=name,
            language=language,
        )
        self.session_key = str(SessionKey(messenger, "1", str(number)))
        self.toast: str | None = None
        self.taps = 0

    # --- what they do

    async def does(self, incoming: Incoming) -> None:
        """One event; it has to be answered."""
        press = Answered() if isinstance(incoming, RawPress) and incoming.message_id is not None else None
        before = self.chat.shown
        await self._city.runtime.handle(incoming, self.sender, self.chat, press)
        self.toast = press.said[0] if press else None
        if press is None and self.chat.shown == before:
            await self._city.deliver()  # what is left to the outbox is an answer too
            assert self.chat.shown > before, f"no answer to {incoming}"

    async def start(self, argument: str = "") -> None:
        """``/start``."""
        await self.does(Command("start", argument))

    async def command(self, name: str) -> None:
        """Another command."""
        await self.does(Command(name))

    async def says(self, text: str) -> None:
        """Words."""
        await self.does(Typed(text))

    async def sends(self, kind: str = "sticker") -> None:
        """Something else."""
        await self.does(Other(kind))

    async def shares(self, phone: str, *, own: bool = True, name: str = "Ольга") -> None:
        """A contact."""
        self.taps += 1
        await self.does(Contact(phone, name, own))

    async def presses(self, label: str) -> None:
        """The newest button whose label begins so."""
        message_id, button = self.button(label)
        self.taps += 1
        if self.chat.messages[message_id].reply:
            await self.says(button.label)
            return
        assert button.kind is ButtonKind.PRESS, button
        await self.does(RawPress(button.value, message_id))

    # --- what they see

    def button(self, label: str) -> tuple[str, LaidButton]:
        """The newest button whose label begins so, and its message."""
        for message_id, laid in reversed(self.chat.messages.items()):
            for row in laid.rows:
                for button in row:
                    if button.label.startswith(label):
                        return message_id, button
        raise AssertionError(f"no button {label!r} among {self.labels} below {self.text!r}")

    @property
    def screen(self) -> Laid:
        """The newest message."""
        return next(reversed(self.chat.messages.values()))

    @property
    def text(self) -> str:
        """Its words, ordinary spaces in them."""
        return self.screen.plain.replace("\u00a0", " ").replace("\u202f", " ")

    @property
    def labels(self) -> list[str]:
        """The buttons of the newest message."""
        return [button.label.replace("\u00a0", " ") for row in self.screen.rows for button in row]


class City:
    """All of it: the services, the runtime, the people."""

    def __init__(self, clock: Hands | None = None) -> None:
        self.clock = clock or Hands()
        self.uow, self.state = memory()
        self.core = Core(self.uow, MemoryHolds(), self.clock)
        self.sessions = MemorySessions()
        self.runtime = self.restarted()
        self.delivered: set[str] = set()
        self._copies: dict[str, SentCopy] = {}
        self.people: dict[tuple[Channel, str], Person] = {}
        self._numbers = itertools.count(1001)

    def restarted(self) -> Runtime:
        """The runtime of a new process."""
        self.runtime = Runtime(
            app=app_of(self.core),
            dialogs=build_dialogs(),
            sessions=self.sessions,
            signer=SIGNER,
            clock=self.clock,
            new_id=new_id,
        )
        return self.runtime

    async def open(self, catalogue: Catalogue) -> Catalogue:
        """A business opens."""
        self.state.catalogues[catalogue.business.id] = catalogue
        return catalogue

    def person(self, name: str = "Ольга", messenger: str = "telegram", language: str = "ru") -> Person:
        """Somebody new."""
        person = Person(self, name, messenger, language, next(self._numbers))
        self.people[person.sender.channel, person.sender.user] = person
        return person

    async def deliver(self) -> None:
        """What the outbox does: every due message to everybody it is for, once."""
        due = [
            message
            for key, message in self.state.outbox.items()
            if key not in self.delivered
            and message.due_at <= self.clock.now()
            and message.id not in self.state.dropped
        ]
        for message in due:
            self.delivered.add(message.dedup_key)
            for identity in await self._recipients(message):
                await self._deliver(message, identity)

    async def _recipients(self, message: OutgoingMessage) -> list[Identity]:
        async with self.uow.read() as tx:
            if message.member_id is not None:
                return list(await tx.people.member_identities(message.member_id))
            assert message.client_id is not None
            return list(await tx.clients.identities(message.client_id))

    async def _deliver(self, message: OutgoingMessage, identity: Identity) -> None:
        person = self.people[identity.channel, identity.external_id]
        assert message.booking_id is not None
        booking = self.state.bookings[message.booking_id]
        async with self.uow.read() as tx:
            client = await tx.clients.get(booking.client_id)
        screen = notice(
            Delivery(
                message=message,
                identity=identity,
                locale=identity.locale or "ru",
                catalogue=self.state.catalogues[message.business_id],
                booking=booking,
                client=client,
                member=self.state.members[message.member_id] if message.member_id else None,
            ),
            self.clock.now(),
        )
        assert screen is not None
        laid = layout(screen, texts(identity.locale or "ru"), person.chat.caps, rev=0, signer=SIGNER)
        target = self._target(message)
        if (
            target is not None
            and await person.chat.edit(target.peer_id, target.external_id, laid) is Edited.DONE
        ):
            self._copies[str(message.id)] = target
            return
        if message.edit_of is not None:
            return
        message_id = await person.chat.send(person.sender.peer, laid)
        self._copies[str(message.id)] = SentCopy(
            identity.channel, identity.account_key, identity.external_id, message_id
        )

    def _target(self, message: OutgoingMessage) -> SentCopy | None:
        if message.edit_of is not None:
            return self._copies.get(str(message.edit_of))
        shown_in = message.params.get("shown_in")
        if not isinstance(shown_in, list):
            return None
        channel, account, peer, external_id = map(str, shown_in)
        return SentCopy(Channel(channel), account, peer, external_id)


@dataclass(frozen=True, slots=True)
class Way:
    """An address that opens a dialog."""

    channel: Channel
    url: str


def links(_business: Business, start: str) -> Sequence[Way]:
    """Both messengers."""
    return (
        Way(Channel.TELEGRAM, f"https://t.me/okoshko_bot?start={start}"),
        Way(Channel.VK, f"https://vk.me/club1?ref={start}"),
    )


def app_of(core: Core, public_url: str = "") -> App:
    """The services as the dialogs take them."""
    return App(
        catalogues=core.catalogues,
        availability=core.availability,
        bookings=core.bookings,
        holding=core.holding,
        clients=core.clients,
        team=core.team,
        phones=core.phones,
        linking=core.linking,
        closing=core.closing,
        links=links,
        public_url=public_url,
    )
