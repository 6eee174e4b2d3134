"""Entity tags (RFC 9110, 8.8.3 and 13.1.2): who has an answer already is told that it is still the same."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
#: Marks the tag of a compressed answer: its bytes are others.
_PACKED: Final = "-gz"


def tag_of(body: bytes) -> str:
    """The strong tag of an answer, without its quotes."""
    return blake2b(body, digest_size=12).hexdigest()


def written(tag: str, *, packed: bool) -> str:
    """As it stands in the header."""
    return f'"{tag}{_PACKED}"' if packed else f'"{tag}"'


def is_known(tag: str, if_none_match: str) -> bool:
    """Whether the header names this answer, compressed or not. ``*`` names everything there is."""
    if if_none_match.strip() == "*":
        return True
    return any(given.removesuffix(_PACKED) == tag for given in _TAG.findall(if_none_match))
