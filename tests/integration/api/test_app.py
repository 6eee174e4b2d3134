"""The application around its resources: health, ids, errors, headers, webhooks, pages, logs."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from core.domain.catalog import Business
from core.domain.client import Channel
from locales import texts
from tests.integration.api.conftest import serve
from tests.support.site import Site
from tests.support.world import Core, Hands, join, make_business
from webapp.metrics import Reading
from webapp.wiring import SERVICES, Hooks, MessengerLink, Outside


async def well() -> None:
    """A check that passes."""


async def ill() -> None:
    """A check that doesn't."""
    raise ConnectionRefusedError("postgres://user:secret@host is away")


async def test_health(site: Site) -> None:
    reply = await site.get("/api/v1/health")
    assert (reply.status, reply.body) == (200, {"status": "ok"})


async def test_ready_says_what_is_missing_and_no_more(core: Core) -> None:
    world = await make_business(core.uow)
    checks = {"database": well, "redis": ill, "migrations": well}
    async with serve(core, world, Hands(), Outside(checks=checks)) as site:
        reply = await site.get("/api/v1/ready")
    assert reply.status == 503
    assert reply.body["missing"] == ["redis"]
    assert reply.body["checks"] == {"database": "ok", "redis": "failed", "migrations": "ok"}
    assert "secret" not in reply.text
    async with serve(core, world, Hands(), Outside(checks={"database": well})) as site:
        reply = await site.get("/api/v1/ready")
    assert (reply.status, reply.body["status"]) == (200, "ready")


async def test_metrics_count_by_template(core: Core) -> None:
    async def readings() -> Sequence[Reading]:
        return [Reading("okoshko_outbox_messages", "Messages", 2, {"status": "queued"})]

    world = await make_business(core.uow)
    async with serve(core, world, Hands(), Outside(readings=readings)) as site:
        await site.book(world.at(15))
        await site.post(f"{site.business}/bookings", site.wish(world.at(15)))
        await site.get("/nowhere/at/all")
        reply = await site.get("/metrics")
    assert reply.headers["Content-Type"].startswith("text/plain")
    route = "/api/v1/businesses/{business}/bookings"
    assert f'okoshko_http_requests_total{{method="POST",route="{route}",status="201"}} 1.0' in reply.text
    assert f'okoshko_http_requests_total{{method="POST",route="{route}",status="409"}} 1.0' in reply.text
    assert 'route="unmatched",status="404"' in reply.text
    assert 'okoshko_api_bookings_created_total{source="web"} 1.0' in reply.text
    assert "okoshko_api_slot_conflicts_total 1.0" in reply.text
    assert 'okoshko_outbox_messages{status="queued"} 2.0' in reply.text
    assert str(world.id) not in reply.text


async def test_a_request_keeps_its_id(site: Site) -> None:
    reply = await site.get("/api/v1/bookings/x", headers={"X-Request-ID": "abc-1.2_3"})
    assert reply.headers["X-Request-ID"] == "abc-1.2_3"
    assert reply.body["error"]["request_id"] == "abc-1.2_3"
    for bad in ("a b", "x" * 65, "<script>"):
        reply = await site.get("/api/v1/health", headers={"X-Request-ID": bad})
        assert reply.headers["X-Request-ID"] not in {"", bad}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "NOT_FOUND"),
        ("GET", "/api/", 404, "NOT_FOUND"),
        ("DELETE", "/api/v1/health", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/v1/businesses/a%00b", 400, "BAD_REQUEST"),
        ("GET", "/api/v1/businesses/okoshko/bookings?cursor=%00", 400, "BAD_REQUEST"),
        ("GET", "/api/v1/services/not-an-id", 404, "NOT_FOUND"),
        ("GET", "/api/v1/staff/not-an-id", 404, "NOT_FOUND"),
    ],
)
async def test_errors_of_http_have_the_same_form(
    site: Site, method: str, path: str, status: int, code: str
) -> None:
    reply = await site.call(method, path)
    assert (reply.status, reply.code) == (status, code)
    assert set(reply.body["error"]) == {"code", "message", "details", "request_id"}
    if status == 405:
        assert "GET" in reply.headers["Allow"]


