"""Signing in over HTTP, staying signed in, signing out, and what a session opens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

import asyncpg
import pytest

from core.domain.client import Channel
from core.domain.errors import Unauthorized
from core.jobs.sessions import SessionCleanup
from core.services.sign_in import ACCESS_LIFE, IDLE_LIFE, LIFE
from tests.support import launches
from tests.support.sessions import AUTH, ME, enter, refresh
from tests.support.site import Site

# --- coming in


async def test_by_telegram(site: Site) -> None:
    body = await enter(site, last_name="Ким", allows_write_to_pm=True)
    assert set(body) == {"access_token", "refresh_token", "expires_in", "user"}
    assert body["expires_in"] == 900
    user = body["user"]
    assert (user["name"], user["locale"], user["channel"]) == ("Анна Ким", "ru", "telegram")
    assert (user["memberships"], user["start"], user["phone"]) == ([], "b_okoshko", None)
    me = await site.get(ME, token=body["access_token"])
    assert me.body == {**user, "start": None}


async def test_by_vk(site: Site) -> None:
    reply = await site.post(f"{AUTH}/vk", {"launch_params": "?" + launches.vk(site.clock.now())})
    assert reply.status == 200, reply.text
    assert (reply.body["user"]["channel"], reply.body["user"]["name"]) == ("vk", "")
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "field", "forge"),
    [
        ("telegram", "init_data", launches.forged_telegram),
        ("vk", "launch_params", launches.forged_vk),
    ],
)
async def test_what_is_forged_opens_nothing(
    site: Site, path: str, field: str, forge: Callable[[datetime], dict[str, str]]
) -> None:
    """And is not told why."""
    forgeries = forge(site.clock.now())
    too_long = forgeries.pop("too long")
    assert len(forgeries) >= 20
    for wrong, forged in forgeries.items():
        reply = await site.post(f"{AUTH}/{path}", {field: forged})
        assert (reply.status, reply.code, reply.details) == (401, "UNAUTHORIZED", []), wrong
    reply = await site.post(f"{AUTH}/{path}", {field: too_long})
    assert (reply.status, reply.details) == (422, [(field, "too_long")])
    async with site.core.uow.read() as tx:
        connection = tx.people._connection  # type: ignore[attr-defined]
        assert await connection.fetchval("SELECT count(*) FROM identities") == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("telegram", {}, 422),
        ("telegram", {"init_data": 5}, 422),
        ("telegram", {"init_data": ""}, 401),
        ("telegram", {"init_data": "x", "user": {"id": 1}}, 422),
        ("vk", {"launch_params": ""}, 401),
        ("vk", {"init_data": ""}, 422),
        ("refresh", {"refresh_token": ""}, 401),
        ("refresh", {"refresh_token": "okor_" + "A" * 107}, 401),
        ("refresh", {"refresh_token": "okor_" + "я" * 50}, 401),
        ("refresh", {"refresh_token": None}, 422),
    ],
)
async def test_nonsense(site: Site, path: str, body: object, status: int) -> None:
    assert (await site.post(f"{AUTH}/{path}", body)).status == status


async def test_nothing_secret_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = await enter(site)
    again = (await refresh(site, body["refresh_token"])).body
    await refresh(site, body["refresh_token"])
    await site.post(f"{AUTH}/telegram", {"init_data": launches.telegram(site.clock.now(), token="x")})
    await site.get(ME, token=again["access_token"])
    told = " ".join(str(vars(record)) for record in caplog.records)
    assert "sign-in refused" in told
    assert "another signature" in told
    for secret in ("okos_", "okor_", "first_name", "hash="):
        assert secret not in told


# --- who they are then


async def stored(site: Site, channel: Channel) -> asyncpg.Record:
    async with site.core.uow.read() as tx:
        connection = tx.people._connection  # type: ignore[attr-defined]
        row = await connection.fetchrow("SELECT * FROM identities WHERE channel = $1", channel)
    assert isinstance(row, asyncpg.Record)
    return row


async def test_the_mini_app_and_the_bot_know_one_person(site: Site) -> None:
    """And opening the app never makes somebody reachable who has not allowed it."""
    first = await enter(site)
    row = await stored(site, Channel.TELEGRAM)
    assert (row["account_key"], row["external_id"], row["reachable"]) == ("123456", "1001", False)
    second = await enter(site, allows_write_to_pm=True)
    assert first["user"]["id"] == second["user"]["id"] == str(row["id"])
    assert (await stored(site, Channel.TELEGRAM))["reachable"]
    await enter(site)
    assert (await stored(site, Channel.TELEGRAM))["reachable"], "what the messenger doesn't tell stays"


async def test_vk_keeps_what_the_community_knows(site: Site) -> None:
    launch = {"launch_params": launches.vk(site.clock.now(), vk_group_id="777")}
    await site.post(f"{AUTH}/vk", launch)
    row = await stored(site, Channel.VK)
    assert (row["account_key"], row["name"], row["reachable"]) == ("555", "", False)
    async with site.core.uow.begin() as tx:
        await tx.people.set_reachable(Channel.VK, "555", "1001", True, site.clock.now())
        await tx.people._connection.execute(  # type: ignore[attr-defined]
            "UPDATE identities SET name = 'Анна' WHERE channel = 'vk'"
        )
    await site.post(f"{AUTH}/vk", launch)
    row = await stored(site, Channel.VK)
    assert (row["name"], row["reachable"]) == ("Анна", True)


async def test_the_language(site: Site) -> None:
    token = (await enter(site, language_code="en-GB"))["access_token"]
    assert (await site.get(ME, token=token)).body["locale"] == "en"
    changed = await site.call("PATCH", ME, json={"locale": "ru"}, token=token)
    assert (changed.status, changed.body["locale"]) == (200, "ru")
    assert (await enter(site, language_code="en-GB"))["user"]["locale"] == "ru"
    assert (await site.call("PATCH", ME, json={"locale": "de"}, token=token)).details == [
        ("locale", "unknown")
    ]
    assert (await site.call("PATCH", ME, json={}, token=token)).status == 422


@pytest.mark.parametrize("path", ["", "/bookings", "/sessions"])
async def test_only_a_session_has_a_me(site: Site, path: str) -> None:
    for token in (None, await site.token(), "okos_", "okos_" + "A" * 75, "okor_" + "A" * 107):
        assert (await site.get(ME + path, token=token)).status == 401


# --- staying in


async def test_an_access_token_ends(site: Site) -> None:
    token = (await enter(site))["access_token"]
    site.clock.on(seconds=ACCESS_LIFE.total_seconds() - 1)
    assert (await site.get(ME, token=token)).status == 200
    site.clock.on(seconds=1)
    assert (await site.get(ME, token=token)).status == 401


async def test_no_other_spelling_of_a_token(site: Site) -> None:
    token = (await enter(site))["access_token"]
    others = [token + "=", token + "A", token[:-1], token.replace("okos_", "okor_"), token.upper()]
    others += [
        token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(6, len(token))
    ]
    for other in others:
        with pytest.raises(Unauthorized):
            await site.core.sign_in.authenticate(other)
    assert (await site.get(ME, token=others[0])).status == 401
    assert (await site.core.sign_in.authenticate(token)).identity.external_id == "1001"


async def test_a_refresh_token_serves_once(site: Site) -> None:
    """Its second coming ends the session for both."""
    first = await enter(site)
    second = (await refresh(site, first["refresh_token"])).body
    assert second["user"]["id"] == first["user"]["id"]
    assert second["refresh_token"] != first["refresh_token"]
    third = (await refresh(site, second["refresh_token"])).body
    assert (await site.get(ME, token=third["access_token"])).status == 200
    assert (await refresh(site, first["refresh_token"])).status == 401
    assert (await refresh(site, third["refresh_token"])).status == 401
    for body in (first, second, third):
        assert (await site.get(ME, token=body["access_token"])).status == 401


async def test_other_sessions_live_on(site: Site) -> None:
    phone, stolen = await enter(site), await enter(site)
    await refresh(site, stolen["refresh_token"])
    await refresh(site, stolen["refresh_token"])
    assert (await site.get(ME, token=stolen["access_token"])).status == 401
    assert (await refresh(site, phone["refresh_token"])).status == 200


async def test_nobody_ends_a_session_by_inventing_tokens(site: Site) -> None:
    """Even with the session's id, which its owner can read: an invented token is not one that has served."""
    first, second = await enter(site), await enter(site, user_id=1002)
    mixed = first["refresh_token"][:30] + second["refresh_token"][30:]
    assert (await refresh(site, mixed)).status == 401
    assert (await refresh(site, first["refresh_token"])).status == 200


