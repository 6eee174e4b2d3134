"""What differs between the servers that a guardian can keep."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from deploy.embedded.account import Account


class ServerKind(Protocol):
    """A kind of server, as its guardian sees it. ``home`` is the server's folder in the place."""

    @property
    def name(self) -> str:
        """The name of its folder and in messages."""

    @property
    def stop_signals(self) -> Sequence[signal.Signals]:
        """What ends it, the orderly way first."""

    def prepare(self, home: Path, account: Account, password: str, *, durable: bool) -> None:
        """Make what the server needs before its first start, and remove what a killed one left. Does nothing
        twice.

        Raises EmbeddedServerError.
        """

    def command(self, home: Path, account: Account, port: int, password: str, *, durable: bool) -> list[str]:
        """The command line that runs the server in the foreground on the loopback ``port``."""

    def ready(self, home: Path, pid: int, port: int, password: str) -> bool:
        """Whether the server with this process number takes commands now."""

    def url(self, port: int, password: str) -> str:
        """The address that a program connects to."""
