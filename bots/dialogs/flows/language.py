"""The language of the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bots.dialogs.context import Context
from bots.dialogs.event import Event, Typed
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows.common import back_button, general, plain_words, pressed
from bots.dialogs.screen import Raw, Screen, act, line, t
from bots.dialogs.transition import Start, Transition
from bots.dialogs.vocabulary import LANGUAGES

FLOW: Final = "language"
_SPEAK: Final = "speak"

#: Languages by their own names, which are the same in every language.
NAMES: Final = {"ru": "Русский", "en": "English"}


@dataclass(frozen=True, slots=True)
class LanguageData:
    """Nothing to remember."""


async def _view(ctx: Context, _: LanguageData) -> Screen:
    row = tuple(act(Raw(name), _SPEAK, code) for code, name in NAMES.items())
    return Screen(lines=(line(t("language.question")),), rows=(row, (back_button(),)))


async def _on(ctx: Context, _: LanguageData, event: Event) -> Transition:
    if (args := pressed(event, _SPEAK)) is not None:
        return await speak(ctx, str(args[0]))
    if isinstance(event, Typed) and (code := LANGUAGES.get(plain_words(event.text))):
        return await speak(ctx, code)
    return general(event)


async def speak(ctx: Context, locale: str) -> Start:
    """Switch, now and for what is sent later."""
    await ctx.app.clients.set_locale(ctx.identity.id, locale)
    ctx.speak(locale)
    return Start("home", toast=t("language.toast"))


language = Flow(name=FLOW, first=FLOW, data=LanguageData, steps={FLOW: Step(_view, _on)}, resting=True)
