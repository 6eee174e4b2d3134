"""One person in two messengers: who they are here, linking the other one, where to be written to, the
phone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from bots.dialogs.context import Context
from bots.dialogs.event import Contact, Event
from bots.dialogs.failures import failure_words
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows.common import back_button, general, home_button, pressed
from bots.dialogs.flows.mine import FLOW as MINE
from bots.dialogs.flows.mine import ONE, MineData
from bots.dialogs.screen import (
    BLANK,
    Act,
    AskContact,
    Line,
    Link,
    Raw,
    Row,
    Screen,
    T,
    Tone,
    act,
    bold,
    line,
    t,
)
from bots.dialogs.transition import Go, Start, Transition
from bots.dialogs.words import dotted, phone_words, raw
from core.domain.client import Channel, Client
from core.domain.errors import InvalidInput, LinkInvalid, TwoPhones
from core.services.linking import Opened, Opening, Peeked

FLOW: Final = "linking"
WHO: Final = "who"
OTHER: Final = "other"
PHONE: Final = "phone"
ASK: Final = "ask"

_LINK: Final = "link"
_PREFER: Final = "prefer"
_YES: Final = "yes"
_NO: Final = "no"
#: The preference «where I wrote last».
_LAST: Final = "last"


@dataclass(frozen=True, slots=True)
class LinkingData:
    """A link (a start parameter): one that was made and the messenger it is for, or one that somebody opens
    here and the first name on its card.
    """

    code: str = ""
    channel: str = ""
    name: str = ""


def channel_name(channel: Channel) -> T:
    """A messenger by its name."""
    return t(f"channel.{channel.value}")


async def _linkable(ctx: Context, known: Collection[Channel]) -> list[Channel]:
    """The messengers that the business is in too and where we don't know this client yet."""
    business = (await ctx.catalogue()).business
    return [each.channel for each in ctx.app.links(business, "") if each.channel not in known]


# --- who I am here


async def _who_view(ctx: Context, _: LinkingData) -> Screen:
    client = await ctx.client()
    if client is None:
        return Screen(lines=(line(t("linking.nobody")),), rows=((back_button(), home_button()),))
    known = await ctx.app.clients.channels_of(client.id)
    others = await _linkable(ctx, known)
    phone: tuple[Line, ...] = ()
    if client.phone is not None:
        words = phone_words(client.phone)
        phone = (
            line(t("linking.phone_proved" if client.phone_verified else "linking.phone_typed", phone=words)),
        )
    rows: list[Row] = [
        (act(t("linking.link", channel=channel_name(channel)), _LINK, channel.value, tone=Tone.MAIN),)
        for channel in others
    ]
    if len(known) > 1:
        rows.append(tuple(_preference(client, channel) for channel in sorted(known)))
        rows.append((_preference(client, None),))
    if ctx.caps.contact and not client.phone_verified:
        rows.append((act(t("linking.prove"), PHONE),))
    return Screen(
        lines=(
            dotted(bold(raw(client.name)), raw((await ctx.catalogue()).business.name)),
            *phone,
            line(t("linking.known"), Raw(" "), *dotted(*map(channel_name, known), between=Raw(", "))),
            BLANK,
            line(t("linking.why")) if others else line(_written_to(client)),
        ),
        rows=(*rows, (back_button(), home_button())),
    )


def _preference(client: Client, channel: Channel | None) -> Act:
    words = t("linking.last") if channel is None else channel_name(channel)
    label = t("linking.chosen", what=words) if client.preferred_channel is channel else words
    return act(label, _PREFER, channel.value if channel else _LAST)


def _written_to(client: Client) -> T:
    if client.preferred_channel is None:
        return t("linking.to_last")
    return t("linking.to", channel=channel_name(client.preferred_channel))


async def _on_who(ctx: Context, data: LinkingData, event: Event) -> Transition:
    if (args := pressed(event, _LINK)) is not None:
        business = (await ctx.catalogue()).business
        code = await ctx.app.linking.of_client(await ctx.actor(), business.id)
        return Go(LinkingData(code, str(args[0])), OTHER)
    if (args := pressed(event, _PREFER)) is not None:
        channel = None if args[0] == _LAST else Channel(str(args[0]))
        await ctx.app.clients.prefer(await ctx.actor(), channel)
        ctx.forget_client()
        return Go(data, toast=t("linking.noted"))
    if pressed(event, PHONE) is not None:
        return Go(data, PHONE)
    if isinstance(event, Contact):
        return await _on_phone(ctx, data, event)
    return general(event)


