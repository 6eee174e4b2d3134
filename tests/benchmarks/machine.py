"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import asyncpg

from tests.benchmarks.load import generator


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> str:
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return "memory unknown"
    return f"{pages / 2**30:.0f} GB"


async def machine(server: str) -> str:
    """One paragraph; ``server`` is PostgreSQL's address."""
    connection = await asyncpg.connect(server)
    version = await connection.fetchval("SHOW server_version")
    durable = [
        f"{name}={await connection.fetchval(f'SHOW {name}')}"
        for name in ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    ]
    await connection.close()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory()}, {platform.system()} {platform.release()}; "
        f"load before {load}; load generator: {generator()}\n"
        f"Python {platform.python_version()}, PostgreSQL {version} ({', '.join(durable)})"
    )
