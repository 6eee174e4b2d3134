"""The dialog runtime: one event in, one answer out, whatever happens.

Open the session (one round trip, under its lock), understand the event, let the step answer, lay the next
screen out, show it, save (one round trip). Whatever a person does gets an answer: what is old gets the fresh
screen, what is not understood gets help, what breaks gets a word and the way on.
"""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from bots.dialogs.context import App, Context
from bots.dialogs.event import Command, Contact, Event, Incoming, Other, Pressed, RawPress, Typed
from bots.dialogs.failures import failure_words
from bots.dialogs.fit import PAGE
from bots.dialogs.flow import Dialogs, Done
from bots.dialogs.layout import NOTHING, say
from bots.dialogs.payload import ScreenPress, Signer, VerbPress
from bots.dialogs.present import NotShown, Presenter, Press, Unreachable
from bots.dialogs.screen import Screen, Words, line, t
from bots.dialogs.session import TTL_SECONDS, Place, Session, SessionKey, SessionStore
from bots.dialogs.stage import Sender, Stage, Turn
from bots.dialogs.transition import Answer, Back, Go, Leave, NotMine, Start, Transition
from core.domain.client import Channel, Identity
from core.domain.errors import DomainError
from core.ports.clock import Clock, NewId
from core.ports.repositories import SentCopy
from locales import match_locale, texts

__all__ = ["Runtime", "Sender"]

_log = logging.getLogger(__name__)

MAX_TRAIL: Final = 20
#: How often at most (minutes) it is noted that somebody is about, by which the messenger they use last is
#: known.
MEET_MINUTES: Final = 10


