"""Puts ES modules into one file, so that a page on a slow line asks once instead of twenty times.

Not for any module there is: for ours, which import and export by name, at the beginning of a line, and never
each other in a circle. Each becomes a function that is called once and returns what it exports. What is not
written so raises ValueError when the program starts, and tests start it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./-]+\.js)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?:async )?(?:function|const|class) (\w+)", re.MULTILINE)
_OTHER: Final = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)

#: What is for readers alone: comments that have lines of their own, and types within a line.
_COMMENTS: Final = re.compile(
    r"^[ \t]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)[ \t]*\n|/\*\* @type (?:(?!\*/).)*\*/ ?", re.MULTILINE
)
_INDENT: Final = re.compile(r"^[ \t]+", re.MULTILINE)


def bundle(entry: str, source: Callable[[str], str], resolve: Callable[[str, str], str]) -> str:
    """The module ``entry`` and all that it imports, as one module.

    ``source`` reads a module by its name; ``resolve`` names what a module calls by a relative address.
    """
    order: list[str] = []
    texts: dict[str, str] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules import each other in a circle: {' > '.join((*above, name))}")
        if name in texts:
            return
        text = source(name)
        for match in _IMPORT.finditer(text):
            add(resolve(name, match[2]), (*above, name))
        texts[name] = text
        order.append(name)

    add(entry, ())
    numbers = {name: number for number, name in enumerate(order)}
    return "".join(_wrapped(name, texts[name], numbers, resolve) for name in order)


def _wrapped(name: str, text: str, numbers: dict[str, int], resolve: Callable[[str, str], str]) -> str:
    imports = [
        f"const {{{', '.join(_renamed(each) for each in match[1].split(',') if each.strip())}}}"
        f" = $m{numbers[resolve(name, match[2])]};\n"
        for match in _IMPORT.finditer(text)
    ]
    body = _IMPORT.sub("", text)
    exports = _EXPORT.findall(body)
    body = _EXPORT.sub(lambda match: match[0].removeprefix("export "), body)
    if (left := _OTHER.search(body)) is not None:
        raise ValueError(f"{name}: {left[0]!r} is not written as bundle() reads it")
    body = _INDENT.sub("", _COMMENTS.sub("", body)) if "`" not in body else _COMMENTS.sub("", body)
    returned = f"return {{{', '.join(exports)}}};\n" if exports else ""
    return f"const $m{numbers[name]} = (() => {{\n{''.join(imports)}{body.strip()}\n{returned}}})();\n"


def _renamed(name: str) -> str:
    """``a as b`` of an import is ``a: b`` of a destructuring."""
    return ": ".join(part.strip() for part in name.split(" as "))
