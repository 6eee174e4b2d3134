"""The demo: everything in one process, with the two phones instead of the messengers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bots.sandbox.app import build_sandbox_app
from bots.sandbox.cast import seed_people
from bots.sandbox.clock import ShiftableClock
from bots.sandbox.model import Messenger
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.vk.rules import MiniApp, VkRules
from bots.sandbox.world import World
from core.domain.actor import SYSTEM, Role
from core.domain.catalog import Business
from core.domain.client import Channel
from deploy.accounts import Accounts, TelegramSetup, VkGroupSetup, VkSetup
from deploy.compose import Core, open_core
from deploy.demo.data import BARBERS, STUDIO
from deploy.demo.seed import seed
from deploy.program import Late, serving, talking, until_told, web_app, working
from deploy.settings import Settings
from webapp.wiring import MessengerLink

_log = logging.getLogger(__name__)

#: The sandbox's bots: token, public name, name on the screen, the business that each serves first.
BOTS: Final = (
    ("700001:demo-token-of-the-studio", "okoshko_demo_bot", STUDIO.name, STUDIO.slug),
    ("700002:demo-token-of-the-barbers", "little_window_bot", BARBERS.name, BARBERS.slug),
)

#: The sandbox's VK communities, in the same form; the number before the colon is the community's.
COMMUNITIES: Final = (("800001:demo-token-of-the-community", "okoshko_demo", STUDIO.name, STUDIO.slug),)

#: The Mini App in the sandbox's VK: its number and its protected key.
VK_APP: Final = (7000001, "demo-key-of-the-mini-app")

#: The sandbox's stand-in for the script that makes a page a Mini App of Telegram.
TELEGRAM_SCRIPT: Final = "/sandbox/static/telegram/telegram-web-app.js"

#: Whose phones belong to the businesses' side: name in the sandbox, whether they are that staff member, role.
CREW: Final = {
    STUDIO.slug: (
        ("Анна Смирнова", True, Role.MASTER),
        ("Мария Иванова", True, Role.MASTER),
        ("Вера Лебедева", False, Role.OWNER),
    ),
    BARBERS.slug: (("James Cole", True, Role.OWNER),),
}

_SAVE_SECONDS: Final = 5.0
_WORLD: Final = "sandbox.json"
_CLOCK: Final = "sandbox-clock.json"


def load_clock(folder: Path) -> ShiftableClock:
    """The sandbox's clock, as far ahead as it was left."""
    try:
        offset = float(json.loads((folder / _CLOCK).read_text())["offset_seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        offset = 0.0
    return ShiftableClock(offset=timedelta(seconds=max(0.0, offset)))


def load_world(folder: Path, clock: ShiftableClock) -> World:
    """The phones as they were left; new ones when there are none or they can't be read."""
    world = World(clock)
    try:
        world.load((folder / _WORLD).read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        _log.warning("the phones of the last run can't be read, new ones are made")
        world = World(clock)
    for token, username, name, _ in BOTS:
        world.add_bot(Messenger.TELEGRAM, token, username, name)
    for token, username, name, _ in COMMUNITIES:
        world.add_bot(Messenger.VK, token, username, name)
    seed_people(world)
    return world


def save(folder: Path, world: World, clock: ShiftableClock) -> None:
    """Keep the phones and the clock; what a crash leaves is the whole old file or the whole new one."""
    kept = {
        _WORLD: world.dump(),
        _CLOCK: json.dumps({"offset_seconds": clock.offset.total_seconds()}).encode(),
    }
    for name, content in kept.items():
        new = folder / f".{name}.new"
        new.write_bytes(content)
        new.replace(folder / name)


@asynccontextmanager
async def saving(folder: Path, world: World, clock: ShiftableClock) -> AsyncIterator[None]:
    """Keeps the phones now and then, and at the end."""

    async def keep() -> None:
        seen = None
        while True:
            await asyncio.sleep(_SAVE_SECONDS)
            now = (len(world.events), world.events[-1][0] if world.events else 0, clock.offset)
            if now != seen:
                seen = now
                save(folder, world, clock)

    task = asyncio.create_task(keep(), name="sandbox-saving")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        save(folder, world, clock)


async def sandbox_accounts(core: Core, sandbox_url: str) -> Accounts:
    """The sandbox's bots and community, each with the business that it serves first."""
    async with core.uow.read() as tx:
        ids = {slug: found for slug in CREW if (found := await tx.catalogue.find(slug)) is not None}
    bound = {(Channel.TELEGRAM, token.partition(":")[0]): ids[slug][0] for token, _, _, slug in BOTS}
    bound |= {(Channel.VK, token.partition(":")[0]): ids[slug][0] for token, _, _, slug in COMMUNITIES}
    return Accounts(
        telegram=TelegramSetup([token for token, *_ in BOTS], f"{sandbox_url}/telegram"),
        vk=VkSetup(
            [VkGroupSetup(int(token.partition(":")[0]), token, secret="") for token, *_ in COMMUNITIES],
            f"{sandbox_url}/vk",
            app_id=VK_APP[0],
            app_secret=VK_APP[1],
        ),
        bound=bound,
    )


async def hire(core: Core, sandbox_url: str) -> None:
    """Give the phones of the demo's staff their places, as an owner would: by invite links that they open.

    Done once; a business that has members is left alone.
    """
    from bots.sandbox.client import SandboxClient

    async with SandboxClient(sandbox_url, timeout=60.0) as sandbox:
        for _, username, _, slug in BOTS:
            catalogue = await core.catalogues.get(slug)
            staff = {member.name: member.id for member in catalogue.staff.values()}
            async with core.uow.read() as tx:
                if await tx.people.deciders(catalogue.business.id, list(staff.values())):
                    continue
            for name, own, role in CREW[slug]:
                start = await core.team.create_invite(
                    SYSTEM, slug, role=role, staff_id=staff.get(name) if own else None, name=name
                )
                await sandbox.person(name).open(f"https://t.me/{username}?start={start}")


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that runs: its address, its phones, its clock and the core under it."""

    url: str
    world: World
    clock: ShiftableClock
    core: Core


@asynccontextmanager
async def open_demo(
    settings: Settings, say: Callable[[str], None], *, rules: TelegramRules | None = None
) -> AsyncIterator[Demo]:
    """Everything running, from the page with the phones to the staff that has taken its places.

    ``say`` gets the page's address as soon as it answers, before the bots do.
    """
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    clock = load_clock(folder)
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings, clock))
        await seed(core)
        world = load_world(folder, clock)
        await stack.enter_async_context(saving(folder, world, clock))
        late = Late()
        number, secret = VK_APP
        vk_apps = {number: MiniApp(f"{settings.base_url}/app", secret)}
        sandbox = build_sandbox_app(world, telegram=rules, vk=VkRules(apps=vk_apps))
        accounts = await sandbox_accounts(core, _sandbox_url(settings))
        app = web_app(
            core,
            settings,
            late=late,
            accounts=accounts,
            links=SandboxLinks(),
            sandbox=sandbox,
            telegram_script=TELEGRAM_SCRIPT,
        )
        await stack.enter_async_context(serving(app, settings.http_host, settings.http_port))
        say(f"{settings.base_url}/sandbox")
        await _staff(stack, core, settings, clock, late=late, accounts=accounts)
        yield Demo(f"http://{settings.http_host}:{settings.http_port}", world, clock, core)


async def show(settings: Settings, say: Callable[[str], None]) -> None:
    """The demo until told to stop; ``say`` gets its address, and an empty line when the bots are there."""
    async with open_demo(settings, say):
        say("")
        await until_told()


class SandboxLinks:
    """A business is reached on the phones."""

    def __call__(self, business: Business, start: str = "") -> Sequence[MessengerLink]:
        """The sandbox, with the business's bot opened."""
        return [
            MessengerLink(channel, f"/sandbox?bot={username}&start={start or f'b_{slug}'}")
            for channel, bots in ((Channel.TELEGRAM, BOTS), (Channel.VK, COMMUNITIES))
            for _, username, _, slug in bots
            if slug == business.slug
        ]


async def _staff(
    stack: AsyncExitStack,
    core: Core,
    settings: Settings,
    clock: ShiftableClock,
    *,
    late: Late,
    accounts: Accounts,
) -> None:
    """The bots, the worker, and the people at their phones."""
    messengers = await stack.enter_async_context(
        talking(core, settings, accounts, app_base=settings.base_url)
    )
    late.messengers = messengers
    wake_all = await stack.enter_async_context(working(core, messengers.senders))

    async def shifted(_step: timedelta) -> None:
        wake_all()

    stack.callback(clock.subscribe(shifted))
    await hire(core, _sandbox_url(settings))


def _sandbox_url(settings: Settings) -> str:
    """Where the bots find the messengers' APIs."""
    return f"http://{settings.http_host}:{settings.http_port}/sandbox"
