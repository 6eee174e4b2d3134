"""gzip, for those who ask for it.

Nothing that somebody else could make a browser ask for along with our secrets is compressed together with
them: no cookie lets anybody in, so the lengths of answers tell strangers nothing (the BREACH attack).
"""

from __future__ import annotations

import asyncio
import gzip
from functools import lru_cache
from typing import Final

#: What is shorter (bytes) fits into one packet anyway.
WORTH: Final = 1024
#: What is longer (bytes) takes more than a millisecond: another thread's work.
_LONG: Final = 48 * 1024
_LEVEL: Final = 5
_BEST: Final = 9
_TEXTS: Final = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/ld+json",
        "application/manifest+json",
        "image/svg+xml",
    }
)


def is_text(content_type: str) -> bool:
    """Whether it gets shorter. An event stream is sent piece by piece, and so it is none."""
    return content_type in _TEXTS or (
        content_type.startswith("text/") and content_type != "text/event-stream"
    )


@lru_cache(maxsize=512)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header (RFC 9110, 12.5.3) has gzip. ``*`` is too vague to act upon."""
    for part in accept_encoding.split(","):
        name, _, parameters = part.partition(";")
        if name.strip().lower() in {"gzip", "x-gzip"}:
            weight = parameters.replace(" ", "").lower().removeprefix("q=")
            return not weight or weight.strip("0.") != ""
    return False


async def compressed(body: bytes) -> bytes:
    """``body`` in gzip's form."""
    if len(body) <= _LONG:
        return _pack(body)
    return await asyncio.get_running_loop().run_in_executor(None, _pack, body)


def packed_once(body: bytes) -> bytes | None:
    """A file that is kept, as small as it gets; None when that is no gain."""
    if len(body) <= WORTH:
        return None
    packed = gzip.compress(body, _BEST, mtime=0)
    return packed if len(packed) < len(body) else None


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)
