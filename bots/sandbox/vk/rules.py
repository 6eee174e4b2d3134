"""VK's numbers in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class MiniApp:
    """A Mini App: where it is served and the key that its launch parameters are signed with."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class VkRules:
    """Limits as documented, or as widely seen where the documentation names none (texts, snackbars, times).

    ``bots``: the community's «Возможности ботов» are switched on. ``apps``: Mini Apps by number.
    """

    text: int = 4096
    label: int = 40
    payload: int = 255
    inline_rows: int = 6
    inline_buttons: int = 10
    panel_rows: int = 10
    panel_buttons: int = 40
    row: int = 5
    keyboard_bytes: int = 16 * 1024
    carousel: int = 10
    card_text: int = 80
    card_buttons: int = 3
    peers: int = 100
    snackbar: int = 90
    event_data: int = 1000
    event_lifetime: timedelta = timedelta(minutes=1)
    same_number: timedelta = timedelta(hours=1)
    editable: timedelta = timedelta(hours=24)
    deletable: timedelta = timedelta(hours=24)
    upload_bytes: int = 20 * 1024 * 1024

    bots: bool = True
    apps: Mapping[int, MiniApp] = field(default_factory=dict)

    limit_rates: bool = True
    per_second: int = 20

    poll_seconds: int = 90
    callback_timeout: float = 10.0
    callback_first_pause: float = 0.5
    callback_longest_pause: float = 30.0
    callback_tries: int = 40
