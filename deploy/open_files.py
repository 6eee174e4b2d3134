"""How many files and connections the process may have open."""

from __future__ import annotations

import sys
from typing import Final

#: Streams of events hold a connection each; systems begin with 1024 or, on macOS, 256.
_ENOUGH: Final = 65_536


def raise_limit() -> None:
    """As many as the system lets us have without asking."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
