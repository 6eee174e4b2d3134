"""Sessions survive a restart; what stands in the chat decides how the next screen comes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bots.dialogs.assembly import build_dialogs
from bots.dialogs.layout import Laid, LaidSpan
from bots.dialogs.present import Mode, Shown, choose_mode
from bots.dialogs.screen import Action, File
from bots.dialogs.session import Place, Session

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text())
JSON = st.dictionaries(st.text(), SCALARS, max_size=4)
PLACES = st.builds(Place, flow=st.text(), step=st.text(), data=JSON)
ACTIONS = st.builds(Action, name=st.text(), args=st.lists(SCALARS, max_size=3).map(tuple))
SESSIONS = st.builds(
    Session,
    place=st.none() | PLACES,
    trail=st.lists(PLACES, max_size=3),
    page=st.integers(0, 99),
    rev=st.integers(0, 10**9),
    actions=st.lists(ACTIONS, max_size=4),
    labels=st.lists(st.text(), max_size=4),
    message_id=st.none() | st.text(),
    digest=st.text(),
    reply=st.booleans(),
    last=st.text(),
)


@given(SESSIONS)
def test_a_session_comes_back_as_it_was(session: Session) -> None:
    assert Session.load(session.dump()) == session


@given(SESSIONS)
def test_a_session_of_another_version_begins_anew_with_a_fresh_revision(session: Session) -> None:
    stored = json.loads(session.dump())
    stored["v"] = 0
    begun = Session.load(json.dumps(stored).encode())
    assert begun.place is None
    assert begun.rev > session.rev


def test_every_flows_data_is_json_and_comes_back() -> None:
    for flow in build_dialogs().flows.values():
        data: Any = flow.data()
        stored = json.loads(json.dumps(flow.dump(data)))
        assert json.loads(json.dumps(flow.dump(flow.load(stored)))) == stored
        assert flow.first in flow.steps


def screen(text: str, **more: Any) -> Laid:
    """Something laid out."""
    return Laid(spans=(LaidSpan(text),), rows=(), **more)


def test_how_a_screen_comes() -> None:
    one, two = screen("раз"), screen("два")
    shown = Shown("5", one.digest(), False)
    assert choose_mode(None, one, pressed=None) is Mode.SEND
    assert choose_mode(shown, two, pressed="5") is Mode.EDIT
    assert choose_mode(shown, one, pressed="5") is Mode.SKIP
    assert choose_mode(shown, two, pressed=None) is Mode.REPLACE
    assert choose_mode(shown, two, pressed="4") is Mode.REPLACE
    assert choose_mode(Shown("5", one.digest(), True), two, pressed="5") is Mode.REPLACE
    assert choose_mode(shown, screen("два", reply=True), pressed="5") is Mode.REPLACE
    assert choose_mode(shown, screen("два", file=File("a", "b", b"c")), pressed="5") is Mode.REPLACE
