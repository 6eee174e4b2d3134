"""One community at work: takes events in, has the dialogs answer them, stops in peace."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from vkbottle import VKAPIError

from bots.common.inbox import Arrival, Inbox
from bots.common.pace import Manner, Pace
from bots.common.tasks import end
from bots.dialogs.event import Command, Incoming, Typed
from bots.dialogs.present import NotShown, Press, Unreachable
from bots.dialogs.roles import Dialogs, Reach
from bots.dialogs.runtime import Sender
from bots.vk.abilities import PRESENT, Abilities, Lately
from bots.vk.api import Community, NoAnswer
from bots.vk.inbound import Astray, Inbound, Joined, Person, Reached, lane_of, read
from bots.vk.longpoll import Cursors, Poller
from bots.vk.numbers import Numbering, of_event
from bots.vk.outgoing import Outgoing, told
from bots.vk.people import People
from bots.vk.pictures import Fetch, Pictures
from bots.vk.presenter import VkPresenter
from bots.vk.press import VkPress
from bots.vk.render import Where
from bots.vk.setup import Callback, confirmation_of, post_events_to
from core.domain.client import Channel
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)

_CALLBACK_PAUSES: Final = (1.0, 2.0, 5.0, 15.0, 60.0)


class VkService:
    """``callback`` None: Long Poll, with ``cursors`` to read on after a restart where it stopped. ``app_id``:
    of the Mini App, None without one.

    ``drain`` (seconds): how long :meth:`stop` waits for answers that are under way. ``fetch``: how
    pictures are got by their addresses.
    """

    def __init__(
        self,
        community: Community,
        *,
        dialogs: Dialogs,
        reach: Reach,
        uow: UnitOfWork,
        clock: Clock,
        app_id: int | None = None,
        callback: Callback | None = None,
        cursors: Cursors | None = None,
        pace: Pace | None = None,
        drain: float = 10.0,
        fetch: Fetch | None = None,
    ) -> None:
        self.community = community
        self.group_id = community.group_id
        self.account = str(community.group_id)
        self.outgoing = Outgoing(community, pace)
        self._dialogs = dialogs
        self._reach = reach
        self._app_id = app_id
        self._callback = callback
        self._cursors = cursors
        self._drain = drain
        self._people = People(self.outgoing)
        self.pictures = Pictures(self.outgoing, fetch)
        self._carousels: Lately[str] = Lately()
        self._abilities: Lately[Abilities] = Lately()
        self._refs: Lately[str] = Lately()
        self._inbox = Inbox(
            f"vk:{self.account}", uow=uow, clock=clock, work=self.serve, shared=callback is not None
        )
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def callback_secret(self) -> str | None:
        """What VK sends along with each event; None when events are polled for."""
        return self._callback.secret if self._callback else None

    async def confirmation(self) -> str | None:
        """The string that VK wants from our address; None when it is not to be had just now."""
        if self._callback is not None and self._callback.confirmation:
            return self._callback.confirmation
        try:
            return await confirmation_of(self.community)
        except (VKAPIError, NoAnswer) as error:
            _log.warning("no confirmation string: %s", told(error), extra={"group": self.group_id})
            return None

    async def start(self) -> None:
        """Begin. Returns at once: VK may be out of reach, which is waited out in the background."""
        self._tasks = [asyncio.create_task(self._receive(), name=f"vk {self.account}: events")]

    async def stop(self) -> None:
        """Take nothing more, finish what is under way; what is left is worked on at the next start."""
        await end(self._tasks)
        self._tasks = []
        await self._inbox.close(self._drain)
        await self.pictures.close()

    async def take(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Store events; each will be served once, in its person's order. Raises NotReady and what the
        database raises.
        """
        await self._inbox.take([Arrival(_number_of(event), lane_of(event), event) for event in events])

    async def idle(self) -> None:
        """Wait until everything taken in so far has been served."""
        await self._inbox.idle()

    def presenter(self, user: str, number: Numbering, manner: Manner | None = None) -> VkPresenter:
        """Shows things to ``user`` in the way that their app can."""
        where = Where(self.group_id, self._app_id, self._abilities.get(user) or PRESENT)
        return VkPresenter(
            self.outgoing,
            where,
            number=number,
            manner=manner,
            pictures=self.pictures,
            carousels=self._carousels,
        )

    async def serve(self, event: Mapping[str, Any]) -> None:
        """Have the effect of one event. Raises what keeps it from having it now."""
        match read(event):
            case Inbound() as inbound:
                await self._answer(inbound, _number_of(event))
            case Reached(person, reachable, key):
                await self._set_reachable(person, reachable=reachable)
                if reachable and key is not None:
                    await self._answer(Inbound(Command("start", key), person), _number_of(event))
            case Joined(person):
                await self._ask_whether_reachable(person)
            case Astray(query, user, peer):
                await VkPress(self.outgoing, query, user, peer).answer()
            case None:
                _log.debug("event without a meaning", extra={"type": str(event.get("type"))})

    async def _answer(self, inbound: Inbound, event_id: str) -> None:
        person = inbound.person
        if inbound.abilities is not None:
            self._abilities.put(person.user, inbound.abilities)
        sender = Sender(
            channel=Channel.VK,
            account=self.account,
            user=person.user,
            peer=person.peer,
            name=await self._people.name(person.user),
            language=inbound.language,
        )
        presenter = self.presenter(person.user, of_event(event_id))
        press: Press | None = None
        if inbound.query is not None:
            press = VkPress(self.outgoing, inbound.query, person.user, person.peer)
        for incoming in self._steps(inbound):
            await self._dialogs.handle(incoming, sender, presenter, press)
        if inbound.ref is not None:
            self._refs.put(person.user, inbound.ref)

    def _steps(self, inbound: Inbound) -> list[Incoming]:
        """What to serve. A link's parameter is told along with the first message after it, and an app may
        tell it with those that follow: then they are only what they say.
        """
        said, ref = inbound.incoming, inbound.ref
        if ref is None:
            return [said]
        if isinstance(said, Command) and said.name == "start":
            return [said if said.argument else Command("start", ref)]
        if self._refs.get(inbound.person.user) == ref:
            return [said]
        return [Command("start", ref), said] if isinstance(said, Typed) else [Command("start", ref)]

    async def _set_reachable(self, person: Person, *, reachable: bool) -> None:
        await self._reach.set_reachable(Channel.VK, self.account, person.user, reachable=reachable)
        if not reachable:
            await self._dialogs.estranged(Channel.VK, self.account, person.user)

    async def _ask_whether_reachable(self, person: Person) -> None:
        asked = {"group_id": self.group_id, "user_id": person.user}
        try:
            answer = await self.outgoing.call(
                "messages.isMessagesFromGroupAllowed", asked, chat=person.peer, manner=Manner(patience=2.0)
            )
        except (VKAPIError, Unreachable, NotShown) as error:
            _log.debug("not known whether we may write: %s", told(error))
            return
        if answer.get("is_allowed"):
            await self._set_reachable(person, reachable=True)

    async def _receive(self) -> None:
        try:
            await self._inbox.recover()
            if self._callback is None:
                await Poller(self.community, self.take, cursors=self._cursors).run()
            else:
                await self._set_callback(self._callback)
        except Exception:  # noqa: BLE001 - one community's trouble must not take the others along
            _log.critical("community takes no events", exc_info=True, extra={"group": self.group_id})

    async def _set_callback(self, callback: Callback) -> None:
        """Until it is set. It stays set when we stop: VK delivers again what came meanwhile."""
        for pause in itertools.chain(_CALLBACK_PAUSES, itertools.repeat(_CALLBACK_PAUSES[-1])):
            why = "our address was not confirmed"
            try:
                if await post_events_to(self.community, callback):
                    return
            except (VKAPIError, NoAnswer) as error:
                why = told(error)
            about = {"group": self.group_id, "seconds": pause}
            _log.warning("callback server not set: %s", why, extra=about)
            await asyncio.sleep(pause)


def _number_of(event: Mapping[str, Any]) -> str:
    """The event's own number; one made of its content for an event that comes without."""
    number = event.get("event_id")
    if isinstance(number, str) and 0 < len(number) <= 100:
        return number
    content = json.dumps(event, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.blake2s(content.encode(errors="replace")).hexdigest()
