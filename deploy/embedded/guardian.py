"""The parent process of one embedded server.

Run as ``python -m deploy.embedded.guardian KIND HOME MODE LOCK``: the kind's name, the server's folder,
``durable`` or ``fleeting``, and the number of the inherited file descriptor that holds ``guardian.lock``.
Standard library only, so that it starts at once.

It ends, and the server with it, when it gets the users' lock for itself alone (the last program is gone, in
whatever way), by SIGTERM (the last program says so on its way out), or when the server won't stay up.
"""

from __future__ import annotations

import ctypes
import fcntl
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Final

from deploy.embedded.account import Account, server_account
from deploy.embedded.errors import EmbeddedServerError
from deploy.embedded.kinds import ServerKind
from deploy.embedded.postgres import Postgres
from deploy.embedded.process import ProcessIdentity
from deploy.embedded.state import SERVER_LOG, USERS_LOCK, ServerState, open_private, server_password
from deploy.embedded.valkey import Valkey

KINDS: Final[dict[str, ServerKind]] = {kind.name: kind for kind in (Postgres(), Valkey())}

#: Seconds for a server to take commands, recovery after a crash included.
READY_WITHIN: Final = 120.0
#: Seconds that each signal of a stop is given.
STOP_WITHIN: Final = 30.0
#: A server that ends by itself is started again, but not more often than this many times in so many seconds.
RESTARTS: Final = (5, 60.0)
_LOG_LIMIT: Final = 5_000_000
_PR_SET_PDEATHSIG: Final = 1

_log = logging.getLogger("deploy.embedded.guardian")


class _Event(Enum):
    RELEASED = auto()
    TOLD_TO_STOP = auto()
    SERVER_ENDED = auto()


class Guardian:
    """Keeps one server of ``kind`` with its files in ``home``."""

    def __init__(self, kind: ServerKind, home: Path, account: Account, *, durable: bool) -> None:
        self._kind = kind
        self._home = home
        self._account = account
        self._durable = durable
        self._password = server_password(home)
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._ends: list[float] = []

    def run(self) -> None:
        """Start the server, keep it, stop it. Raises EmbeddedServerError when it can't be started."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        port = self._take_over()
        self._kind.prepare(self._home, self._account, self._password, durable=self._durable)
        # Awaited by a thread: a handler would only run when the main thread, which waits for the queue, wakes
        # up.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        for watch in (self._await_signal, self._await_release):
            threading.Thread(target=watch, daemon=True).start()
        server: subprocess.Popen[bytes] | None = None
        try:
            server, port = self._start(port)
            while True:
                event = self._events.get()
                if event is not _Event.SERVER_ENDED:
                    return
                if server.poll() is not None:
                    self._note_end(server.returncode)
                    server, port = self._start(port)
        finally:
            ServerState.clear(self._home)
            if server is not None:
                self._stop(server)

    def _take_over(self) -> int:
        """End the server that a killed guardian left running.

        Answers its port, to be used again; 0 when there is none.
        """
        left = ServerState.read(self._home)
        ServerState.clear(self._home)
        if left is None:
            return 0
        if left.server.alive():
            _log.warning("%s was left running as process %d, stopping it", self._kind.name, left.server.pid)
            left.server.stop(self._kind.stop_signals, patience=STOP_WITHIN)
        return left.port

    def _start(self, port: int) -> tuple[subprocess.Popen[bytes], int]:
        """Start the server, on ``port`` if that is free, and wait until it takes commands."""
        for _ in range(5):
            port = _free_port(port)
            server = self._spawn(port)
            identity, guardian = ProcessIdentity.of(server.pid), ProcessIdentity.of(os.getpid())
            if identity is not None and guardian is not None:
                ServerState(guardian, identity, port, ready=False).write(self._home)
                if self._await_ready(server, port):
                    ServerState(guardian, identity, port, ready=True).write(self._home)
                    threading.Thread(target=self._await_end, args=(server,), daemon=True).start()
                    return server, port
            self._stop(server)
            if _bindable(port):
                break
            # Somebody took the port between our look and the server's start.
            port = 0
        raise EmbeddedServerError(f"{self._kind.name} did not start: {_last_line(self._home / SERVER_LOG)}")

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        log = self._home / SERVER_LOG
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.old"))
        command = self._kind.command(self._home, self._account, port, self._password, durable=self._durable)
        with open_private(log) as output:
            return subprocess.Popen(  # noqa: S603 (the command is built here)
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LANG": "C", "TZ": "UTC"},
                # Between fork and exec nothing is done but system calls, so other threads' locks don't
                # matter.
                preexec_fn=_child_set_up(os.getpid(), self._kind.stop_signals[0]),  # noqa: PLW1509
                **self._account.identity,
            )

    def _await_ready(self, server: subprocess.Popen[bytes], port: int) -> bool:
        deadline = time.monotonic() + READY_WITHIN
        while server.poll() is None and time.monotonic() < deadline:
            if self._kind.ready(self._home, server.pid, port, self._password):
                return True
            time.sleep(0.005)
        return False

    def _await_signal(self) -> None:
        signal.sigwait({signal.SIGTERM})
        self._events.put(_Event.TOLD_TO_STOP)

    def _await_release(self) -> None:
        with open_private(self._home / USERS_LOCK) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._events.put(_Event.RELEASED)
            # Kept to the end of the process: who comes now waits, and then starts a new guardian.
            threading.Event().wait()

    def _await_end(self, server: subprocess.Popen[bytes]) -> None:
        server.wait()
        self._events.put(_Event.SERVER_ENDED)

    def _note_end(self, code: int) -> None:
        _log.error("%s ended by itself with %d", self._kind.name, code)
        times, seconds = RESTARTS
        now = time.monotonic()
        self._ends = [*(moment for moment in self._ends if now - moment < seconds), now]
        if len(self._ends) > times:
            raise EmbeddedServerError(
                f"{self._kind.name} does not stay up: {_last_line(self._home / SERVER_LOG)}"
            )

    def _stop(self, server: subprocess.Popen[bytes]) -> None:
        for number in self._kind.stop_signals:
            if server.poll() is not None:
                return
            server.send_signal(number)
            try:
                server.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                _log.warning("%s did not stop by signal %d", self._kind.name, number)


def _child_set_up(parent: int, number: signal.Signals) -> Callable[[], None]:
    """What the server's process does first, after it changed its account.

    It takes SIGTERM again, which is blocked in the guardian, and on Linux asks for ``number`` when the
    guardian dies.
    """
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def set_up() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, int(number))
            if os.getppid() != parent:
                os._exit(1)

    return set_up


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port(wanted: int) -> int:
    """``wanted`` if nobody listens there, or another free port of the loopback."""
    if wanted >= 1024 and _bindable(wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines() if path.exists() else []
    return f"{lines[-1] if lines else 'it said nothing'} ({path})"


def main(arguments: list[str]) -> int:
    """The process. Standard error is the guardian's log."""
    kind, home, mode, lock = arguments
    # The program that started us does not wait for its children, so we are not to be one.
    if os.fork():
        os._exit(0)
    os.set_inheritable(int(lock), False)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    try:
        Guardian(KINDS[kind], Path(home), server_account(), durable=mode == "durable").run()
    except (EmbeddedServerError, OSError) as error:
        # The last line is for the program that waits for the server.
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
