"""Which process is meant: a process number alone is given to somebody else after a while."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_PROC: Final = Path("/proc")
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


def _since(pid: int) -> str | None:
    """When process ``pid`` began, as a text that only equals itself; None when there is no such process, or a
    dead one.
    """
    if _BOOT.exists():
        try:
            stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        # proc_pid_stat(5): the name in brackets may hold anything, so count from its end: state is field 3,
        # start time 22.
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else f"{_BOOT.read_text().strip()} {fields[19]}"
    listed = _ps(pid, "stat=,lstart=")
    return None if not listed or listed.startswith("Z") else listed.partition(" ")[2].strip()


def _ps(pid: int, columns: str) -> str:
    listing = ["/bin/ps", "-ww", "-o", columns, "-p", str(pid)]
    return subprocess.run(listing, check=False, capture_output=True, text=True).stdout.strip()  # noqa: S603 (a number of ours)


def command_line(pid: int) -> str:
    """The command of process ``pid``, empty when there is none."""
    if not _BOOT.exists():
        return _ps(pid, "command=")
    try:
        return (
            (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        )
    except (FileNotFoundError, ProcessLookupError):
        return ""


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process for good: its number and when it began."""

    pid: int
    since: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The identity of the process that has number ``pid`` now."""
        since = _since(pid)
        return None if since is None else cls(pid, since)

    def alive(self) -> bool:
        """Whether this very process runs. A zombie does not."""
        return _since(self.pid) == self.since

    def stop(self, signals: Sequence[signal.Signals], *, patience: float) -> None:
        """End the process by ``signals`` in turn, waiting ``patience`` seconds after each; returns when it is
        gone.
        """
        for number in signals:
            if not self.alive():
                return
            os.kill(self.pid, number)
            deadline = time.monotonic() + patience
            while self.alive() and time.monotonic() < deadline:
                time.sleep(0.01)