async def test_a_message_keeps_the_name_of_the_request_that_caused_it(site: Site) -> None:
    wish = site.wish(site.world.at(15))
    path, token = f"{site.business}/bookings", await site.token()
    made = await site.post(path, wish, token=token, headers={"X-Request-ID": "find-me"})
    moved = {"start_ts": site.world.at(17).isoformat()}
    await join(site.core, site.world)
    await site.post(f"{made.headers['Location']}/reschedule", moved, token=token)
    async with site.core.uow.read() as tx:
        rows = await tx.connection.fetch("SELECT request_id FROM outbox ORDER BY id")  # type: ignore[attr-defined]
    causes = [row["request_id"] for row in rows]
    assert causes[0] == "find-me"
    assert causes[-1] not in {None, "find-me"}


async def test_messages_speak_the_callers_language(site: Site) -> None:
    for header, locale in (("en-US,en;q=0.9", "en"), ("ru", "ru"), ("", "ru")):
        reply = await site.get("/api/v1/businesses/nowhere", headers={"Accept-Language": header})
        assert reply.body["error"]["message"] == texts(locale).t("api.not_found.business")


async def test_what_nobody_expected_tells_nothing_and_is_logged(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("SELECT secret FROM clients")

    assert site.http.app is not None
    monkeypatch.setattr(site.http.app[SERVICES].catalogues, "get", broken)
    reply = await site.get(site.business, headers={"X-Request-ID": "find-me"})
    assert (reply.status, reply.code) == (500, "INTERNAL")
    assert "secret" not in reply.text
    assert reply.body["error"]["request_id"] == "find-me"
    assert any(record.exc_info for record in caplog.records if record.name == "webapp.faults")

    page = await site.get("/b/okoshko", headers={"Accept": "text/html"})
    assert page.status == 500
    assert "secret" not in page.text


async def test_headers_of_every_answer(core: Core) -> None:
    world = await make_business(core.uow)
    async with serve(core, world, Hands(), Outside(https=True)) as site:
        for path in ("/", "/api/v1/health", "/api/v1/nothing", "/nothing", "/metrics"):
            reply = await site.get(path)
            assert reply.headers["X-Content-Type-Options"] == "nosniff"
            assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]
            assert reply.headers["Strict-Transport-Security"].startswith("max-age=")
            assert "Server" not in reply.headers
        assert (await site.get("/api/v1/health")).headers["Cache-Control"] == "no-store"
    async with serve(core, world, Hands()) as site:
        assert "Strict-Transport-Security" not in (await site.get("/")).headers


