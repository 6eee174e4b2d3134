"""The settings: every ``OKOSHKO_…`` variable of the environment, typed and checked.

Read by ``deploy`` alone.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.ports.holds import HOLD_SECONDS

PREFIX: Final = "OKOSHKO_"

#: The file of the data folder that keeps the key when none is configured.
SECRET_KEY_FILE: Final = "secret.key"  # noqa: S105 (the name of a file)

#: Pydantic's commonest complaints in the words of whoever sets a variable.
_WANTED: Final = {
    "int_parsing": "a whole number is wanted",
    "less_than_equal": "at most {le} is wanted",
    "greater_than_equal": "at least {ge} is wanted",
    "greater_than": "more than {gt} is wanted",
    "too_short": "at least {min_length} characters are wanted",
    "enum": "{expected} is wanted",
}


class SettingsError(ValueError):
    """The environment can't be used. The message is one line that names the variable."""


class TelegramMode(StrEnum):
    """How updates come from the Bot API."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class VkMode(StrEnum):
    """How events come from VK."""

    LONGPOLL = "longpoll"
    CALLBACK = "callback"


class LogFormat(StrEnum):
    """How a log line is written."""

    CONSOLE = "console"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class TelegramBot:
    """A configured bot. ``id`` is the number that its token begins with."""

    id: int
    token: SecretStr


@dataclass(frozen=True, slots=True)
class VkGroup:
    """A configured community: its number, its token, and for the callback mode what VK signs and is answered
    with.
    """

    id: int
    token: SecretStr
    secret: SecretStr | None
    confirmation: str | None


def _listed(value: object) -> object:
    """One plain value, or several as a JSON list."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text.startswith("["):
        return [text] if text else []
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"a JSON list was begun, but it is none: {error}") from None


def _address(schemes: Sequence[str], *, path: bool = True) -> AfterValidator:
    """A check of an absolute address; no slash is left at its end."""

    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "unix"):
            raise ValueError(
                f"an address that begins with {' or '.join(f'{name}://' for name in schemes)} is wanted"
            )
        if not path and (parts.path.strip("/") or parts.query or parts.fragment):
            raise ValueError("an address without a path is wanted")
        return value.rstrip("/")

    return AfterValidator(check)


def _plain_postgres(value: str) -> str:
    """The one spelling that asyncpg takes, whichever of the usual ones was given."""
    return re.sub(r"^postgres(ql)?(\+asyncpg)?://", "postgresql://", value)


