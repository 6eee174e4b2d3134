"""A program's share in an embedded server."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Self, TextIO

import deploy
from deploy.embedded.errors import EmbeddedServerError
from deploy.embedded.kinds import ServerKind
from deploy.embedded.state import (
    GUARDIAN_LOCK,
    GUARDIAN_LOG,
    USERS_LOCK,
    ServerState,
    open_private,
    server_password,
)

#: Seconds to wait for a server to start, or for one that is stopping to end.
PATIENCE: Final = 150.0
_PAUSE: Final = 0.01


class Lease:
    """The right to use a server until :meth:`release`. Get one from :meth:`take`."""

    def __init__(self, kind: ServerKind, home: Path, users: TextIO) -> None:
        self._kind = kind
        self._home = home
        self._users = users
        self.url = ""

    @classmethod
    async def take(cls, kind: ServerKind, home: Path, *, durable: bool) -> Self:
        """Join the server in ``home``, or start it. Raises EmbeddedServerError.

        ``durable`` counts for the one who starts it: False gives up the data of a power cut, and is faster.
        """
        lease = cls(kind, home, _open_home(kind, home))
        try:
            await lease._join(durable=durable)
        except BaseException:
            lease._users.close()
            raise
        return lease

    async def _join(self, *, durable: bool) -> None:
        deadline = time.monotonic() + PATIENCE
        # Not to be had while the server is being stopped: then a new one starts after it.
        while not _lock(self._users, fcntl.LOCK_SH):
            await self._pause(deadline, "stop")
        started = False
        while (
            (state := ServerState.read(self._home)) is None or not state.ready or not state.guardian.alive()
        ):
            with open_private(self._home / GUARDIAN_LOCK) as guardian:
                if _lock(guardian, fcntl.LOCK_EX):
                    if started:
                        raise EmbeddedServerError(_last_words(self._home, self._kind))
                    self._start_guardian(guardian, durable=durable)
                    started = True
            await self._pause(deadline, "start")
        self.url = self._kind.url(state.port, server_password(self._home))

    def _start_guardian(self, lock: TextIO, *, durable: bool) -> None:
        """Start it with ``lock`` handed over: it has the lock before anybody else can ask for it."""
        source = str(Path(deploy.__path__[0]).parent)
        with open_private(self._home / GUARDIAN_LOG) as log:
            subprocess.run(  # noqa: S603 (our own module)
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "deploy.embedded.guardian",
                    self._kind.name,
                    str(self._home.absolute()),
                    "durable" if durable else "fleeting",
                    str(lock.fileno()),
                ],
                check=False,
                cwd="/",
                env={**os.environ, "PYTHONPATH": source},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock.fileno(),),
                # Ctrl-C in a terminal is for the program, which needs its servers while it shuts down.
                start_new_session=True,
            )

    async def _pause(self, deadline: float, what: str) -> None:
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"{self._kind.name} did not {what} within {PATIENCE:.0f} s ({self._home})"
            )
        await asyncio.sleep(_PAUSE)

    async def release(self) -> None:
        """Give the share back. The last one out stops the server, and returns when it has stopped."""
        try:
            # Alone, we keep newcomers waiting until the old server is gone. If others use it, this gives our
            # share back.
            state = ServerState.read(self._home)
            if state is None or not _lock(self._users, fcntl.LOCK_EX):
                return
            if state.guardian.alive():
                os.kill(state.guardian.pid, signal.SIGTERM)
            deadline = time.monotonic() + PATIENCE
            with open_private(self._home / GUARDIAN_LOCK) as guardian:
                while not _lock(guardian, fcntl.LOCK_EX):
                    await self._pause(deadline, "stop")
        finally:
            self._users.close()


def _open_home(kind: ServerKind, home: Path) -> TextIO:
    """Make the server's folder if need be and open the users' lock in it. Raises EmbeddedServerError."""
    try:
        # The account of the server passes through; what the server says is for the program's account alone.
        home.mkdir(mode=0o711, exist_ok=True)
        home.chmod(0o711)
        return open_private(home / USERS_LOCK)
    except OSError as error:
        raise EmbeddedServerError(f"the folder of {kind.name} can't be used: {error}") from error


def _lock(file: TextIO, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _last_words(home: Path, kind: ServerKind) -> str:
    log = home / GUARDIAN_LOG
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"{kind.name} did not start, and nothing says why ({log})"
