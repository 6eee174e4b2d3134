"""Sets of whole numbers as spans: against plain sets."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.domain.spans import (
    Span,
    Spans,
    clipped,
    covers,
    intersection,
    merged,
    minus,
    shifted,
    span_at,
    union,
)

loose = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)
sets = loose.map(merged)


def numbers(spans: Spans) -> set[int]:
    return {number for lo, hi in spans for number in range(lo, hi)}


def is_tidy(spans: Spans) -> bool:
    """Sorted, disjoint, not even adjacent, and nothing empty."""
    return all(lo < hi for lo, hi in spans) and all(one[1] < other[0] for one, other in pairwise(spans))


@given(loose)
def test_merged(spans: list[Span]) -> None:
    found = merged(spans)
    assert is_tidy(found)
    assert numbers(found) == numbers(spans)


@given(sets, sets)
def test_both_and_either(one: Spans, other: Spans) -> None:
    assert is_tidy(intersection(one, other))
    assert numbers(intersection(one, other)) == numbers(one) & numbers(other)
    assert is_tidy(union(one, other))
    assert numbers(union(one, other)) == numbers(one) | numbers(other)


@given(sets, loose)
def test_minus_holes_that_overlap(spans: Spans, holes: list[Span]) -> None:
    real = sorted(hole for hole in holes if hole[0] < hole[1])
    found = minus(spans, real)
    assert is_tidy(found)
    assert numbers(found) == numbers(spans) - numbers(real)


@given(sets, st.integers(-5, 45), st.integers(-5, 45))
def test_parts(spans: Spans, lo: int, hi: int) -> None:
    found = clipped(spans, lo, hi)
    assert is_tidy(found)
    assert numbers(found) == {number for number in numbers(spans) if lo <= number < hi}
    assert numbers(shifted(spans, lo)) == {number + lo for number in numbers(spans)}
    around = span_at(spans, lo)
    assert (around is not None) == (lo in numbers(spans))
    if lo < hi:
        assert covers(spans, lo, hi) == (set(range(lo, hi)) <= numbers(spans))
