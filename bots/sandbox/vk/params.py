"""A call's parameters, as forms carry them: strings, lists with commas, JSON in strings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bots.sandbox.vk.errors import bad

_UNSEEN = frozenset({"access_token", "secret_key"})


class Params:
    """Reads by type; each reading raises ``VkError`` 100 for what is none."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def has(self, name: str) -> bool:
        return bool(self._values.get(name, "").strip())

    def text(self, name: str) -> str:
        return self._values.get(name, "")

    def integer(self, name: str, default: int | None = None) -> int | None:
        raw = self._values.get(name, "").strip()
        if not raw:
            return default
        try:
            return int(raw)
        except ValueError:
            raise bad(f"{name} should be integer") from None

    def needed(self, name: str) -> int:
        """A number that must be there."""
        number = self.integer(name)
        if number is None:
            raise bad(f"{name} is undefined")
        return number

    def integers(self, name: str) -> list[int]:
        try:
            return [int(part) for part in self._values.get(name, "").split(",") if part.strip()]
        except ValueError:
            raise bad(f"{name} should be a list of integers") from None

    def number(self, name: str) -> float | None:
        raw = self._values.get(name, "").strip()
        if not raw:
            return None
        try:
            return float(raw)
        except ValueError:
            raise bad(f"{name} is invalid") from None

    def boolean(self, name: str) -> bool:
        return self._values.get(name, "").strip().lower() in {"1", "true"}

    def for_log(self) -> dict[str, Any]:
        """As the log shows it: JSON unfolded, secrets covered."""
        shown: dict[str, Any] = {}
        for name, value in self._values.items():
            if name in _UNSEEN:
                shown[name] = "***"
            elif value[:1] in {"{", "["}:
                try:
                    shown[name] = json.loads(value)
                except ValueError:
                    shown[name] = value
            else:
                shown[name] = value
        return shown
