"""JSON off the wire, in a form that can be stored.

PostgreSQL keeps neither NUL nor half a surrogate pair in text. Messengers send neither, but what comes by a
webhook is only as good as whoever knows its secret, and one such event must not stop the queue.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import orjson

#: NUL and surrogates. They can only come escaped: UTF-8 has no way to write half a pair.
_ESCAPED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNWANTED: Final = re.compile("[\x00\ud800-\udfff]")


def loads(raw: str | bytes) -> Any:
    """The value of a JSON text, what can't be stored replaced by U+FFFD. Raises ValueError."""
    text = raw.decode() if isinstance(raw, bytes) else raw
    if _ESCAPED.search(text) is None:
        return orjson.loads(text)
    try:
        return _cleaned(json.loads(text))
    except RecursionError:
        raise ValueError("nested too deep") from None


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return _UNWANTED.sub("\ufffd", value)
        case list():
            return [_cleaned(item) for item in value]
        case dict():
            return {_cleaned(key): _cleaned(item) for key, item in value.items()}
        case _:
            return value
