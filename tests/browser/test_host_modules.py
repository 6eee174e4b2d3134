"""The modules that know the hosts, and the session, each against a host or a server that misbehaves."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import BrowserContext, Page, async_playwright

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.modules import HOST, SESSION, lend_modules
from webapp.pages.render import STATIC, asset

pytestmark = pytest.mark.browser

LAUNCH = "#tgWebAppData=auth_date%3D1%26start_param%3Db_demo%26hash%3Dab&tgWebAppVersion={version}"
VK_LAUNCH = "?vk_app_id=7&vk_group_id=5&vk_user_id=3&vk_access_token_settings=&sign=abc"


@dataclass
class Server:
    """Our side of the sign-in, with rotation and with reuse ending the session; and a blank page."""

    url: str = ""
    seconds: int = 900
    signed_in: list[dict[str, Any]] = field(default_factory=list)
    refreshed: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)
    access: str = ""
    refresh: str = ""
    reused: bool = False

    def give(self) -> web.Response:
        self.access, self.refresh = f"access-{secrets.token_hex(4)}", f"refresh-{secrets.token_hex(4)}"
        user = {"id": "1", "name": "Анна", "locale": "ru", "channel": "telegram", "memberships": []}
        return web.json_response(
            {
                "access_token": self.access,
                "refresh_token": self.refresh,
                "expires_in": self.seconds,
                "user": user,
            }
        )

    async def sign_in(self, request: web.Request) -> web.Response:
        self.signed_in.append(await request.json())
        return self.give()

    async def renew(self, request: web.Request) -> web.Response:
        if (await request.json())["refresh_token"] != self.refresh:
            self.reused = True
            return web.json_response({"error": {}}, status=401)
        self.refreshed += 1
        self.seconds = 900
        await asyncio.sleep(0.05)
        return self.give()

    async def ask(self, request: web.Request) -> web.Response:
        told = request.headers.get("Authorization", "")
        self.seen.append((told, request.headers["Okoshko-Visitor"]))
        if told and told != f"Bearer {self.access}":
            return web.json_response({"error": {}}, status=401)
        return web.Response(text="<p id='answer'>ok</p>", content_type="text/html")

    async def blank(self, request: web.Request) -> web.Response:
        script = request.query.get("script", "/nowhere.js")
        return web.Response(
            content_type="text/html",
            text=f"""<!doctype html><meta name="telegram-script" content="{script}">
            <script src="{STATIC.url("early.js")}"></script>
            <script src="{STATIC.url("htmx.min.js")}"></script>
            <body><button id="ask" hx-get="/api/v1/ask" hx-target="#place">?</button><p id="place"></p>""",
        )


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.add_routes(
        [
            web.get("/", server.blank),
            web.get("/static/{name}", asset),
            web.post("/api/v1/auth/telegram", server.sign_in),
            web.post("/api/v1/auth/vk", server.sign_in),
            web.post("/api/v1/auth/refresh", server.renew),
            web.get("/api/v1/ask", server.ask),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def context(server: Server) -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(base_url=server.url)
        context.set_default_timeout(10_000)
        await lend_modules(context)
        yield context
        await browser.close()


async def run(page: Page, script: str) -> Any:
    """Run with ``host`` and ``session`` at hand."""
    return await page.evaluate(
        f"""async () => {{
          const host = await (await import("{HOST}")).connect();
          const session = await import("{SESSION}");
          {script}
        }}"""
    )


ASK_ALL = """
  return {
    kind: host.kind, start: host.start, credentials: host.credentials(),
    main: host.mainButton({text: "Дальше", onClick: () => {}}),
    secondary: host.secondaryButton(null), back: host.backButton(() => {}),
    confirm: host.confirmClose(true), felt: host.haptic("success") ?? null,
    phone: await host.phone(), allowed: await host.allowMessages(),
    theme: document.documentElement.dataset.theme,
  };
"""


async def test_a_plain_browser_has_its_own_buttons_and_follows_the_system(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.emulate_media(color_scheme="dark")
    await page.goto("/")
    told = await run(page, ASK_ALL)
    assert told == {
        "kind": "web",
        "start": "",
        "credentials": None,
        "main": False,
        "secondary": False,
        "back": False,
        "confirm": False,
        "felt": None,
        "phone": None,
        "allowed": False,
        "theme": "dark",
    }
    await page.emulate_media(color_scheme="light")
    await page.wait_for_function("document.documentElement.dataset.theme === 'light'")


#: An old app: it has what version 6.0 had, and anything newer is an error.
OLD_TELEGRAM = """
  const button = () => ({ setParams() {}, show() {}, hide() {}, hideProgress() {}, onClick() {} });
  const old = {
    initData: "auth_date=1&hash=ab", version: "6.0", colorScheme: "dark", viewportStableHeight: 500,
    themeParams: { bg_color: "#17212b", text_color: "#ffffff", hint_color: "#3a4650" },
    MainButton: button(), isVersionAtLeast: (wanted) => wanted === "6.0",
    ready() {}, expand() {}, close() {}, onEvent() {}, openLink() {},
  };
  window.Telegram = { WebApp: new Proxy(old, { get(from, name) {
    if (name !== "then" && !(name in from)) throw new Error(`${String(name)} is not supported`);
    return from[name];
  } }) };
