"""A visit key opens what it was made for, and nobody can make one."""

from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from webapp.visit_key import PREFIX, Visit, VisitKeys

KEYS = VisitKeys(b"a secret of thirty-two bytes or so")


@given(st.uuids(), st.uuids(), st.uuids())
def test_a_key_is_read_as_it_was_made(booking: UUID, client: UUID, business: UUID) -> None:
    visit = Visit(booking, client, business)
    assert KEYS.read(KEYS.make(visit)) == visit


@given(st.integers(len(PREFIX), len(PREFIX) + 85), st.sampled_from("ABCabc019-_"))
def test_no_other_letter_anywhere(position: int, letter: str) -> None:
    visit = Visit(uuid4(), uuid4(), uuid4())
    key = KEYS.make(visit)
    forged = key[:position] + letter + key[position + 1 :]
    # The last letter of base64 has bits that mean nothing; what is read is the same or nothing.
    assert KEYS.read(forged) in ({visit} if forged == key or position == len(key) - 1 else set()) | {None}
    assert forged == key or position == len(key) - 1 or KEYS.read(forged) is None


@given(st.text(max_size=200))
def test_nonsense_is_no_key(text: str) -> None:
    assert KEYS.read(PREFIX + text) is None


def test_another_deployment_has_other_keys() -> None:
    key = KEYS.make(Visit(uuid4(), uuid4(), uuid4()))
    assert VisitKeys(b"another secret, just as long as that").read(key) is None
