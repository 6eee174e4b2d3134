"""``okoshko run`` in a process of its own, against an emulated Bot API, to be stopped and to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from deploy.settings import PREFIX

#: Far more than a start takes.
_SOON: Final = 60.0
_MAIN: Final = "from deploy.cli import main; main()"


class Program:
    """One life of the program. ``environment``: its variables without their prefix."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._environment = {
            **kept,
            **{name if name == "TZ" else PREFIX + name: value for name, value in environment.items()},
        }
        self._process: asyncio.subprocess.Process | None = None
        self.said: list[str] = []

    async def start(self, *arguments: str) -> None:
        """``okoshko <arguments>``; returns when it says that it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", _MAIN, *arguments),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(_SOON):
            async for line in self._process.stdout:
                self.said.append(line.decode().rstrip())
                if self.said[-1] == "ready":
                    return
        raise AssertionError("the program ended before it was ready:\n" + "\n".join(self.said))

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop, or kill it; its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        output, _ = await self._process.communicate()
        self.said += output.decode().splitlines()
        code = self._process.returncode
        assert code is not None
        self._process = None
        return code

    async def kill(self) -> None:
        """Kill it with -9."""
        assert await self.end(signal.SIGKILL) == -signal.SIGKILL

    @property
    def running(self) -> bool:
        """Whether it has been started and not ended by the test."""
        return self._process is not None


@asynccontextmanager
async def program(environment: Mapping[str, str]) -> AsyncIterator[Program]:
    """A program to be started; killed in the end if it still runs."""
    made = Program(environment)
    try:
        yield made
    finally:
        if made.running:
            await made.end(signal.SIGKILL)
