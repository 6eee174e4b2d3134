"""The Mini App's modules one by one, for tests that call them by themselves."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, Route

_ROOT: Final = Path(__file__).parents[2]
_SOURCES: Final = _ROOT / "webapp" / "miniapp" / "static"
_ADDRESS: Final = "/static/modules/"

HOST: Final = f"{_ADDRESS}host/index.js"
SESSION: Final = f"{_ADDRESS}session.js"
LIVE: Final = f"{_ADDRESS}live.js"


async def lend_modules(context: BrowserContext) -> None:
    """Any page of the browser may import :data:`HOST`, :data:`SESSION` and :data:`LIVE`."""

    async def answer(route: Route) -> None:
        name = route.request.url.partition(_ADDRESS)[2]
        await route.fulfill(body=_built()[name], content_type="text/javascript")

    await context.route(f"**{_ADDRESS}**", answer)


@cache
def _built() -> dict[str, bytes]:
    """Each of them as a module of its own; what they share is shared here too."""
    entries = [str(_SOURCES / address.removeprefix(_ADDRESS)) for address in (HOST, SESSION, LIVE)]
    # Node comes along with the environment where the machine has none.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                *(str(_ROOT / "node_modules" / ".bin" / "esbuild"), *entries, "--bundle", "--splitting"),
                *("--format=esm", "--target=es2020", f"--outbase={_SOURCES}", f"--outdir={folder}"),
                "--log-level=warning",
            ],
            check=True,
            env={**os.environ, "PATH": path},
        )
        made = Path(folder)
        return {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*.js")}
