"""What comes in is read strictly, and every fault is named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from aiohttp.test_utils import make_mocked_request

from webapp.errors import Refused
from webapp.inputs import Inputs, query_inputs

ID = "0197a3a0-0000-7000-8000-000000000001"


def issues(inputs: Inputs) -> list[tuple[str, str]]:
    """What is wrong: there is something."""
    with pytest.raises(Refused) as caught:
        inputs.check()
    assert caught.value.fault.code == "INVALID_INPUT"
    return [(detail.field, detail.issue) for detail in caught.value.fault.details]


@pytest.mark.parametrize(
    ("value", "issue"),
    [
        (None, "required"),
        (7, "not_an_id"),
        ("", "not_an_id"),
        (ID.replace("-", ""), "not_an_id"),
        ("{" + ID + "}", "not_an_id"),
        ("urn:uuid:" + ID, "not_an_id"),
    ],
)
def test_an_id_is_a_uuid_in_its_usual_spelling(value: object, issue: str) -> None:
    inputs = Inputs({"id": value})
    assert inputs.uuid("id", required=True) is None
    assert issues(inputs) == [("id", issue)]
    assert Inputs({"id": ID}).uuid("id") == UUID(ID)


@pytest.mark.parametrize(
    ("value", "issue"),
    [
        ("2026-11-26T15:00:00", "no_offset"),
        ("2026-11-26", "no_offset"),
        ("tomorrow", "not_a_time"),
        ("2026-13-01T00:00:00Z", "not_a_time"),
        ("0001-01-01T00:00:00+14:00", "out_of_range"),
        ("9999-12-31T23:59:59-12:00", "out_of_range"),
        (1764158400, "not_a_time"),
        (True, "not_a_time"),
    ],
)
def test_an_instant_has_an_offset(value: object, issue: str) -> None:
    inputs = Inputs({"start_ts": value})
    assert inputs.moment("start_ts") is None
    assert issues(inputs) == [("start_ts", issue)]


def test_instants_come_back_in_utc() -> None:
    for text in ("2026-11-26T15:00:00+03:00", "2026-11-26T12:00:00Z", "2026-11-26T12:00+00:00"):
        assert Inputs({"t": text}).moment("t") == datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", ["26.11.2026", "2026-11-26T00:00:00Z", "20261126", "2026-02-30", 20261126])
def test_a_date_is_a_date(value: object) -> None:
    inputs = Inputs({"from": value})
    assert inputs.date("from") is None
    assert issues(inputs) == [("from", "not_a_date")]
    assert Inputs({"from": "2026-11-26"}).date("from") == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("value", "issue"),
    [(None, "required"), (False, "required"), ("true", "not_a_boolean"), (1, "not_a_boolean")],
)
def test_a_yes_is_true_and_nothing_else(value: object, issue: str) -> None:
    inputs = Inputs({"consent": value})
    assert inputs.true("consent") is False
    assert issues(inputs) == [("consent", issue)]


def test_all_faults_are_told_at_once_with_their_paths() -> None:
    inputs = Inputs({"client": {"name": 5, "phon": "1"}, "coment": "x"})
    inputs.uuid("service_id", required=True)
    client = inputs.inner("client")
    client.text("name", required=True)
    client.text("phone", required=True)
    client.only()
    inputs.only()
    assert issues(inputs) == [
        ("service_id", "required"),
        ("client.name", "not_a_string"),
        ("client.phone", "required"),
        ("client.phon", "unknown"),
        ("coment", "unknown"),
    ]


@pytest.mark.parametrize(
    ("value", "issue"), [(None, "required"), ("Anna", "not_an_object"), ([], "not_an_object")]
)
def test_an_object_that_is_none_is_one_fault(value: object, issue: str) -> None:
    inputs = Inputs({"client": value})
    inputs.inner("client").text("name", required=True)
    assert issues(inputs)[0] == ("client", issue)


def test_an_empty_object_lacks_its_fields() -> None:
    inputs = Inputs({"client": {}})
    inputs.inner("client").text("name", required=True)
    assert issues(inputs) == [("client.name", "required")]


def test_a_query_is_read_like_an_object() -> None:
    inputs = query_inputs(make_mocked_request("GET", "/?a=1&a=2&b=&c=3"))
    assert inputs.text("a") == "1"
    assert inputs.text("b") is None
    inputs.only()
    assert issues(inputs) == [("c", "unknown")]