"""


async def test_an_old_telegram_is_asked_for_nothing_that_it_has_not(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.add_init_script(OLD_TELEGRAM)
    await page.goto("/" + LAUNCH.format(version="6.0"))
    told = await run(page, ASK_ALL)
    assert (told["kind"], told["main"]) == ("telegram", True)
    assert told["credentials"] == {
        "path": "/api/v1/auth/telegram",
        "body": {"init_data": "auth_date=1&hash=ab"},
    }
    assert [told[name] for name in ("secondary", "back", "confirm", "allowed")] == [False] * 4
    assert (told["phone"], told["theme"]) == (None, "dark")
    style = "document.documentElement.style.getPropertyValue"
    assert await page.evaluate(f"{style}('--host-height')") == "500px"
    # A hint that nobody could read on that ground was lightened.
    assert await page.evaluate(f"{style}('--host-hint')") > "#8"


async def test_without_telegram_s_script_the_launch_still_signs_in(context: BrowserContext) -> None:
    page = await context.new_page()
    theme = json.dumps({"bg_color": "#0f1720", "text_color": "#ffffff"})
    await page.goto("/" + LAUNCH.format(version="9.1") + f"&tgWebAppThemeParams={theme}")
    told = await run(page, ASK_ALL)
    assert (told["kind"], told["start"], told["main"], told["theme"]) == ("telegram", "b_demo", False, "dark")
    assert told["credentials"]["body"] == {"init_data": "auth_date=1&start_param=b_demo&hash=ab"}
    # The next page of the frame has no launch data in its address.
    await page.goto("/?next")
    assert await page.evaluate("document.documentElement.dataset.host") == "telegram"
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert (await run(page, ASK_ALL))["credentials"] == told["credentials"]


async def test_a_silent_vk_leaves_a_page_that_works(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto("/" + VK_LAUNCH + "#b_demo")
    told = await run(page, ASK_ALL)
    assert (told["kind"], told["start"], told["main"], told["phone"]) == ("vk", "b_demo", False, None)
    body = {"launch_params": VK_LAUNCH.removeprefix("?")}
    assert told["credentials"] == {"path": "/api/v1/auth/vk", "body": body}
    await page.goto("/#?b=salon")
    assert (await run(page, ASK_ALL))["start"] == "b_demo"


async def test_a_session_lasts_over_pages_and_belongs_to_its_launch(
    context: BrowserContext, server: Server
) -> None:
    page = await context.new_page()
    await page.add_init_script(OLD_TELEGRAM)
    start = "session.begin(host); return (await session.signedIn())?.name;"
    await page.goto("/" + LAUNCH.format(version="6.0"))
    assert await run(page, start) == "Анна"
    await page.goto("/?next")
    assert await run(page, start) == "Анна"
    assert len(server.signed_in) == 1
    # Somebody else opens the app on the same device.
    await page.add_init_script("Telegram.WebApp.initData = 'auth_date=2&hash=cd'")
    await page.goto("/?other")
    assert await run(page, start) == "Анна"
    assert [each["init_data"] for each in server.signed_in] == ["auth_date=1&hash=ab", "auth_date=2&hash=cd"]


async def test_a_refused_token_is_renewed_once_and_the_request_sent_again(
    context: BrowserContext, server: Server
) -> None:
    page = await context.new_page()
    await page.add_init_script(OLD_TELEGRAM)
    await page.goto("/" + LAUNCH.format(version="6.0"))
    ask = "return (await session.api('/api/v1/ask')).status;"
    assert await run(page, "session.begin(host);" + ask) == 200
    server.access = "revoked"
    assert await run(page, ask) == 200
    assert server.refreshed == 1
    # Nothing helps: the session is gone, and the host's word gives a new one.
    server.access, server.refresh = "revoked", "revoked"
    assert await run(page, ask) == 200
    assert (server.refreshed, len(server.signed_in)) == (1, 2)
    assert len({visitor for _, visitor in server.seen}) == 1


async def test_two_tabs_renew_one_after_the_other(context: BrowserContext, server: Server) -> None:
    server.seconds = 30
    first = await context.new_page()
    await first.add_init_script(OLD_TELEGRAM)
    await first.goto("/" + LAUNCH.format(version="6.0"))
    await run(first, "session.begin(host); await session.signedIn();")
    second = await context.new_page()
    await second.add_init_script(OLD_TELEGRAM)
    await second.goto("/" + LAUNCH.format(version="6.0"))
    ask = "session.begin(host); return (await session.api('/api/v1/ask')).status;"
    assert list(await asyncio.gather(run(first, ask), run(second, ask))) == [200, 200]
    assert (server.refreshed, server.reused, len(server.signed_in)) == (1, False, 1)


async def test_htmx_waits_for_the_sign_in_and_repeats_what_was_refused(
    context: BrowserContext, server: Server
) -> None:
    page = await context.new_page()
    await page.add_init_script(OLD_TELEGRAM)
    await page.goto("/" + LAUNCH.format(version="6.0"))
    # Pressed before anybody knows who is there.
    await run(page, "session.attach(document.body); document.querySelector('#ask').click();")
    assert server.seen == []
    await run(page, "session.begin(host); await session.signedIn();")
    await page.locator("#answer").wait_for()
    assert [told for told, _ in server.seen] == [f"Bearer {server.access}"]
    server.access = "revoked"
    await page.evaluate("document.querySelector('#place').replaceChildren()")
    await page.locator("#ask").click()
    await page.locator("#answer").wait_for()
    assert server.refreshed == 1
    assert server.seen[-1][0] == f"Bearer {server.access}"