# --- the other messenger


async def _other_view(ctx: Context, data: LinkingData) -> Screen:
    business = (await ctx.catalogue()).business
    channel = Channel(data.channel)
    ways = [way for way in ctx.app.links(business, data.code) if way.channel is channel]
    name = channel_name(channel)
    return Screen(
        lines=(line(t("linking.how", channel=name)), BLANK, line(t("linking.once"))),
        rows=(
            *((Link(t("linking.open", channel=name), way.url),) for way in ways),
            (back_button(), home_button()),
        ),
    )


async def _on_other(_: Context, __: LinkingData, event: Event) -> Transition:
    return general(event)


# --- the phone


async def _phone_view(_: Context, __: LinkingData) -> Screen:
    return Screen(
        lines=(line(t("linking.phone_why")),), rows=((AskContact(t("contact.share")),), (back_button(),))
    )


async def _on_phone(ctx: Context, data: LinkingData, event: Event) -> Transition:
    if not isinstance(event, Contact):
        return general(event)
    if not event.own:
        return Go(data, note=t("linking.foreign"))
    business = (await ctx.catalogue()).business
    try:
        await ctx.app.linking.prove_phone(business.id, ctx.identity.id, event.full_phone)
    except (InvalidInput, TwoPhones) as error:
        return Go(data, WHO, note=failure_words(error), push=False)
    ctx.forget_client()
    return Start(FLOW, note=t("linking.proved"))


# --- opened here


def start_asked(code: str, peeked: Peeked) -> Start:
    """What is shown before a link of a card is opened: what will come of it."""
    if peeked.known:
        return Start(FLOW, note=t("linking.same"))
    return Start(FLOW, ASK, LinkingData(code, name=peeked.name))


async def _ask_view(ctx: Context, data: LinkingData) -> Screen:
    return Screen(
        lines=(
            dotted(bold(raw(data.name)), raw((await ctx.catalogue()).business.name)),
            line(t("linking.ask")),
            BLANK,
            line(t("linking.ask_own")),
        ),
        rows=((act(t("linking.yes"), _YES, tone=Tone.MAIN), act(t("linking.no"), _NO)),),
    )


async def _on_ask(ctx: Context, data: LinkingData, event: Event) -> Transition:
    if pressed(event, _YES) is not None:
        try:
            return await open_link(ctx, data.code)
        except (LinkInvalid, TwoPhones) as error:
            return Start("home", note=failure_words(error))
    if pressed(event, _NO) is not None:
        return Start("home", note=t("stopped"))
    return general(event, stop="home")


async def open_link(ctx: Context, code: str) -> Start:
    """They are who asked for this link. Raises LinkInvalid, TwoPhones, TryAgain."""
    opened = await ctx.app.linking.open(code, ctx.identity)
    await ctx.use_business(opened.client.business_id)
    ctx.forget_client()
    return start_opened(opened)


def opened_words(opened: Opened) -> T:
    """What came of opening a link."""
    match opened.what:
        case Opening.CONFIRMED:
            return t("linking.confirmed")
        case Opening.BOOKING:
            return t("linking.booking")
        case Opening.SAME:
            return t("linking.same")
        case _:
            return t("linking.done")


def start_opened(opened: Opened) -> Start:
    """What is shown after a link: its booking, else who they are now."""
    if opened.booking_id is not None:
        return Start(MINE, ONE, MineData(str(opened.booking_id)), note=opened_words(opened))
    return Start(FLOW, note=opened_words(opened))


linking = Flow(
    name=FLOW,
    first=WHO,
    data=LinkingData,
    steps={
        WHO: Step(_who_view, _on_who),
        OTHER: Step(_other_view, _on_other),
        PHONE: Step(_phone_view, _on_phone),
        ASK: Step(_ask_view, _on_ask),
    },
)
