"""``okoshko doctor``: what is configured and does not answer makes it fail, what is merely missing does
not.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner

from deploy.cli import main
from deploy.doctor import Finding, Verdict, examine
from deploy.settings import Settings
from locales import LOCALES, texts

#: A port that nothing listens on.
NOWHERE = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("OKOSHKO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OKOSHKO_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
async def messengers() -> AsyncIterator[str]:
    """The address of a Telegram and a VK that know one token each: ``1:good`` and ``good``."""

    async def telegram(request: web.Request) -> web.Response:
        if request.match_info["token"] != "1:good":
            return web.json_response(
                {"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401
            )
        return web.json_response({"ok": True, "result": {"id": 1, "is_bot": True, "username": "okno_bot"}})

    async def vk(request: web.Request) -> web.Response:
        form = await request.post()
        if form["access_token"] != "good":
            return web.json_response({"error": {"error_code": 5, "error_msg": "User authorization failed"}})
        return web.json_response(
            {"response": {"groups": [{"id": int(str(form["group_id"])), "name": "Окошко"}]}}
        )

    app = web.Application()
    app.router.add_post("/bot{token}/getMe", telegram)
    app.router.add_post("/method/groups.getById", vk)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.text: finding.verdict for finding in findings}


async def test_a_machine_with_nothing_configured_is_healthy() -> None:
    found = verdicts(await examine(Settings()))
    assert Verdict.FAILED not in found.values()
    assert found["data_folder_to_be"] is Verdict.OK
    assert found["postgres_embedded"] is Verdict.OK
    assert found["valkey_embedded"] is Verdict.OK
    assert found["telegram_missing"] is Verdict.MISSING
    assert found["vk_missing"] is Verdict.MISSING


async def test_servers_that_answer_are_told_with_their_schema(
    database: str, empty_database: str, redis_url: str
) -> None:
    found = verdicts(await examine(Settings(database_url=database, redis_url=redis_url)))
    assert found["postgres"] is found["redis"] is found["schema"] is Verdict.OK
    found = verdicts(await examine(Settings(database_url=empty_database)))
    assert found["schema_behind"] is Verdict.NOTE


async def test_what_does_not_answer_fails_and_shows_no_password() -> None:
    findings = await examine(
        Settings(database_url=f"postgresql://app:hush@{NOWHERE}/db", redis_url=f"redis://:hush@{NOWHERE}/0")
    )
    failed = {finding.text for finding in findings if finding.verdict is Verdict.FAILED}
    assert failed == {"postgres_unreachable", "redis_unreachable"}
    for locale in LOCALES:
        words = texts(locale)
        assert {finding.msgid for finding in findings} <= words.ids()
        assert "hush" not in "".join(words.t(finding.msgid, **finding.params) for finding in findings)


async def test_bots_are_asked_who_they_are(messengers: str) -> None:
    settings = Settings.model_validate(
        {
            "telegram_tokens": ["1:good", "2:bad"],
            "telegram_api_url": messengers,
            "vk_tokens": ["good", "bad"],
            "vk_group_ids": [7, 8],
            "vk_api_url": messengers,
        }
    )
    told = {
        (finding.text, finding.params["id"]): finding.params.get("name") or finding.params["reason"]
        for finding in await examine(settings)
        if finding.text.startswith(("telegram", "vk"))
    }
    assert told == {
        ("telegram", 1): "okno_bot",
        ("telegram_unreachable", 2): "Unauthorized",
        ("vk", 7): "Окошко",
        ("vk_unreachable", 8): "User authorization failed",
    }


async def test_a_token_is_not_shown_when_telegram_is_out_of_reach() -> None:
    settings = Settings.model_validate(
        {"telegram_tokens": ["1:hush"], "telegram_api_url": f"http://{NOWHERE}", "vk_tokens": ["hush"]}
        | {"vk_group_ids": [1], "vk_api_url": f"http://{NOWHERE}"}
    )
    findings = await examine(settings)
    assert {finding.text for finding in findings if finding.verdict is Verdict.FAILED} == {
        "telegram_unreachable",
        "vk_unreachable",
    }
    assert not any("hush" in str(finding.params) for finding in findings)


async def test_a_taken_port_and_a_misspelt_variable_are_noted(
    messengers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKOSHKO_HTTP_PROT", "80")
    port = urlsplit(messengers).port
    assert port is not None
    found = verdicts(await examine(Settings(http_port=port)))
    assert found["port_taken"] is found["unknown_variable"] is Verdict.NOTE


@pytest.mark.parametrize(
    ("language", "said"), [("ru_RU.UTF-8", "Telegram не подключён"), ("C.UTF-8", "not connected")]
)
def test_the_command_speaks_the_terminals_language(
    monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 0
    assert said in done.stdout


def test_the_command_fails_when_something_configured_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKOSHKO_REDIS_URL", f"redis://{NOWHERE}")
    assert CliRunner().invoke(main, ["doctor"]).exit_code == 1


def test_a_bad_value_ends_the_command_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKOSHKO_HTTP_PORT", "many")
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 2
    assert done.stderr == "OKOSHKO_HTTP_PORT: a whole number is wanted\n"
    assert done.stdout == ""