class Runtime:
    """Serves the events of every messenger with one set of dialogs."""

    def __init__(
        self,
        *,
        app: App,
        dialogs: Dialogs,
        sessions: SessionStore,
        signer: Signer,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._app = app
        self._dialogs = dialogs
        self._sessions = sessions
        self._signer = signer
        self._stage = Stage(dialogs.flows, signer)
        self._clock = clock
        self._new_id = new_id

    async def handle(
        self, incoming: Incoming, sender: Sender, presenter: Presenter, press: Press | None = None
    ) -> None:
        """Serve one event.

        Events of one person wait for each other here; different people's run side by side. Raises NotShown:
        the event has to be served again, the session is as it was.
        """
        key = str(SessionKey(sender.channel, sender.account, sender.user))
        opened = await self._sessions.open(key)
        saved = False
        try:
            session = self._load(opened.raw, key)
            turn = Turn(
                sender, presenter, press, session, await self._context(session, sender, presenter, incoming)
            )
            try:
                if not turn.ctx.identity.reachable:
                    await self._ask_permission(turn)
                await self._serve(turn, incoming)
            except Unreachable:
                await self._app.clients.set_reachable(
                    sender.channel, sender.account, sender.user, reachable=False
                )
                session.met = 0
                await self._ask_permission(turn)
            session.locale = turn.ctx.texts.locale
            session.business = str(turn.ctx.business_id) if turn.ctx.business_id else ""
            if not await self._sessions.save(key, session.dump(), opened.token, TTL_SECONDS):
                _log.warning("session lock lost", extra={"session": key})
            saved = True
        finally:
            if not saved:
                await self._sessions.release(key, opened.token)
            if press is not None:
                await press.answer()

    async def estranged(self, channel: Channel, account: str, user: str) -> None:
        """They forbade us to write: whatever they do next, they are met anew."""
        key = str(SessionKey(channel, account, user))
        opened = await self._sessions.open(key)
        session = self._load(opened.raw, key)
        if opened.raw is None or not session.identity:
            await self._sessions.release(key, opened.token)
            return
        session.met, session.asked = 0, False
        await self._sessions.save(key, session.dump(), opened.token, TTL_SECONDS)

    async def _ask_permission(self, turn: Turn) -> None:
        """Somebody who comes soon presses a button, though we may not write to them: the answer to the
        press is the one way to ask them to let us, once.
        """
        if turn.press is None or turn.session.asked:
            return
        if await self._app.bookings.coming(await turn.ctx.actor(), limit=1):
            turn.session.asked = True
            await turn.press.answer(say(t("permission.ask"), turn.ctx.texts), alert=True)

    def _load(self, raw: bytes | None, key: str) -> Session:
        try:
            return Session.load(raw)
        except (ValueError, TypeError, KeyError):
            _log.exception("session unreadable, begun anew", extra={"session": key})
            return Session()

    async def _context(
        self, session: Session, sender: Sender, presenter: Presenter, incoming: Incoming
    ) -> Context:
        begins = isinstance(incoming, Command) and incoming.name == "start"
        now, reachable = self._clock.now(), True
        if not session.identity or begins or int(now.timestamp()) // 60 - session.met >= MEET_MINUTES:
            # Who writes can be written to; a press may come from somebody who has forbidden it since.
            wrote = sender.channel is not Channel.VK or not isinstance(incoming, RawPress)
            identity = await self._meet(sender, wrote=wrote)
            reachable = identity.reachable
            session.met = int(now.timestamp()) // 60 if reachable else 0
            session.asked = session.asked and not reachable
            session.identity = str(identity.id)
            session.locale = identity.locale or match_locale(sender.language)
            session.business = str(identity.business_id) if identity.business_id else ""
        identity = Identity(
            id=UUID(session.identity),
            channel=sender.channel,
            account_key=sender.account,
            external_id=sender.user,
            name=sender.name,
            username=sender.username,
            locale=session.locale,
            reachable=reachable,
            business_id=UUID(session.business) if session.business else None,
        )
        return Context(
            app=self._app,
            caps=presenter.caps,
            texts=texts(session.locale),
            now=now,
            identity=identity,
            business_id=identity.business_id,
        )

    async def _meet(self, sender: Sender, *, wrote: bool) -> Identity:
        """Know the messenger user (again): the stored identity, with what they chose before."""
        return await self._app.clients.see(
            Identity(
                id=self._new_id(),
                channel=sender.channel,
                account_key=sender.account,
                external_id=sender.user,
                name=sender.name,
                username=sender.username,
                locale=match_locale(sender.language),
                reachable=wrote,
            )
        )

    async def _serve(self, turn: Turn, incoming: Incoming) -> None:
        try:
            if isinstance(incoming, RawPress):
                await self._press(turn, incoming)
            else:
                await self._event(turn, incoming)
        except (Unreachable, NotShown):
            raise
        except DomainError as error:
            await self._refused(turn, error)
        except Exception:  # noqa: BLE001 - nobody is left without an answer; the fault is logged whole
            _log.exception("dialog step failed", extra={"place": _where(turn.session)})
            await self._rescue(turn, t("failure.unexpected"))

    async def _refused(self, turn: Turn, error: DomainError) -> None:
        """A rule said no where the step had no answer of its own: say why, and show where they are."""
        words = failure_words(error)
        if turn.press is not None:
            await turn.press.answer(say(words, turn.ctx.texts), alert=True)
            if turn.session.place is None:
                return
        try:
            await self._show(turn, words if turn.press is None else None)
        except DomainError:
            await self._rescue(turn, words)

    async def _rescue(self, turn: Turn, words: Words) -> None:
        """The way on when a step can't be shown: home, and if that fails too, at least a word."""
        try:
            await self._begin(turn, self._home(words))
        except (Unreachable, NotShown):
            raise
        except Exception:  # noqa: BLE001 - the last resort needs nothing but the messenger
            _log.exception("home can't be shown")
            turn.session.place, turn.session.trail = None, []
            await self._stage.aside(turn, Screen((line(words),)))

    def _home(self, note: Words | None) -> Start:
        return Start(self._dialogs.home, note=note)

    # --- presses
    # -----------------------------------------------------------------------------------------------------

    async def _press(self, turn: Turn, press: RawPress) -> None:
        session = turn.session
        turn.pressed = press.message_id
        if press.message_id is not None:
            sender = turn.sender
            turn.ctx.shown = SentCopy(sender.channel, sender.account, sender.peer, press.message_id)
        match self._signer.read(press.payload):
            case VerbPress(verb, target, arg) if verb in self._dialogs.verbs:
                await self._done(turn, await self._dialogs.verbs[verb](turn.ctx, target, arg))
            case ScreenPress(rev, index) if (
                rev == session.rev and index < len(session.actions) and session.place
            ):
                session.last = press.payload
                await self._event(turn, Pressed(session.actions[index]))
            case _ if press.payload and press.payload == session.last:
                return  # a double tap: its first press was served
            case _:
                await self._outdated(turn)

    async def _outdated(self, turn: Turn) -> None:
        """An old, foreign or malformed button: say so and show the fresh screen, below, where it is seen."""
        stale = turn.pressed
        if turn.press is not None:
            await turn.press.answer(say(t("stale.toast"), turn.ctx.texts))
        if turn.session.place is None:
            await self._begin(turn, self._home(t("stale.note")))
        else:
            turn.pressed = None
            await self._show(turn, t("stale.note"))
        if stale and stale != turn.session.message_id:
            await turn.presenter.retire(turn.sender.peer, stale, reply=False)

    async def _done(self, turn: Turn, done: Done) -> None:
        if done.toast is not None and turn.press is not None:
            await turn.press.answer(say(done.toast, turn.ctx.texts), alert=done.alert)
        if done.edit is not None:
            await self._stage.change_pressed(turn, done.edit)
        elif done.toast is not None and turn.press is None and done.screen is None and done.start is None:
            await self._stage.aside(turn, Screen((line(done.toast),)))
        turn.pressed = None
        if done.screen is not None:
            await self._stage.aside(turn, done.screen)
        if done.start is not None:
            await self._begin(turn, done.start)

    # --- events
    # ------------------------------------------------------------------------------------------------------

    async def _event(self, turn: Turn, event: Event) -> None:
        session = turn.session
        if isinstance(event, Typed) and session.reply and event.text in session.labels:
            event = Pressed(session.actions[session.labels.index(event.text)])
        if isinstance(event, Command):
            await self._command(turn, event)
            return
        if isinstance(event, Pressed) and event.action.name == NOTHING:
            return
        if isinstance(event, Pressed) and event.action.name == PAGE:
            session.page = int(event.action.args[0] or 0)
            await self._show(turn, None)
            return
        if session.place is None or (found := self._stage.standing(session.place)) is None:
            await self._free(turn, event)
            return
        await self._apply(turn, event, await found.step.on(turn.ctx, found.data, event))

    async def _command(self, turn: Turn, command: Command) -> None:
        handler = self._dialogs.commands.get(command.name)
        if handler is None:
            await self._begin(turn, self._dialogs.not_understood)
            return
        await self._begin(turn, await handler(turn.ctx, command.argument))

    async def _free(self, turn: Turn, event: Event, note: Words | None = None) -> None:
        """Words that no step waited for: a request of their own, else help, without leaving what is under
        way. One's own contact is none of them: the Mini App may have asked for it.
        """
        if isinstance(event, Contact) and event.own:
            await self._keep(turn, event)
            return
        if (
            isinstance(event, Typed)
            and (start := await self._dialogs.understand(turn.ctx, event.text)) is not None
        ):
            await self._begin(turn, start)
            return
        place = turn.session.place
        found = self._stage.standing(place) if place is not None else None
        if found is None or (found.flow.resting and isinstance(event, Typed)):
            await self._begin(turn, self._dialogs.not_understood)
            return
        await self._show(turn, note or _no_use(event))

    async def _keep(self, turn: Turn, contact: Contact) -> None:
        """Where something is on the screen it says enough, below the contact; else a word of thanks."""
        refused = await self._dialogs.keep_contact(turn.ctx, contact)
        place = turn.session.place
        if place is not None and self._stage.standing(place) is not None:
            await self._show(turn, refused)
            return
        await self._stage.aside(turn, Screen((line(refused or t("contact.kept")),)))

    async def _apply(self, turn: Turn, event: Event, transition: Transition) -> None:
        session = turn.session
        match transition:
            case NotMine():
                await self._free(turn, event, transition.note)
            case Answer():
                await self._say(turn, transition.toast, alert=transition.alert)
                for screen in transition.extra:
                    await self._stage.aside(turn, screen)
                if transition.extra or turn.pressed is None:
                    await self._show(turn, transition.toast if turn.press is None else None)
            case Start():
                await self._begin(turn, transition)
            case Back():
                await self._say(turn, transition.toast)
                if session.trail:
                    session.place = _carried(session.place, session.trail.pop(), transition.carry)
                    session.page = 0
                    await self._show(turn, self._note(turn, None, transition.toast))
                else:
                    await self._begin(turn, self._home(None))
            case Go():
                await self._go(turn, transition)
            case Leave():
                await self._leave(turn, transition)

    async def _go(self, turn: Turn, go: Go) -> None:
        session = turn.session
        assert session.place is not None
        await self._say(turn, go.toast)
        flow = self._dialogs.flows[session.place.flow]
        step = go.step or session.place.step
        if step != session.place.step:
            if go.push:
                session.trail = [*session.trail, session.place][-MAX_TRAIL:]
            session.page = 0
        session.place = Place(flow.name, step, flow.dump(go.data))
        for screen in go.extra:
            await self._stage.aside(turn, screen)
        await self._show(turn, self._note(turn, go.note, go.toast))

    async def _leave(self, turn: Turn, leave: Leave) -> None:
        """Over; a screen that nothing was pressed on is not where the receipt goes, so it is taken away."""
        session = turn.session
        await self._say(turn, leave.toast)
        if session.message_id is not None and session.message_id != turn.pressed:
            await turn.presenter.retire(turn.sender.peer, session.message_id, reply=session.reply)
        session.place, session.trail, session.message_id = None, [], None
        session.reply, session.labels = False, []

    async def _begin(self, turn: Turn, start: Start) -> None:
        session = turn.session
        flow = self._dialogs.flows[start.flow]
        if not start.keep_trail:
            session.trail = []
        elif session.place is not None and session.place.flow != start.flow:
            session.trail = [*session.trail, session.place][-MAX_TRAIL:]
        data = flow.data() if start.data is None else start.data
        session.place = Place(flow.name, start.step or flow.first, flow.dump(data))
        session.page = 0
        await self._say(turn, start.toast)
        await self._show(turn, self._note(turn, start.note, start.toast))

    async def _show(self, turn: Turn, note: Words | None) -> None:
        """Where they are; home when that is no place any more."""
        if not await self._stage.show(turn, note):
            await self._begin(turn, self._home(note))

    async def _say(self, turn: Turn, words: Words | None, *, alert: bool = False) -> None:
        if words is not None and turn.press is not None:
            await turn.press.answer(say(words, turn.ctx.texts), alert=alert)

    def _note(self, turn: Turn, note: Words | None, toast: Words | None) -> Words | None:
        """What stands above the next screen: where there was no press, a toast has to."""
        return note or (toast if turn.press is None else None)


def _no_use(event: Event) -> Words | None:
    """What to say about something that a step has no use for."""
    match event:
        case Other():
            return t("unknown.media")
        case Contact():
            return t("unknown.contact")
        case Typed():
            return t("unknown.here")
        case _:
            return None


def _carried(present: Place | None, earlier: Place, carry: tuple[str, ...]) -> Place:
    if present is None or present.flow != earlier.flow:
        return earlier
    kept = {name: present.data[name] for name in carry if name in present.data}
    return Place(earlier.flow, earlier.step, {**earlier.data, **kept})


def _where(session: Session) -> str:
    return f"{session.place.flow}.{session.place.step}" if session.place else "nowhere"
