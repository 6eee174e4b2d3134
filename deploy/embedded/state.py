"""What a guardian tells the programs about its server, in ``home/state.json``, and the files they agree
on.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self, TextIO

from deploy.embedded.process import ProcessIdentity

#: Shared by the programs that use the server; whoever holds it alone may end the server.
USERS_LOCK: Final = "users.lock"
#: Held by the guardian as long as it lives.
GUARDIAN_LOCK: Final = "guardian.lock"
GUARDIAN_LOG: Final = "guardian.log"
SERVER_LOG: Final = "server.log"

_STATE: Final = "state.json"
_PASSWORD: Final = "password"  # noqa: S105 (the name of a file)


@dataclass(frozen=True, slots=True)
class ServerState:
    """A server and its guardian. ``port`` is on the loopback; ``ready``: it takes commands."""

    guardian: ProcessIdentity
    server: ProcessIdentity
    port: int
    ready: bool

    def write(self, home: Path) -> None:
        """Replace the file in one step: a reader sees the old state or the new."""
        new = home / f"{_STATE}.new"
        new.write_text(json.dumps(asdict(self)))
        new.rename(home / _STATE)

    @classmethod
    def read(cls, home: Path) -> Self | None:
        """The state told last, also by a guardian that was killed; None when there is none."""
        try:
            told = json.loads((home / _STATE).read_text())
            return cls(
                guardian=ProcessIdentity(**told["guardian"]),
                server=ProcessIdentity(**told["server"]),
                port=told["port"],
                ready=told["ready"],
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    @staticmethod
    def clear(home: Path) -> None:
        """Tell no state any more."""
        (home / _STATE).unlink(missing_ok=True)


def open_private(path: Path) -> TextIO:
    """Open for appending a file that is the program's alone: locks and logs, in which an error may quote a
    person's data.
    """
    return open(path, "a", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600))


def server_password(home: Path) -> str:
    """The password of the server in ``home``, made at first: other accounts of the machine have no business
    with the data.
    """
    path = home / _PASSWORD
    if not path.exists():
        new = home / f"{_PASSWORD}.new"
        new.touch(mode=0o600)
        new.write_text(secrets.token_hex(16))
        new.rename(path)
    return path.read_text()