async def test_of_two_refreshes_at_once_one_wins(site: Site) -> None:
    body = await enter(site)
    replies = await asyncio.gather(*(refresh(site, body["refresh_token"]) for _ in range(5)))
    assert sorted(reply.status for reply in replies) == [200, 401, 401, 401, 401]


async def test_who_lost_a_race_is_no_thief(site: Site) -> None:
    """The second began before the first was done, so it can't have known: the winner's session lives."""
    body = await enter(site)
    now, until = site.clock.now(), site.clock.now() + IDLE_LIFE
    user = await site.core.sign_in.authenticate(body["access_token"])
    _, secret = site.core.sign_in._read_refresh(body["refresh_token"])
    old = sha256(secret).digest()
    async with site.core.uow.begin() as late:
        assert await late.auth_sessions.of_identity(user.identity.id, now), "its transaction has begun"
        won = (await refresh(site, body["refresh_token"])).body
        assert not await late.auth_sessions.swap(user.session_id, old, bytes(32), until, now)
        assert not await late.auth_sessions.end_reused(user.session_id, old, now)
    assert (await site.get(ME, token=won["access_token"])).status == 200
    async with site.core.uow.begin() as later:
        assert await later.auth_sessions.end_reused(user.session_id, old, now)
    assert (await site.get(ME, token=won["access_token"])).status == 401


