"""Tags and gzip: who has an answer, and who takes it compressed."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.compression import compressed, is_text, packed_once, takes_gzip
from webapp.etag import is_known, tag_of, written


@given(st.binary(max_size=200), st.booleans(), st.booleans())
def test_a_tag_is_known_again_in_any_company(body: bytes, packed: bool, weak: bool) -> None:
    tag = tag_of(body)
    sent = ("W/" if weak else "") + written(tag, packed=packed)
    assert is_known(tag, sent)
    assert is_known(tag, f'"another", {sent} ,W/"a third"')
    assert is_known(tag, " * ")
    assert not is_known(tag_of(body + b"!"), sent)


@pytest.mark.parametrize("header", ["", '"', "nonsense", '""', 'W/"x"', '"*"', ",,,"])
def test_nothing_else_is_known(header: str) -> None:
    assert not is_known(tag_of(b"x"), header)


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP ; Q=1.0", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("br", False),
        ("*", False),
        ("", False),
        ("gzipped", False),
    ],
)
def test_who_takes_gzip(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes


def test_what_gets_shorter() -> None:
    assert all(
        map(is_text, ("text/html", "text/css", "application/json", "image/svg+xml", "text/javascript"))
    )
    assert not any(map(is_text, ("image/png", "text/event-stream", "application/octet-stream")))


@pytest.mark.parametrize("size", [2_000, 200_000])
async def test_packed_and_unpacked_it_is_the_same(size: int) -> None:
    body = b'{"start_ts":"2026-11-23T10:00:00+03:00"},' * (size // 41)
    assert gzip.decompress(await compressed(body)) == body
    packed = packed_once(body)
    assert packed is not None
    assert gzip.decompress(packed) == body


def test_small_files_are_left_alone() -> None:
    assert packed_once(b"a" * 1000) is None
