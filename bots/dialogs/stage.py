"""Brings the screens of a conversation into its chat, and remembers what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bots.dialogs.context import Context
from bots.dialogs.flow import Flow, Step
from bots.dialogs.layout import Laid, layout
from bots.dialogs.payload import Signer
from bots.dialogs.present import Edited, Presenter, Press, Shown, present
from bots.dialogs.screen import Screen, Words, line
from bots.dialogs.session import Place, Session
from core.domain.client import Channel


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent an event, as the messenger tells it. ``peer``: where answers go."""

    channel: Channel
    account: str
    user: str
    peer: str
    name: str
    username: str | None = None
    language: str | None = None


@dataclass(slots=True)
class Turn:
    """One event on its way through the runtime."""

    sender: Sender
    presenter: Presenter
    press: Press | None
    session: Session
    ctx: Context
    pressed: str | None = None


class Standing(NamedTuple):
    """Where somebody stands: a step of a flow, with its data."""

    flow: Flow[Any]
    step: Step[Any]
    data: Any


class Stage:
    """See the module."""

    def __init__(self, flows: Mapping[str, Flow[Any]], signer: Signer) -> None:
        self._flows = flows
        self._signer = signer

    def standing(self, place: Place) -> Standing | None:
        """What a stored place is, if this release still has it and reads its data."""
        flow = self._flows.get(place.flow)
        if flow is None or place.step not in flow.steps:
            return None
        try:
            return Standing(flow, flow.steps[place.step], flow.load(place.data))
        except TypeError:
            return None

    async def show(self, turn: Turn, note: Words | None) -> bool:
        """Show where the conversation stands, ``note`` above; False when this release knows no such place."""
        session = turn.session
        if session.place is None or (found := self.standing(session.place)) is None:
            return False
        screen = await found.step.view(turn.ctx, found.data)
        if note is not None:
            screen = screen.with_lines(line(note))
        laid = self._lay(screen, turn.ctx, rev=session.rev + 1, page=session.page)
        before = Shown(session.message_id, session.digest, session.reply) if session.message_id else None
        after = await present(turn.presenter, turn.sender.peer, before, laid, pressed=turn.pressed)
        if before is not after:
            session.rev += 1
            session.actions, session.labels = list(laid.actions), list(laid.labels)
        session.page = laid.page
        session.message_id, session.digest, session.reply = after.message_id, after.digest, after.reply
        if screen.keep:
            session.message_id = None
        turn.pressed = after.message_id
        return True

    async def aside(self, turn: Turn, screen: Screen) -> None:
        """A message of its own, outside of the session: only lasting buttons work on it.

        The dialog's screen goes below it.
        """
        await turn.presenter.send(turn.sender.peer, self._lay(screen, turn.ctx, rev=0, page=0))
        turn.pressed = None

    async def change_pressed(self, turn: Turn, screen: Screen) -> None:
        """Change the message whose lasting button was pressed; a new one when it can't be changed."""
        laid = self._lay(screen, turn.ctx, rev=0, page=0)
        if turn.pressed is None or await turn.presenter.edit(turn.sender.peer, turn.pressed, laid) is (
            Edited.GONE
        ):
            await turn.presenter.send(turn.sender.peer, laid)

    def _lay(self, screen: Screen, ctx: Context, *, rev: int, page: int) -> Laid:
        """The screen for this reader."""
        return layout(screen, ctx.texts, ctx.caps, rev=rev, signer=self._signer, page=page)
