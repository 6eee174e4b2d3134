"""Settings: defaults, several bots, one clear line for a bad value, and the key that makes itself."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.settings import (
    LogFormat,
    Settings,
    SettingsError,
    TelegramMode,
    VkMode,
    load_settings,
    secret_key,
    unknown_variables,
)


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OKOSHKO_")]:
        monkeypatch.delenv(name)


def configure(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"OKOSHKO_{name}", value)


def test_a_machine_with_nothing_configured_gets_the_documented_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.data_dir == tmp_path / ".okoshko"
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.database_url is None
    assert settings.redis_url is None
    assert settings.telegram_bots == ()
    assert settings.vk_groups == ()
    assert (settings.telegram_mode, settings.vk_mode) == (TelegramMode.POLLING, VkMode.LONGPOLL)
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.vk_api_url == "https://api.vk.ru"
    assert settings.log_format is LogFormat.CONSOLE
    assert (settings.rate_limit_reads, settings.rate_limit_writes) == (1200, 240)
    assert settings.trusted_proxies == ("127.0.0.0/8", "::1/128")
    assert settings.cors_origins == ()
    assert settings.hold_seconds == 180


def test_how_long_a_time_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, HOLD_SECONDS="600")
    assert load_settings().hold_seconds == 600
    for value in ("29", "3601", "three minutes"):
        configure(monkeypatch, HOLD_SECONDS=value)
        with pytest.raises(SettingsError, match="OKOSHKO_HOLD_SECONDS"):
            load_settings()


def test_who_may_call_from_where(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(
        monkeypatch,
        RATE_LIMIT_READS="0",
        TRUSTED_PROXIES='["10.0.0.0/8", "192.0.2.7"]',
        CORS_ORIGINS='["https://Shop.example/", "http://localhost:3000"]',
    )
    settings = load_settings()
    assert settings.rate_limit_reads == 0
    assert settings.trusted_proxies == ("10.0.0.0/8", "192.0.2.7/32")
    assert settings.cors_origins == ("https://shop.example", "http://localhost:3000")
    configure(monkeypatch, TRUSTED_PROXIES="[]", CORS_ORIGINS="*")
    settings = load_settings()
    assert (settings.trusted_proxies, settings.cors_origins) == ((), ("*",))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE_LIMIT_WRITES", "-1"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("CORS_ORIGINS", "shop.example"),
        ("CORS_ORIGINS", "https://shop.example/path"),
    ],
)
def test_who_may_call_is_named_rightly(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    configure(monkeypatch, **{name: value})
    with pytest.raises(SettingsError, match=f"OKOSHKO_{name}"):
        load_settings()


def test_one_bot_is_a_plain_value(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(
        monkeypatch, TELEGRAM_TOKEN="123456:ABC-def_1", VK_TOKEN="vk1.a.b", VK_GROUP_ID="77", VK_SECRET="s"
    )
    settings = load_settings()
    (bot,) = settings.telegram_bots
    assert (bot.id, bot.token.get_secret_value()) == (123456, "123456:ABC-def_1")
    (group,) = settings.vk_groups
    assert (group.id, group.token.get_secret_value(), group.confirmation) == (77, "vk1.a.b", None)
    assert group.secret == SecretStr("s")


def test_several_bots_are_json_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(
        monkeypatch,
        TELEGRAM_TOKEN='["1:a", "2:b"]',
        VK_TOKEN='["a", "b"]',
        VK_GROUP_ID="[10, 20]",
        VK_SECRET='["x", "y"]',
        VK_CONFIRMATION='["aa", "bb"]',
    )
    settings = load_settings()
    assert [bot.id for bot in settings.telegram_bots] == [1, 2]
    assert [(group.id, group.confirmation) for group in settings.vk_groups] == [(10, "aa"), (20, "bb")]


@pytest.mark.parametrize(
    "given", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"]
)
def test_usual_spellings_of_a_database_address_are_one(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    configure(monkeypatch, DATABASE_URL=given)
    assert load_settings().database_url == "postgresql://u:p@h/d"


def test_addresses_lose_the_slash_at_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, PUBLIC_URL="https://book.example/", TELEGRAM_API_URL="http://localhost:8081/")
    settings = load_settings()
    assert settings.base_url == "https://book.example"
    assert settings.telegram_api_url == "http://localhost:8081"


@pytest.mark.parametrize(
    ("public", "base"),
    [("https://okoshko.example/", "https://okoshko.example"), ("http://okoshko.example", ""), ("", "")],
)
def test_messengers_open_a_mini_app_by_https_alone(
    monkeypatch: pytest.MonkeyPatch, public: str, base: str
) -> None:
    configure(monkeypatch, PUBLIC_URL=public)
    assert load_settings().app_base == base


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, HTTP_PORT="", TELEGRAM_TOKEN="", DATABASE_URL="")
    settings = load_settings()
    assert (settings.http_port, settings.telegram_bots, settings.database_url) == (8080, (), None)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"HTTP_PORT": "many"}, "OKOSHKO_HTTP_PORT: a whole number is wanted"),
        ({"HTTP_PORT": "70000"}, "OKOSHKO_HTTP_PORT: at most 65535 is wanted"),
        ({"TELEGRAM_MODE": "pigeon"}, "OKOSHKO_TELEGRAM_MODE: 'polling' or 'webhook' is wanted"),
        ({"LOG_FORMAT": "xml"}, "OKOSHKO_LOG_FORMAT: 'console' or 'json' is wanted"),
        (
            {"DATABASE_URL": "mysql://h/d"},
            "OKOSHKO_DATABASE_URL: an address that begins with postgresql:// is wanted",
        ),
        (
            {"PUBLIC_URL": "book.example"},
            "OKOSHKO_PUBLIC_URL: an address that begins with http:// or https:// is wanted",
        ),
        ({"SECRET_KEY": "short"}, "OKOSHKO_SECRET_KEY: at least 32 characters are wanted"),
        ({"TELEGRAM_TOKEN": '["1:a", "1:b"]'}, "OKOSHKO_TELEGRAM_TOKEN: one bot is listed twice"),
        ({"VK_TOKEN": "a"}, "OKOSHKO_VK_GROUP_ID: as many as in OKOSHKO_VK_TOKEN are wanted: 1"),
        ({"VK_GROUP_ID": "club"}, "OKOSHKO_VK_GROUP_ID: a whole number is wanted"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], line: str
) -> None:
    configure(monkeypatch, **values)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("no-token-at-all", "OKOSHKO_TELEGRAM_TOKEN: "),
        ('["1:a", "no-token-at-all"]', "OKOSHKO_TELEGRAM_TOKEN (number 2): "),
    ],
)
def test_a_bad_secret_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, value: str, place: str) -> None:
    configure(monkeypatch, TELEGRAM_TOKEN=value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(place)
    assert "no-token-at-all" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"TELEGRAM_TOKEN": "1:a", "TELEGRAM_MODE": "webhook"},
        {"VK_TOKEN": "a", "VK_GROUP_ID": "1", "VK_MODE": "callback"},
    ],
)
def test_webhooks_want_a_public_address(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    configure(monkeypatch, **values)
    with pytest.raises(SettingsError, match=r"^OKOSHKO_PUBLIC_URL: "):
        load_settings()
    configure(monkeypatch, PUBLIC_URL="https://book.example")
    assert load_settings().base_url == "https://book.example"


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, TELEGRAM_TOKEN="1:hush", VK_APP_SECRET="hush", SECRET_KEY="hush" * 8)
    assert "hush" not in repr(load_settings())


def test_a_misspelt_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, TELEGRAM_TOKN="1:a", TELEGRAM_TOKEN="1:a", HTTP_PORT="8080")
    assert unknown_variables() == ["OKOSHKO_TELEGRAM_TOKN"]


def test_the_key_makes_itself_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    key = secret_key(settings)
    assert len(key.get_secret_value()) >= 32
    assert secret_key(settings) == key
    (kept,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_configured_key_is_used_and_not_written_down(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", secret_key=SecretStr("k" * 32))
    assert secret_key(settings) == SecretStr("k" * 32)
    assert not (tmp_path / "data").exists()
