"""Series of visits over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.site import Site
from tests.support.world import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


def noon(site: Site, week: int = 0) -> datetime:
    """Tuesdays at twelve."""
    return site.world.at(12, day=TUESDAY + timedelta(weeks=week))


def weekly(site: Site, **changes: object) -> dict[str, object]:
    """Three Tuesdays in a row."""
    return site.wish(noon(site), **{"every_weeks": 1, "times": 3, **changes})


async def test_preview_resolve_book_and_cancel_the_rest(site: Site) -> None:
    await site.book(noon(site, 1))
    path = f"{site.business}/bookings/series"
    seen = await site.post(f"{path}/preview", weekly(site))
    assert seen.status == 200
    assert seen.body["ready"] is False
    assert [visit["state"] for visit in seen.body["occurrences"]] == ["free", "refused", "free"]
    second = seen.body["occurrences"][1]
    assert second["wanted_ts"] == second["start_ts"] == "2026-12-01T12:00:00+03:00"
    assert second["reason"] == "taken"
    assert second["offers"][0] == "2026-12-01T11:00:00+03:00"

    refused = await site.post(path, weekly(site))
    assert (refused.status, refused.code) == (409, "SERIES_CONFLICT")
    assert refused.body["error"]["occurrences"] == seen.body["occurrences"]

    resolved = weekly(site, replaced=[{"number": 1, "start_ts": second["offers"][0]}])
    made = await site.post(path, resolved)
    assert made.status == 201, made.text
    bookings: list[dict[str, Any]] = made.body["bookings"]
    assert [booking["start_ts"][:16] for booking in bookings] == [
        "2026-11-24T12:00",
        "2026-12-01T11:00",
        "2026-12-08T12:00",
    ]
    assert {booking["series_id"] for booking in bookings} == {made.body["series_id"]}

    key = made.body["visit_keys"][bookings[1]["id"]]
    shown = await site.get(f"/api/v1/bookings/{bookings[1]['id']}/series", token=key)
    assert [booking["id"] for booking in shown.body["items"]] == [booking["id"] for booking in bookings]
    rest = await site.post(
        f"/api/v1/bookings/{bookings[1]['id']}/series/cancel", {"reason": "Уезжаю"}, token=key
    )
    assert rest.status == 200
    assert [booking["status"] for booking in rest.body["items"]] == ["cancelled", "cancelled"]
    first = await site.get(f"/api/v1/bookings/{bookings[0]['id']}", token=await site.token())
    assert first.body["booking"]["status"] == "confirmed"


async def test_left_out_and_sent_twice(site: Site) -> None:
    path = f"{site.business}/bookings/series"
    asked = weekly(site, left_out=[1], items=None)
    sent = [await site.post(path, asked, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [reply.status for reply in sent] == [201, 201]
    assert sent[0].body["series_id"] == sent[1].body["series_id"]
    assert len(sent[0].body["bookings"]) == 2
    assert len((await site.get(f"{site.business}/bookings", token=await site.token())).body["items"]) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"every_weeks": None}, "every_weeks"),
        ({"every_weeks": 0}, "every_weeks"),
        ({"times": "три"}, "times"),
        ({"times": 100}, "times"),
        ({"replaced": [{"number": 1}]}, "replaced[0].start_ts"),
        ({"replaced": [7]}, "replaced[0]"),
        ({"replaced": [{"number": 9, "start_ts": "2026-12-01T11:00:00+03:00"}]}, "replaced"),
        ({"left_out": ["x"]}, "left_out"),
        ({"left_out": 1}, "left_out"),
        ({"left_out": [0, 1, 2]}, "left_out"),
        ({"forever": True}, "forever"),
    ],
)
async def test_what_is_no_series(site: Site, changes: dict[str, object], field: str) -> None:
    for path in ("series", "series/preview"):
        reply = await site.post(f"{site.business}/bookings/{path}", weekly(site, **changes))
        assert reply.status == 422, reply.text
        assert field in {name for name, _ in reply.details}


async def test_a_series_of_a_stranger_does_not_exist(site: Site) -> None:
    made = (await site.post(f"{site.business}/bookings/series", weekly(site))).body
    booking = made["bookings"][0]["id"]
    other = await site.book(site.world.at(16, day=TUESDAY))
    for key, status in ((None, 401), (other["visit_key"], 404)):
        assert (await site.get(f"/api/v1/bookings/{booking}/series", token=key)).status == status
        cancelled = await site.post(f"/api/v1/bookings/{booking}/series/cancel", {}, token=key)
        assert cancelled.status == status
