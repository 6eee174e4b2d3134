"""The Bot API's numbers in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class TelegramRules:
    """Limits as documented, or as widely seen where the documentation names none (rates, keyboard sizes).

    Rates: ``per_second`` messages over all chats in a sliding second; per chat a bucket of ``chat_burst``
    messages filled by ``chat_per_second``, from which an edit takes ``edit_cost`` of a message.
    ``local_urls`` lets a loopback address be a button's or a webhook's address over plain HTTP, which the
    real server refuses: the demo has no other.
    """

    text_units: int = 4096
    caption_units: int = 1024
    callback_bytes: int = 64
    answer_units: int = 200
    keyboard_buttons: int = 100
    keyboard_row: int = 8
    panel_buttons: int = 300
    panel_row: int = 12
    copy_units: int = 256
    entities: int = 100
    callback_lifetime: timedelta = timedelta(minutes=15)
    deletable: timedelta = timedelta(hours=48)
    upload_bytes: int = 20 * 1024 * 1024

    limit_rates: bool = True
    per_second: int = 30
    chat_burst: float = 20.0
    chat_per_second: float = 1.0
    edit_cost: float = 0.25

    local_urls: bool = True

    poll_seconds: int = 50
    webhook_timeout: float = 30.0
    webhook_first_pause: float = 0.5
    webhook_longest_pause: float = 30.0
    webhook_tries: int = 40
