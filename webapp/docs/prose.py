"""The few signs that descriptions are written with, as HTML: paragraphs, lists, ``code``."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

_CODE: Final = re.compile(r"`([^`]+)`")


def prose(text: str) -> Markup:
    """Paragraphs and lists."""
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]
    return Markup("").join(_block(block) for block in blocks)


def line(text: str) -> Markup:
    """One line."""
    parts = _CODE.split(" ".join(text.split()))
    # Every second part stood between signs.
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


def _block(block: str) -> Markup:
    if not block.startswith("- "):
        return Markup("<p>{}</p>").format(line(block))
    items = re.split(r"\n- ", block[2:])
    rows = Markup("").join(Markup("<li>{}</li>").format(line(item)) for item in items)
    return Markup('<ul class="dots">{}</ul>').format(rows)
