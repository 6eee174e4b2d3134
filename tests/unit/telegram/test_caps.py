"""Lengths as Telegram counts them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bots.telegram.caps import CAPS, cut_utf16, utf16


def test_most_emoji_count_twice() -> None:
    assert utf16("Окошко") == 6
    assert utf16("🙂") == 2
    assert utf16("👩‍👧") == 5
    assert CAPS.measure("🙂🙂") == 4


@given(st.text(), st.integers(2, 50))
def test_cut_stays_within_the_limit_and_whole(text: str, limit: int) -> None:
    cut = cut_utf16(text, limit)
    assert utf16(cut) <= limit
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
