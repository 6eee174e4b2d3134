"""The Mini App's calendar on a slow line: what comes over it, and how soon a time can be pressed."""

from __future__ import annotations

import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, async_playwright

from core.domain.visit import VisitItem
from tests.benchmarks.dataset import SERVICE, master
from tests.benchmarks.table import Row, Unit
from tests.browser.chromium import CHROMIUM, FLAGS
from webapp.miniapp.flow import Flow

#: Chrome's «Slow 4G»: 150 ms there and back, 1.6 Mbit/s.
SLOW_4G: Final[dict[str, Any]] = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
_ADDRESS: Final = f"/b/bench/time?{Flow(items=(VisitItem(SERVICE, master(0)),)).query()}"
_TIMES: Final = 5
#: Bytes by the kind of file, as they came, and when the page's script had run, in milliseconds.
_MEASURE: Final = """
() => {
  const [page] = performance.getEntriesByType("navigation");
  const bytes = { html: page.encodedBodySize };
  for (const each of performance.getEntriesByType("resource")) {
    const kind = /\\/static\\/.*\\.(\\w+)$/.exec(each.name)?.[1];
    if (kind) bytes[kind] = (bytes[kind] ?? 0) + each.encodedBodySize;
  }
  return [bytes, page.domContentLoadedEventEnd];
}
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """One opening of the page with nothing in the browser's store."""

    bytes: dict[str, int]
    milliseconds: float


async def pages(port: int) -> AsyncIterator[Row]:
    """Weight and time; nothing where there is no browser."""
    async with async_playwright() as playwright:
        path = CHROMIUM or playwright.chromium.executable_path
        if not Path(path).exists():
            print("  pages are not measured: there is no Chromium", flush=True)
            return
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        opened = [await _open(browser, f"http://127.0.0.1:{port}{_ADDRESS}") for _ in range(_TIMES)]
        await browser.close()
    weight = opened[-1].bytes
    yield Row(
        "weight of the slot screen, nothing kept",
        sum(weight.values()) / 1024,
        ", ".join(f"{kind} {size / 1024:.1f}" for kind, size in sorted(weight.items())),
        None,
        Unit.KILOBYTES,
    )
    times = [each.milliseconds for each in opened]
    yield Row(
        "slot screen on slow 4G, until a time can be pressed",
        statistics.median(times),
        ", ".join(f"{each:.0f}" for each in times),
        (2000, 1000, 700),
        Unit.MILLISECONDS,
    )


async def _open(browser: Browser, address: str) -> Opened:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="ru-RU")
    page = await context.new_page()
    wire = await context.new_cdp_session(page)
    await wire.send("Network.enable")
    await wire.send("Network.emulateNetworkConditions", SLOW_4G)
    await page.goto(address, wait_until="load")
    await page.locator("html[data-ready] #times .time").first.wait_for()
    weight, milliseconds = await page.evaluate(_MEASURE)
    await context.close()
    return Opened(weight, milliseconds)
