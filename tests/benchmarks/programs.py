"""The processes that are measured. Each has a process of its own, apart from what makes the load."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

_PATIENCE: Final = 60.0


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def okoshko(folder: Path, database: str, redis: str) -> AsyncIterator[int]:
    """``okoshko run --only web`` as anybody would start it; its port."""
    port = free_port()
    environment = {
        **os.environ,
        "OKOSHKO_DATA_DIR": str(folder),
        "OKOSHKO_DATABASE_URL": database,
        "OKOSHKO_REDIS_URL": redis,
        "OKOSHKO_HTTP_PORT": str(port),
        "OKOSHKO_LOG_FORMAT": "json",
    }
    command = (str(Path(sys.executable).with_name("okoshko")), "run", "--only", "web")
    async with _running(command, environment, port, folder / "okoshko.log"):
        yield port


@asynccontextmanager
async def bare(folder: Path, database: str) -> AsyncIterator[int]:
    """The bare server; its port."""
    port = free_port()
    command = (sys.executable, "-m", "tests.benchmarks.bare_server", database, str(port))
    async with _running(command, dict(os.environ), port, folder / "bare.log"):
        yield port


@asynccontextmanager
async def bot_api(folder: Path) -> AsyncIterator[int]:
    """A Bot API that keeps to its limits; its port."""
    port = free_port()
    command = (sys.executable, "-m", "tests.benchmarks.bot_api", str(port))
    async with _running(command, dict(os.environ), port, folder / "bot_api.log"):
        yield port


@asynccontextmanager
async def _running(
    command: tuple[str, ...], environment: dict[str, str], port: int, log: Path
) -> AsyncIterator[None]:
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=out, stderr=out)
    try:
        await _answering(process, port, log)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answering(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    async with asyncio.timeout(_PATIENCE), aiohttp.ClientSession() as session:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"it has ended: {_tail(log)}")
            try:
                async with session.get(f"http://127.0.0.1:{port}/"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


def _tail(log: Path) -> str:
    return log.read_text()[-2000:]


async def told(module: str, *arguments: str) -> Any:
    """Run one of our modules to its end; the JSON that it prints last."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.benchmarks.{module}", *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{module} ended with {process.returncode}")
    return json.loads(out.decode().splitlines()[-1])
