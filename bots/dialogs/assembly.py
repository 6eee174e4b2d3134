"""All dialogs together: flows, verbs, commands, and what is made of words that no step waited for."""

from __future__ import annotations

from typing import Any, Final

from bots.dialogs.context import Context
from bots.dialogs.event import Contact
from bots.dialogs.failures import failure_words
from bots.dialogs.flow import Dialogs, Flow
from bots.dialogs.flows.book import book
from bots.dialogs.flows.book_path import start_booking
from bots.dialogs.flows.book_what import service_named
from bots.dialogs.flows.close_day import close_day
from bots.dialogs.flows.common import plain_words
from bots.dialogs.flows.desk import desk
from bots.dialogs.flows.draft import BookData, write_items
from bots.dialogs.flows.help import UNKNOWN, help_
from bots.dialogs.flows.home import CHOOSE, HomeData, home, settle
from bots.dialogs.flows.language import language, speak
from bots.dialogs.flows.linking import linking, open_link, start_asked
from bots.dialogs.flows.mine import mine
from bots.dialogs.flows.move import move
from bots.dialogs.flows.offer import offer
from bots.dialogs.flows.series import series
from bots.dialogs.screen import Words, t
from bots.dialogs.transition import Start
from bots.dialogs.verbs import VERBS
from bots.dialogs.vocabulary import COMMANDS as WORDS
from bots.dialogs.vocabulary import LANGUAGES
from bots.dialogs.words import raw
from core.domain.errors import InvalidInput, InviteInvalid, LinkInvalid, NotFound, TwoPhones
from core.domain.visit import VisitItem
from core.services.linking import PREFIX as LINK
from core.services.linking import LinkKind

_BUSINESS: Final = "b_"
_INVITE: Final = "join_"

_FLOWS: Final[tuple[Flow[Any], ...]] = (
    home,
    book,
    mine,
    move,
    series,
    desk,
    offer,
    close_day,
    help_,
    language,
    linking,
)


# --- commands


async def _start(ctx: Context, argument: str) -> Start:
    """``/start`` with or without a deep link."""
    if argument.startswith(_INVITE):
        return await _join(ctx, argument)
    if argument.startswith(LINK):
        return await _link(ctx, argument)
    note: Words | None = None
    if argument.startswith(_BUSINESS):
        try:
            catalogue = await ctx.app.catalogues.get(argument.removeprefix(_BUSINESS))
        except NotFound:
            note = t("link.unknown")
        else:
            await ctx.use_business(catalogue.business.id)
    return await _begin(ctx, note)


async def _begin(ctx: Context, note: Words | None) -> Start:
    """Where somebody begins: people of the business at their day, clients at its card."""
    actors = await ctx.app.team.actors(ctx.identity.id)
    if actors and (ctx.business_id is None or any(each.business_id == ctx.business_id for each in actors)):
        return Start("desk", note=note)
    if not await settle(ctx):
        return Start("home", CHOOSE, HomeData(), note=note)
    return Start("home", note=note)


async def _join(ctx: Context, argument: str) -> Start:
    try:
        actor = await ctx.app.team.accept_invite(argument, ctx.identity.id)
    except InviteInvalid:
        return await _begin(ctx, t("failure.invite_invalid"))
    assert actor.business_id is not None
    await ctx.use_business(actor.business_id)
    business = (await ctx.catalogue()).business
    return Start("desk", note=t("join.done", name=raw(actor.name), business=raw(business.name)))


async def _link(ctx: Context, argument: str) -> Start:
    """They are somebody of another messenger, or of the web, and show it by a link. A booking comes at once;
    before cards are joined they are asked, since somebody else may have sent them the link.
    """
    try:
        peeked = await ctx.app.linking.peek(argument, ctx.identity)
        if peeked.kind is LinkKind.BOOKING:
            return await open_link(ctx, argument)
    except (LinkInvalid, TwoPhones) as error:
        return await _begin(ctx, failure_words(error))
    await ctx.use_business(peeked.business_id)
    return start_asked(argument, peeked)


async def _book(ctx: Context, _: str) -> Start:
    if not await settle(ctx):
        return Start("home", CHOOSE, HomeData())
    return await start_booking(ctx, keep_trail=False)


async def _my(ctx: Context, _: str) -> Start:
    if not await settle(ctx):
        return Start("home", CHOOSE, HomeData())
    return Start("mine")


async def _help(_: Context, __: str) -> Start:
    return Start("help", keep_trail=True)


async def _language(_: Context, __: str) -> Start:
    return Start("language", keep_trail=True)


async def _linking(ctx: Context, _: str) -> Start:
    if not await settle(ctx):
        return Start("home", CHOOSE, HomeData())
    return Start("linking", keep_trail=True)


COMMANDS: Final = {
    "start": _start,
    "book": _book,
    "my": _my,
    "help": _help,
    "language": _language,
    "linking": _linking,
}


# --- words


async def understand(ctx: Context, text: str) -> Start | None:
    """What free words begin: a command in words, or the name of a service."""
    words = plain_words(text)
    if (code := LANGUAGES.get(words)) is not None:
        return await speak(ctx, code)
    match WORDS.get(words):
        case "hello":
            return await _begin(ctx, None)
        case "cancel":
            return await _my(ctx, "")
        case str(command):
            return await COMMANDS[command](ctx, "")
        case None:
            return await _service(ctx, text)


async def _service(ctx: Context, text: str) -> Start | None:
    if not await settle(ctx):
        return None
    service = service_named(await ctx.catalogue(), text)
    if service is None:
        return None
    return await start_booking(ctx, BookData(items=write_items([VisitItem(service.id)])))


# --- a contact out of turn


async def keep_contact(ctx: Context, contact: Contact) -> Words | None:
    """The Mini App asked for the phone, and the messenger sends it here: it is kept, and shows who they are
    to the business they talk to.
    """
    try:
        if await settle(ctx):
            business_id = (await ctx.catalogue()).business.id
            await ctx.app.linking.prove_phone(business_id, ctx.identity.id, contact.full_phone)
            ctx.forget_client()
        else:
            await ctx.app.clients.set_phone(ctx.identity.id, ctx.app.phones.parse(contact.full_phone, ""))
    except (InvalidInput, TwoPhones) as error:
        return failure_words(error)
    return None


def build_dialogs() -> Dialogs:
    """Everything that the bots can talk about."""
    return Dialogs(
        flows={flow.name: flow for flow in _FLOWS},
        verbs=VERBS,
        commands=COMMANDS,
        home=home.name,
        understand=understand,
        keep_contact=keep_contact,
        not_understood=Start(help_.name, UNKNOWN),
    )
