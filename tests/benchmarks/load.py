"""Load on an HTTP server, from eight connections that always have a request under way.

``wrk`` makes it where it is installed, since it takes less of the processors that the server needs too;
otherwise a client of asyncio's does. Both take their requests from a file, in order and around again.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final, NamedTuple

CONNECTIONS: Final = 8

_SCRIPT: Final = """
local requests = {}
for line in io.lines("%s") do
  local method, path, visitor, body = line:match("^(%%S+) (%%S+) (%%S+) ?(.*)$")
  if body == "" then body = nil end
  local headers = {["Content-Type"] = "application/json"}
  if visitor ~= "-" then headers["Okoshko-Visitor"] = visitor end
  requests[#requests + 1] = {method, path, headers, body}
end
local at = 0
request = function()
  at = at %% #requests + 1
  local it = requests[at]
  return wrk.format(it[1], it[2], it[3], it[4])
end
done = function(summary, latency, _)
  io.write(string.format('\\n{"requests": %%d, "micros": %%d, "refused": %%d, "p99": %%f}\\n',
    summary.requests, summary.duration, summary.errors.status, latency:percentile(99) / 1000))
end
"""


class Request(NamedTuple):
    """What is asked; ``body`` is JSON, ``visitor`` the name of the browser whose hold it is about."""

    method: str
    path: str
    body: str = ""
    visitor: str = "-"


@dataclass(frozen=True, slots=True)
class Load:
    """How it went: answers a second, how many of them were no success, and the 99th percentile in ms."""

    rate: float
    requests: int
    refused: int
    p99: float


def generator() -> str:
    """What makes the load."""
    return "wrk" if shutil.which("wrk") else "asyncio"


async def press(folder: Path, port: int, requests: Sequence[Request], seconds: float) -> Load:
    """Ask ``requests`` of the server for ``seconds``."""
    if generator() == "wrk":
        return await _wrk(folder, port, requests, seconds)
    return await _asyncio(port, requests, seconds)


async def _wrk(folder: Path, port: int, requests: Sequence[Request], seconds: float) -> Load:
    asked = folder / "requests.txt"
    asked.write_text(
        "\n".join(f"{each.method} {each.path} {each.visitor} {each.body}".rstrip() for each in requests)
    )
    script = folder / "requests.lua"
    script.write_text(_SCRIPT % asked)
    process = await asyncio.create_subprocess_exec(
        *("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(script)),
        f"http://127.0.0.1:{port}",
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    told = json.loads(out.decode().splitlines()[-1])
    return Load(told["requests"] * 1e6 / told["micros"], told["requests"], told["refused"], told["p99"])


async def _asyncio(port: int, requests: Sequence[Request], seconds: float) -> Load:
    texts = cycle([written(request) for request in requests])
    begun = time.perf_counter()
    each = [_connection(port, texts, begun + seconds) for _ in range(CONNECTIONS)]
    answers = [answer for found in await asyncio.gather(*each) for answer in found]
    took = sorted(elapsed for elapsed, _ in answers)
    refused = sum(status >= 400 for _, status in answers)
    p99 = took[int(len(took) * 0.99)] * 1000
    return Load(len(answers) / (time.perf_counter() - begun), len(answers), refused, p99)


def written(request: Request) -> bytes:
    """A request as it goes over the wire."""
    body = request.body.encode()
    head = f"{request.method} {request.path} HTTP/1.1\r\nHost: localhost\r\n"
    if request.visitor != "-":
        head += f"Okoshko-Visitor: {request.visitor}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


async def _connection(port: int, texts: Iterator[bytes], until: float) -> list[tuple[float, int]]:
    connection = await Connection.open(port)
    answers = []
    while (begun := time.perf_counter()) < until:
        status = await connection.ask(next(texts))
        answers.append((time.perf_counter() - begun, status))
    connection.close()
    return answers


class Connection:
    """One connection that is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        """To a server on loopback."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 20))

    async def ask(self, text: bytes) -> int:
        """Send a request and read its whole answer, whose length it tells; the status."""
        self._writer.write(text)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        await self._reader.readexactly(int(length))
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        """Done."""
        self._writer.close()
