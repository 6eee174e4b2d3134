"""A call's parameters: JSON, form or multipart, read by type with the server's refusals."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.sandbox.telegram.errors import bad


@dataclass(frozen=True, slots=True)
class Upload:
    """A file part of a multipart body."""

    name: str
    mime: str
    content: bytes


class Params:
    """Values are strings where the body was a form, and anything where it was JSON; both read the same."""

    def __init__(
        self, values: Mapping[str, Any] | None = None, files: Mapping[str, Upload] | None = None
    ) -> None:
        self._values = {key: value for key, value in (values or {}).items() if value is not None}
        self.files = dict(files or {})

    def has(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name, default)
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int | None = None) -> int | None:
        """Raises ``ApiError`` for what is no integer."""
        value = self._values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(str(value))
        except ValueError:
            raise bad(f"invalid {name} specified") from None

    def number(self, name: str) -> float:
        """Raises ``ApiError`` for a missing value or what is no finite number."""
        value = self._values.get(name)
        try:
            number = float(str(value))
        except ValueError:
            raise bad(f"{name} is empty" if value is None else f"invalid {name} specified") from None
        if not math.isfinite(number):
            raise bad(f"invalid {name} specified")
        return number

    def boolean(self, name: str) -> bool:
        return self.text(name).strip().lower() in {"true", "1", "yes", "t"}

    def json(self, name: str, what: str) -> Any:
        """A value that is JSON in a form and itself in a JSON body. Raises ``ApiError``: can't parse
        ``what``.
        """
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {what} JSON object") from None

    def for_log(self) -> dict[str, Any]:
        """As the log shows it: JSON unfolded, files by name and size, secrets covered."""
        shown: dict[str, Any] = {}
        for name, value in self._values.items():
            if name == "secret_token":
                shown[name] = "***"
            elif isinstance(value, str) and value[:1] in {"{", "["}:
                try:
                    shown[name] = json.loads(value)
                except ValueError:
                    shown[name] = value
            else:
                shown[name] = value
        for name, upload in self.files.items():
            shown[name] = f"{upload.name} ({len(upload.content)} B)"
        return shown