async def test_the_log_names_no_person_and_no_token(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = await site.token()
    made = await site.book(site.world.at(15), comment="у меня аллергия")
    booked = await site.book(site.world.at(17), token)
    await site.get(f"/api/v1/bookings/{booked['booking']['id']}", token=token)
    await site.get(f"/api/v1/bookings/{made['booking']['id']}", token=made["visit_key"])

    written = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "/api/v1/bookings/{id}" in written
    for secret in (token, made["visit_key"], "+79001234567", "900 123-45-67", "Ольга", "аллергия"):
        assert secret not in written


async def test_webhooks_are_handed_over_and_answered(core: Core) -> None:
    taken: list[tuple[object, ...]] = []

    async def telegram(bot_id: int, secret: str | None, body: bytes) -> int:
        taken.append((bot_id, secret, body))
        return 200 if secret == "right" else 401

    async def vk(group_id: int, body: bytes) -> tuple[int, str]:
        taken.append((group_id, body))
        return 200, "confirm-me"

    world = await make_business(core.uow)
    async with serve(core, world, Hands(), Outside(hooks=Hooks(telegram, vk))) as site:
        name = "X-Telegram-Bot-Api-Secret-Token"
        good = await site.call("POST", "/hooks/telegram/42", data=b"{}", headers={name: "right"})
        wrong = await site.call("POST", "/hooks/telegram/42", data=b"{}")
        confirmed = await site.call("POST", "/hooks/vk/7", data=b'{"type":"confirmation"}')
        large = await site.call("POST", "/hooks/telegram/42", data=io.BytesIO(b" " * (1024 * 1024 + 1)))
        odd = await site.call("POST", "/hooks/telegram/abc", data=b"{}")
    assert (good.status, wrong.status) == (200, 401)
    assert (confirmed.status, confirmed.text) == (200, "confirm-me")
    assert (large.status, odd.status) == (413, 404)
    assert taken == [(42, "right", b"{}"), (42, None, b"{}"), (7, b'{"type":"confirmation"}')]


async def test_without_a_bot_there_is_no_webhook(site: Site) -> None:
    for path in ("/hooks/telegram/42", "/hooks/vk/7"):
        assert (await site.call("POST", path, data=b"{}")).status == 404


async def test_the_start_page(core: Core) -> None:
    world = await make_business(core.uow)
    async with serve(core, world, Hands(), Outside(sandbox=web.Application(), docs_url="/docs")) as site:
        page = await site.get("/", headers={"Accept-Language": "ru"})
        assert page.status == 200
        for part in ('lang="ru"', "/b/okoshko", 'href="/sandbox"', 'href="/docs"', "Студия «Окошко»"):
            assert part in page.text
        assert 'lang="en"' in (await site.get("/", headers={"Accept-Language": "en"})).text
    async with serve(core, world, Hands(), Outside(docs_url=None)) as site:
        plain = (await site.get("/")).text
        assert 'href="/sandbox"' not in plain
        assert 'href="/docs"' not in plain
        assert (await site.get("/sandbox")).status == 404


async def test_the_page_of_a_business(core: Core) -> None:
    def links(business: Business, start: str = "") -> Sequence[MessengerLink]:
        return [
            MessengerLink(Channel.TELEGRAM, f"https://t.me/okoshko_bot?start=b_{business.slug}"),
            MessengerLink(Channel.VK, f"https://vk.me/okoshko?ref=b_{business.slug}"),
        ]

    world = await make_business(core.uow, services={"manicure": {"title": "<b>Маникюр</b>"}})
    async with serve(core, world, Hands(), Outside(links=links)) as site:
        page = await site.get("/b/okoshko")
        assert page.status == 200
        for part in (
            "https://t.me/okoshko_bot?start=b_okoshko",
            "https://vk.me/okoshko?ref=b_okoshko",
            "&lt;b&gt;Маникюр&lt;/b&gt;",
            "60 мин",
            "1\u00a0500\u00a0₽",
            "группа до 4 человек",
            "Тверская, 12",
            "пн–сб",
            "Анна",
        ):
            assert part in page.text, part
        english = await site.get("/b/okoshko?lang=en")
        assert "Opening hours" in english.text
        assert "okoshko_lang=en" in english.headers["Set-Cookie"]


async def test_pages_that_are_not_there(site: Site) -> None:
    for path in ("/b/nowhere", "/nowhere"):
        page = await site.get(path, headers={"Accept": "text/html", "Accept-Language": "ru"})
        assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "Такой страницы нет" in page.text


async def test_static_files_are_kept_for_ever(site: Site) -> None:
    page = await site.get("/")
    (address,) = {
        part.split('"')[0] for part in page.text.split('href="')[1:] if "site." in part.split('"')[0]
    }
    style = await site.get(address)
    assert (style.status, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in style.headers["Cache-Control"]
    for path in ("/static/site.css", "/static/../site.css", "/static/%2e%2e%2frender.py"):
        assert (await site.get(path)).status == 404


async def test_a_mounted_sandbox_keeps_its_own_answers(core: Core) -> None:
    async def refuse(_: web.Request) -> web.Response:
        raise web.HTTPBadRequest(text=json.dumps({"ok": False, "error_code": 400}))

    async def show(_: web.Request) -> web.Response:
        return web.Response(text="two phones", headers={"Content-Security-Policy": "default-src 'self'"})

    sandbox = web.Application()
    sandbox.add_routes([web.post("/telegram/bot1:x/sendMessage", refuse), web.get("", show)])
    world = await make_business(core.uow)
    async with serve(core, world, Hands(), Outside(sandbox=sandbox)) as site:
        reply = await site.call("POST", "/sandbox/telegram/bot1:x/sendMessage")
        assert (reply.status, json.loads(reply.text)["error_code"]) == (400, 400)
        page = await site.get("/sandbox")
        assert page.text == "two phones"
        assert page.headers["Content-Security-Policy"] == "default-src 'self'"
