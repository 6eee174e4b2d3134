"""What all tests share: one PostgreSQL and one Valkey for the session, and a fresh database for each test
that asks.

The servers are the embedded ones, with nothing forced to the disk. Under xdist all workers share them. A
database is a copy of a template that was migrated once.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import hypothesis
import pytest
from redis import Redis

from deploy.embedded import EmbeddedServers, embedded_servers

T = TypeVar("T")

#: The folder of the session's servers, made by the process that pytest was started as and inherited by
#: xdist's workers.
_FOLDER: Final = "PYTEST_OKOSHKO_SERVERS"
_TESTS: Final = Path(__file__).parent
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 (files without a name that others could guess)
#: What a session's databases may take at once.
_ENOUGH: Final = 2 * 1024**3

# A machine that is shared with others is slow at times; what CI runs must be the same each time.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure(config: pytest.Config) -> None:
    """Make the servers' folder, in memory where there is room: copying a database is making some hundred
    files.
    """
    if _FOLDER not in os.environ:
        roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH
        folder = _open_folder(_MEMORY if roomy else None)
        os.environ[_FOLDER] = str(folder)
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(_FOLDER)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What xdist's workers take: tests of a module that share its servers stay together, and so do all that
    drive a browser, for two of those at once are too much; unit tests go wherever there is time.
    """
    for item in items:
        kind, *_ = item.path.relative_to(_TESTS).parts
        if kind == "browser":
            item.add_marker(pytest.mark.xdist_group("browser"))
        elif kind != "unit":
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(_TESTS))))


def _open_folder(parent: Path | None) -> Path:
    """A new folder that the servers' account can enter though root made it, unlike those of ``tmp_path``."""
    folder = Path(tempfile.mkdtemp(prefix="okoshko-tests-", dir=parent))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder for servers of the test's own, in memory where there is room."""
    folder = _open_folder(Path(os.environ[_FOLDER]))
    yield folder
    shutil.rmtree(folder)


class ServerThread:
    """The servers, and the connection that makes databases, on an event loop of their own: tests come and
    go with theirs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._drops: list[Future[None]] = []
        self._ready: Future[EmbeddedServers] = Future()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._keep(),), daemon=True
        )
        self._thread.start()
        try:
            self.servers = self._ready.result()
        except BaseException:
            self._end()
            raise

    async def _keep(self) -> None:
        try:
            async with embedded_servers(self._folder, durable=False) as servers:
                self._admin = await asyncpg.connect(with_path(servers.database_url, "postgres"))
                self._turn = asyncio.Lock()
                self._ready.set_result(servers)
                await self._over.wait()
                async with self._turn:
                    await self._admin.close()
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    def run(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Do ``work`` on the servers' loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def execute(self, sql: str) -> None:
        """Run a statement of the administrator's, one at a time."""
        async with self._turn:
            await self._admin.execute(sql)

    def drop(self, name: str) -> None:
        """Remove a database, which nobody has to wait for: it is the end of the session that tells of a
        failure.
        """
        self._drops.append(self.run(self.execute(f"DROP DATABASE {name} WITH (FORCE)")))

    def close(self) -> None:
        """Let the servers go; the last of the session's processes stops them."""
        for drop in self._drops:
            drop.result()
        self._loop.call_soon_threadsafe(self._over.set)
        self._end()

    def _end(self) -> None:
        self._thread.join()
        self._loop.close()


def with_path(url: str, path: str | int) -> str:
    """``url`` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


@pytest.fixture(scope="session")
def server_thread() -> Iterator[ServerThread]:
    """The session's servers."""
    thread = ServerThread(Path(os.environ[_FOLDER]) / "shared")
    yield thread
    thread.close()


@pytest.fixture(scope="session")
def _worker() -> int:
    """The number of this process among xdist's workers, from 0."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def database_template(server_thread: ServerThread, _worker: int) -> str:
    """The name of a database that has all migrations and no data."""
    from deploy.migrate import upgrade  # noqa: PLC0415 (takes half a second, and unit tests do without)

    name = f"template_{_worker}"
    server_thread.run(server_thread.execute(f"CREATE DATABASE {name}")).result()
    with ThreadPoolExecutor(1) as aside:
        aside.submit(upgrade, with_path(server_thread.servers.database_url, name)).result()
    return name


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def empty_database(server_thread: ServerThread, _worker: int, _numbers: Iterator[int]) -> Iterator[str]:
    """The DSN (``postgresql://…``) of a new database without any tables."""
    yield from _database(server_thread, f"empty_{_worker}_{next(_numbers)}", "template1")


@pytest.fixture
def database(
    server_thread: ServerThread, database_template: str, _worker: int, _numbers: Iterator[int]
) -> Iterator[str]:
    """The DSN (``postgresql://…``) of a new migrated database without any data."""
    yield from _database(server_thread, f"test_{_worker}_{next(_numbers)}", database_template)


@pytest.fixture(scope="session")
def new_database(
    server_thread: ServerThread, database_template: str, _worker: int, _numbers: Iterator[int]
) -> Callable[[], AbstractContextManager[str]]:
    """Makes databases like ``database``, for fixtures that need one for each of their parameters."""

    @contextmanager
    def made() -> Iterator[str]:
        yield from _database(server_thread, f"made_{_worker}_{next(_numbers)}", database_template)

    return made


def _database(thread: ServerThread, name: str, template: str) -> Iterator[str]:
    # Copying files is twice as fast as writing the copy through the log.
    thread.run(thread.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")).result()
    yield with_path(thread.servers.database_url, name)
    thread.drop(name)


@pytest.fixture
def redis_url(server_thread: ServerThread, _worker: int) -> str:
    """The address of an empty logical database of Valkey."""
    return _emptied(server_thread, _worker)


@pytest.fixture(scope="module")
def module_redis_url(server_thread: ServerThread, _worker: int) -> str:
    """As ``redis_url``, empty when the module begins."""
    return _emptied(server_thread, _worker)


def _emptied(thread: ServerThread, worker: int) -> str:
    url = with_path(thread.servers.redis_url, worker + 1)
    with Redis.from_url(url) as client:
        client.flushdb()
    return url
