"""What can be asked of the bot, and what to do when it did not understand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bots.dialogs.context import Context
from bots.dialogs.event import Event
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows.book_path import start_booking
from bots.dialogs.flows.common import back_button, general, home_button, pressed
from bots.dialogs.screen import BLANK, Line, Row, Screen, Tone, act, bold, line, t
from bots.dialogs.transition import Start, Transition
from bots.dialogs.words import phone_words

FLOW: Final = "help"
HELP: Final = "help"
UNKNOWN: Final = "unknown"

_BOOK: Final = "book"
_MINE: Final = "mine"


@dataclass(frozen=True, slots=True)
class HelpData:
    """Nothing to remember."""


async def _help_view(ctx: Context, _: HelpData) -> Screen:
    return Screen(
        lines=(line(bold(t("help.title"))), BLANK, line(t("help.text")), *await _call(ctx)),
        rows=(*_ways(), (back_button(), home_button())),
    )


async def _unknown_view(ctx: Context, _: HelpData) -> Screen:
    return Screen(
        lines=(line(t("unknown.title")), line(t("unknown.examples")), *await _call(ctx)),
        rows=(*_ways(), (home_button(),)),
    )


def _ways() -> tuple[Row, ...]:
    return ((act(t("button.book"), _BOOK, tone=Tone.MAIN), act(t("button.mine"), _MINE)),)


async def _call(ctx: Context) -> tuple[Line, ...]:
    """A person, for whom a bot is not enough."""
    phone = (await ctx.catalogue()).business.phone if ctx.business_id is not None else None
    return (BLANK, line(t("help.call", phone=phone_words(phone)))) if phone else ()


async def _on(ctx: Context, _: HelpData, event: Event) -> Transition:
    if pressed(event, _BOOK) is not None:
        return await start_booking(ctx) if ctx.business_id is not None else Start("home")
    if pressed(event, _MINE) is not None:
        return Start("mine", keep_trail=True)
    return general(event)


help_ = Flow(
    name=FLOW,
    first=HELP,
    data=HelpData,
    steps={HELP: Step(_help_view, _on), UNKNOWN: Step(_unknown_view, _on)},
    resting=True,
)