def _matching(pattern: str, wanted: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not re.fullmatch(pattern, value.get_secret_value()):
            raise ValueError(f"{wanted} is wanted")
        return value

    return AfterValidator(check)


def _variable(name: str) -> Any:
    """A list that is read from ``OKOSHKO_<name>``, the name of the variable being singular."""
    return Field(default=(), validation_alias=f"{PREFIX}{name}")


def _network(value: str) -> str:
    """An address stands for itself alone."""
    try:
        return str(ip_network(value.strip(), strict=False))
    except ValueError:
        raise ValueError("an address or a network (10.0.0.0/8) is wanted") from None


def _origin(value: str) -> str:
    """As a browser sends it."""
    if value == "*":
        return value
    parts = urlsplit(value.rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.netloc or any(parts[2:]):
        raise ValueError("a site (https://example.org) or * is wanted")
    return f"{parts.scheme}://{parts.netloc}".lower()


_Http = Annotated[str, _address(("http", "https"))]
_Token = Annotated[SecretStr, _matching(r"\d+:[\w-]+", "a token as BotFather gives it (123456:ABC…)")]
_Path = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
_Network = Annotated[str, AfterValidator(_network)]
_Origin = Annotated[str, AfterValidator(_origin)]
_Positive = Annotated[int, Field(gt=0)]
_Filled = Annotated[SecretStr, Field(min_length=1)]


class Settings(BaseSettings):
    """All settings, with the defaults of a machine on which nothing is configured.

    A field is read from the variable of its name, ``OKOSHKO_HTTP_PORT`` for ``http_port``. Those in the
    plural have the name of one (``OKOSHKO_TELEGRAM_TOKEN``) and take one value, or a JSON list for several
    bots; VK's lists belong together by order.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        populate_by_name=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    #: Where the embedded servers, the key and uploaded files are kept.
    data_dir: _Path = Path(".okoshko")
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=1, le=65535)] = 8080
    #: The address that clients reach the web application by, without a slash at its end.
    public_url: _Http | None = None
    #: Signs tokens and links; None: a random one of the data folder, see :func:`secret_key`.
    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = None
    #: None: the embedded PostgreSQL.
    database_url: Annotated[str, BeforeValidator(_plain_postgres), _address(("postgresql",))] | None = None
    #: None: the embedded Valkey.
    redis_url: Annotated[str, _address(("redis", "rediss", "unix"))] | None = None
    #: How long, in seconds, a time or a seat is kept for somebody who is choosing.
    hold_seconds: Annotated[int, Field(ge=30, le=3600)] = HOLD_SECONDS
    log_format: LogFormat = LogFormat.CONSOLE
    #: How many reads and writes a minute each caller of the web application has; 0: no limit.
    rate_limit_reads: Annotated[int, Field(ge=0, le=1_000_000)] = 1200
    rate_limit_writes: Annotated[int, Field(ge=0, le=1_000_000)] = 240
    #: Networks of the proxies that are believed when they say whom they serve (X-Forwarded-For).
    trusted_proxies: Annotated[tuple[_Network, ...], NoDecode, BeforeValidator(_listed)] = (
        "127.0.0.0/8",
        "::1/128",
    )
    #: Sites whose pages may call the API from a browser; ``*``: all.
    cors_origins: Annotated[tuple[_Origin, ...], NoDecode, BeforeValidator(_listed)] = ()

    telegram_tokens: Annotated[tuple[_Token, ...], NoDecode, BeforeValidator(_listed)] = _variable(
        "TELEGRAM_TOKEN"
    )
    telegram_api_url: _Http = "https://api.telegram.org"
    telegram_mode: TelegramMode = TelegramMode.POLLING
    #: What Telegram sends along with each webhook call; None: derived from the key.
    telegram_webhook_secret: (
        Annotated[SecretStr, _matching(r"[A-Za-z0-9_-]{1,256}", "up to 256 letters, digits, - and _")] | None
    ) = None

    vk_tokens: Annotated[tuple[_Filled, ...], NoDecode, BeforeValidator(_listed)] = _variable("VK_TOKEN")
    vk_group_ids: Annotated[tuple[_Positive, ...], NoDecode, BeforeValidator(_listed)] = _variable(
        "VK_GROUP_ID"
    )
    vk_secrets: Annotated[tuple[_Filled, ...], NoDecode, BeforeValidator(_listed)] = _variable("VK_SECRET")
    vk_confirmations: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = _variable(
        "VK_CONFIRMATION"
    )
    vk_api_url: _Http = "https://api.vk.ru"
    vk_mode: VkMode = VkMode.LONGPOLL
    vk_app_id: _Positive | None = None
    vk_app_secret: _Filled | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        ids = [bot.id for bot in self.telegram_bots]
        _demand(len(set(ids)) == len(ids), "TELEGRAM_TOKEN", "one bot is listed twice")
        _demand(
            len(set(self.vk_group_ids)) == len(self.vk_group_ids),
            "VK_GROUP_ID",
            "one community is listed twice",
        )
        groups = len(self.vk_tokens)
        _demand(
            len(self.vk_group_ids) == groups,
            "VK_GROUP_ID",
            f"as many as in OKOSHKO_VK_TOKEN are wanted: {groups}",
        )
        for name, values in (("VK_SECRET", self.vk_secrets), ("VK_CONFIRMATION", self.vk_confirmations)):
            _demand(
                len(values) in {0, groups},
                name,
                f"as many as in OKOSHKO_VK_TOKEN are wanted, or none: {groups}",
            )
        webhooks = (self.telegram_tokens and self.telegram_mode is TelegramMode.WEBHOOK) or (
            self.vk_tokens and self.vk_mode is VkMode.CALLBACK
        )
        _demand(
            not webhooks or self.public_url is not None,
            "PUBLIC_URL",
            "webhooks are asked for, so the address that messengers reach us by is wanted",
        )
        return self

    @property
    def base_url(self) -> str:
        """The address of the web application: the public one, or the one on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.http_host, self.http_host)  # noqa: S104 (compared)
        return self.public_url or f"http://{host}:{self.http_port}"

    @property
    def app_base(self) -> str:
        """What messengers find the Mini App below: the public address, if it is an https one; else empty."""
        return self.public_url if self.public_url and self.public_url.startswith("https://") else ""

    @property
    def telegram_bots(self) -> tuple[TelegramBot, ...]:
        """The configured Telegram bots."""
        return tuple(
            TelegramBot(int(token.get_secret_value().partition(":")[0]), token)
            for token in self.telegram_tokens
        )

    @property
    def vk_groups(self) -> tuple[VkGroup, ...]:
        """The configured VK communities."""
        nothing = (None,) * len(self.vk_tokens)
        return tuple(
            VkGroup(*group)
            for group in zip(
                self.vk_group_ids,
                self.vk_tokens,
                self.vk_secrets or nothing,
                self.vk_confirmations or nothing,
                strict=True,
            )
        )


def _demand(met: object, variable: str, wanted: str) -> None:
    if not met:
        raise ValueError(f"{PREFIX}{variable}: {wanted}")


def load_settings() -> Settings:
    """The settings of the environment. Raises SettingsError for the first value that can't be used."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_line(error)) from None


def _line(error: ValidationError) -> str:
    """The first complaint, after the name of its variable. Values are left out, for some are secret."""
    first = error.errors(include_url=False, include_input=False)[0]
    wanted = _WANTED.get(first["type"])
    said = wanted.format(**first.get("ctx", {})) if wanted else first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return said
    name, *place = (str(part) for part in first["loc"])
    variable = name if name.startswith(PREFIX) else f"{PREFIX}{name.upper()}"
    number = (
        f" (number {int(place[0]) + 1})"
        if os.environ.get(variable, "").strip().startswith("[") and place
        else ""
    )
    return f"{variable}{number}: {said}"


def unknown_variables() -> list[str]:
    """Variables that begin like ours and mean nothing: most likely misspelt."""
    known = {
        field.validation_alias if isinstance(field.validation_alias, str) else f"{PREFIX}{name.upper()}"
        for name, field in Settings.model_fields.items()
    }
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def secret_key(settings: Settings) -> SecretStr:
    """The configured key, or the data folder's own: random, made at first use, readable by its owner
    alone.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    path = settings.data_dir / SECRET_KEY_FILE
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(48))
        # Of two programs that start at once the first one's key counts.
        with suppress(FileExistsError):
            path.hardlink_to(new)
        new.unlink()
    return SecretStr(path.read_text())
