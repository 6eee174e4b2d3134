"""Sets of whole numbers as sorted, disjoint, half-open spans ``(from, until)``.

The slot search is made of these: working time, the starts at which somebody is free, the starts at which a
room is. Numbers are epoch minutes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

Span = tuple[int, int]
Spans = Sequence[Span]

_AFTER_ALL: Final = 1 << 62


def merged(spans: Iterable[Span]) -> list[Span]:
    """The set that these spans make together, in any order, overlapping, adjacent or empty as they may be."""
    found: list[Span] = []
    from_, until = 0, -1
    for lo, hi in sorted(spans):
        if lo >= hi:
            continue
        if until < from_:
            from_, until = lo, hi
        elif lo <= until:
            until = max(until, hi)
        else:
            found.append((from_, until))
            from_, until = lo, hi
    if from_ < until:
        found.append((from_, until))
    return found


def union(one: Spans, other: Spans) -> Spans:
    """What is in either."""
    if not one:
        return other
    if not other:
        return one
    return merged([*one, *other])


def intersection(one: Spans, other: Spans) -> list[Span]:
    """What is in both."""
    found: list[Span] = []
    i = j = 0
    count_one, count_other = len(one), len(other)
    while i < count_one and j < count_other:
        lo_one, hi_one = one[i]
        lo_other, hi_other = other[j]
        lo = lo_one if lo_one > lo_other else lo_other  # noqa: FURB136 - a call takes longer than all of this
        hi = hi_one if hi_one < hi_other else hi_other  # noqa: FURB136 - the same
        if lo < hi:
            found.append((lo, hi))
        if hi_one < hi_other:
            i += 1
        else:
            j += 1
    return found


def minus(spans: Spans, holes: Spans) -> list[Span]:
    """``spans`` without ``holes``. The holes are sorted, but may overlap each other."""
    found: list[Span] = []
    first, count = 0, len(holes)
    for span in spans:
        lo, hi = span
        while first < count and holes[first][1] <= lo:
            first += 1
        for at in range(first, count):
            from_, until = holes[at]
            if from_ >= hi:
                break
            if from_ > lo:
                found.append((lo, from_))
            if until > lo:
                lo = until
                if lo >= hi:
                    break
        if lo < hi:
            found.append((lo, hi))
    return found


def shifted(spans: Spans, by: int) -> Spans:
    """Each number plus ``by``."""
    return [(lo + by, hi + by) for lo, hi in spans] if by else spans


def clipped(spans: Spans, lo: int, hi: int) -> Spans:
    """What lies in ``[lo, hi)``."""
    if lo >= hi:
        return ()
    if not spans or (lo <= spans[0][0] and spans[-1][1] <= hi):
        return spans
    first = bisect_right(spans, (lo, _AFTER_ALL)) - 1
    if first < 0 or spans[first][1] <= lo:
        first += 1
    found = list(spans[first : bisect_left(spans, (hi, 0))])
    if found:
        found[0] = (max(lo, found[0][0]), found[0][1])
        found[-1] = (found[-1][0], min(hi, found[-1][1]))
    return found


def span_at(spans: Spans, number: int) -> Span | None:
    """The span that ``number`` lies in."""
    at = bisect_right(spans, (number, _AFTER_ALL)) - 1
    return spans[at] if at >= 0 and number < spans[at][1] else None


def covers(spans: Spans, lo: int, hi: int) -> bool:
    """Whether ``[lo, hi)``, not empty, lies in the set as a whole."""
    span = span_at(spans, lo)
    return span is not None and hi <= span[1]
