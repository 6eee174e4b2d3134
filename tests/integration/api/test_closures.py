"""Closing a day over HTTP."""

from __future__ import annotations

from datetime import timedelta

from core.domain.actor import SYSTEM, Role
from tests.support.site import Site
from tests.support.world import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


async def test_counted_then_cancelled_then_nothing_left(site: Site) -> None:
    first = await site.book(site.world.at(12, day=TUESDAY))
    second = await site.book(site.world.at(15, day=TUESDAY))
    owner = await site.token()
    asked = {"date": str(TUESDAY), "action": "cancel", "reason": "Ремонт"}
    path = f"{site.business}/closures"

    seen = await site.post(path, {**asked, "dry_run": True}, token=owner)
    assert seen.status == 200
    assert (seen.body["visits"], seen.body["clients"], seen.body["cancelled"]) == (2, 1, 0)
    assert seen.body["exception"]["id"] is None
    assert (await site.get(f"{site.business}/exceptions", token=owner)).body["items"] == []

    done = await site.post(path, asked, token=owner)
    assert done.status == 201
    assert (done.body["visits"], done.body["clients"], done.body["cancelled"]) == (2, 1, 2)
    (exception,) = (await site.get(f"{site.business}/exceptions", token=owner)).body["items"]
    assert exception == done.body["exception"]
    assert (exception["type"], exception["date"], exception["reason"]) == ("closed", "2026-11-24", "Ремонт")
    for made in (first, second):
        shown = await site.get(f"/api/v1/bookings/{made['booking']['id']}", token=made["visit_key"])
        assert shown.body["booking"]["status"] == "cancelled"
        assert shown.body["booking"]["cancel_reason"] == "Ремонт"

    again = await site.post(path, asked, token=owner)
    assert (again.status, again.body["visits"], again.body["exception"]) == (201, 0, exception)


async def test_other_times_are_offered(site: Site) -> None:
    made = await site.book(site.world.at(12, day=TUESDAY))
    owner = await site.token()
    done = await site.post(
        f"{site.business}/closures", {"date": str(TUESDAY), "action": "offer"}, token=owner
    )
    assert (done.body["offered"], done.body["cancelled"]) == (1, 0)
    history = await site.get(f"/api/v1/bookings/{made['booking']['id']}/timeline", token=owner)
    assert [entry["event"] for entry in history.body["items"]] == ["create", "offer_times"]
    assert len(history.body["items"][1]["after"]["starts"]) == 3


async def test_only_managers_close_and_only_what_there_is(site: Site) -> None:
    path, asked = f"{site.business}/closures", {"date": str(TUESDAY), "action": "cancel"}
    assert (await site.post(path, asked)).status == 401
    for role in (Role.OPERATOR, Role.READ_ONLY, Role.MASTER):
        assert (await site.post(path, asked, token=await site.token(role))).status == 403
    owner = await site.token()
    for wrong, field in (
        ({"action": None}, "action"),
        ({"action": "burn"}, "action"),
        ({"date": "завтра"}, "date"),
        ({"dry_run": "да"}, "dry_run"),
        ({"start_time": "10:00"}, "end_time"),
        ({"colour": "red"}, "colour"),
    ):
        reply = await site.post(path, {**asked, **wrong}, token=owner)
        assert (reply.status, reply.details[0][0]) == (422, field)


async def test_a_leave_in_one_call(site: Site) -> None:
    await site.book(site.world.at(12, day=TUESDAY))
    await site.book(site.world.at(12, day=TUESDAY + timedelta(days=2)))
    owner, path = await site.token(), f"{site.business}/closures"
    leave = {"date": str(TUESDAY), "date_until": str(TUESDAY + timedelta(days=2)), "action": "offer"}

    seen = await site.post(path, {**leave, "dry_run": True}, token=owner)
    assert (seen.status, seen.body["visits"], seen.body["told"]) == (200, 2, 0)
    assert [each["id"] for each in seen.body["exceptions"]] == [None] * 3

    done = await site.post(path, leave, token=owner)
    assert (done.status, done.body["visits"], done.body["offered"]) == (201, 2, 2)
    assert (done.body["told"], done.body["without_times"], done.body["unfinished"]) == (1, 0, 0)
    assert done.body["exception"] == done.body["exceptions"][0]
    assert [each["date"] for each in done.body["exceptions"]] == ["2026-11-24", "2026-11-25", "2026-11-26"]
    listed = (await site.get(f"{site.business}/exceptions", token=owner)).body["items"]
    assert listed == done.body["exceptions"]

    for until, issue in ((str(MONDAY), "before_from"), ("2027-03-01", "too_long"), ("потом", "not_a_date")):
        reply = await site.post(path, {**leave, "date_until": until}, token=owner)
        assert (reply.status, reply.details) == (422, [("date_until", issue)])


async def test_a_master_closes_the_own_chair_alone(site: Site) -> None:
    await site.book(site.world.at(12, day=TUESDAY))
    anna = await site.core.tokens.create(
        SYSTEM, site.world.id, role=Role.MASTER, name="Анна", staff_id=site.world.anna
    )
    path, asked = f"{site.business}/closures", {"date": str(TUESDAY), "action": "cancel"}
    for whose in ({}, {"staff_id": str(site.world.maria)}, {"location_id": str(site.world.location)}):
        assert (await site.post(path, {**asked, **whose}, token=anna)).status == 403
    done = await site.post(path, {**asked, "staff_id": str(site.world.anna)}, token=anna)
    assert (done.status, done.body["cancelled"]) == (201, 1)