async def test_idle_and_old_sessions_end(site: Site) -> None:
    idle, kept = await enter(site), await enter(site)
    begun = site.clock.now()
    site.clock.to(begun + IDLE_LIFE - timedelta(minutes=1))
    kept = (await refresh(site, kept["refresh_token"])).body
    site.clock.to(begun + IDLE_LIFE)
    assert (await refresh(site, idle["refresh_token"])).status == 401
    while site.clock.now() < begun + LIFE - timedelta(days=20):
        site.clock.on(days=20)
        kept = (await refresh(site, kept["refresh_token"])).body
    site.clock.to(begun + LIFE - timedelta(minutes=1))
    kept = (await refresh(site, kept["refresh_token"])).body
    site.clock.to(begun + LIFE)
    assert (await refresh(site, kept["refresh_token"])).status == 401
    assert (await site.get(ME, token=kept["access_token"])).status == 401, "not a minute longer"


async def test_old_sessions_are_forgotten(site: Site) -> None:
    await enter(site)
    cleanup = SessionCleanup(site.core.uow, site.clock)
    site.clock.on(days=59)
    assert await cleanup.run_once() == 0
    site.clock.on(days=2)
    assert await cleanup.run_once() == 1


async def test_signing_out(site: Site) -> None:
    body = await enter(site)
    assert (await site.call("POST", f"{AUTH}/sign-out", token=body["access_token"])).status == 204
    assert (await site.get(ME, token=body["access_token"])).status == 401
    assert (await refresh(site, body["refresh_token"])).status == 401
    assert (await site.call("POST", f"{AUTH}/sign-out", token=body["access_token"])).status == 401


async def test_where_one_is_signed_in(site: Site) -> None:
    here, there = await enter(site), await enter(site)
    stranger = await enter(site, user_id=1002)
    listed = (await site.get(f"{ME}/sessions", token=here["access_token"])).body["items"]
    assert len(listed) == 2
    assert [each["current"] for each in listed].count(True) == 1
    assert "aiohttp" in listed[0]["device"]
    other = next(each["id"] for each in listed if not each["current"])
    assert (await site.call("DELETE", f"{ME}/sessions/{other}", token=stranger["access_token"])).status == 404
    assert (await site.call("DELETE", f"{ME}/sessions/{other}", token=here["access_token"])).status == 204
    assert (await site.get(ME, token=there["access_token"])).status == 401
    assert (await site.get(ME, token=here["access_token"])).status == 200
    assert (await site.call("DELETE", f"{ME}/sessions/{other}", token=here["access_token"])).status == 404
    assert (await site.call("DELETE", f"{ME}/sessions/me", token=here["access_token"])).status == 404
