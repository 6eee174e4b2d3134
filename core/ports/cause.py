"""Why something happens: the name of the request, or of the messenger's event, that is being worked on.

Whoever lets something in sets it; log lines carry it, and so do the outgoing messages that it leads to, so
that a message can be followed back to what caused it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

#: The name; None where nobody asked for anything, as in a sweep. Prefer :func:`caused_by`.
CAUSE: Final[ContextVar[str | None]] = ContextVar("cause", default=None)


@contextmanager
def caused_by(name: str | None) -> Iterator[None]:
    """What is done in the block is done because of ``name``."""
    token = CAUSE.set(name)
    try:
        yield
    finally:
        CAUSE.reset(token)
