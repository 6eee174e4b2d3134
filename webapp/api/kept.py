"""Answers that are made of a catalogue alone: written once for each state of it, however often asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import orjson

from core.domain.catalog import Catalogue
from webapp.answers import Kept, KeptAnswer

_MOST: Final = 512


class KeptPages:
    """What was written last. A catalogue that changed is another object."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._pages: OrderedDict[tuple[int, str], tuple[Catalogue, Kept]] = OrderedDict()

    def answer(self, catalogue: Catalogue, name: str, make: Callable[[], object]) -> KeptAnswer:
        """What ``make`` says of the catalogue, as JSON. ``name`` tells it from what else is said of it."""
        key = id(catalogue), name
        page = self._pages.get(key)
        # Kept along, the catalogue can't have left its place in memory to another one.
        if page is None or page[0] is not catalogue:
            page = self._pages[key] = catalogue, Kept(orjson.dumps(make()))
            if len(self._pages) > self._most:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(key)
        return KeptAnswer(page[1])

    def listed(self, catalogue: Catalogue, name: str, make: Callable[[], list[object]]) -> KeptAnswer:
        """A whole list."""
        return self.answer(catalogue, name, lambda: {"items": make(), "next_cursor": None})


PAGES: Final = KeptPages()
