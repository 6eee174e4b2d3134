"""JSON that PostgreSQL can keep."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.common.wire import loads

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_what_can_be_kept_is_kept(value: object) -> None:
    cleaned = loads(json.dumps(value))
    kept = json.dumps(cleaned, ensure_ascii=False)
    assert "\x00" not in kept
    assert kept.encode()
    if "\x00" not in json.dumps(value, ensure_ascii=False).replace("\\u0000", "\x00"):
        assert cleaned == value


def test_nul_and_half_a_pair_are_replaced() -> None:
    assert loads(r'{"a\u0000": ["x\u0000y", "\ud83d", "\ud83d\ude42", "\\u0000"]}') == {
        "a\ufffd": ["x\ufffdy", "\ufffd", "🙂", "\\u0000"]
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'"\\u0000' + b"[" * 10,
        b"[" * 9000 + b'"\\u0000"',
    ],
)
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every kind of refusal is one
        loads(raw)
