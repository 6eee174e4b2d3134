"""What a session opens to a client: booking on the own card, the own visits, the own phone."""

from __future__ import annotations

from core.domain.actor import Role
from tests.support import launches
from tests.support.sessions import AUTH, ME, enter, enter_as
from tests.support.site import Site
from tests.support.world import MONDAY, make_business


async def test_a_client_books_on_their_own_card(site: Site) -> None:
    token = (await enter(site))["access_token"]
    made = await site.book(site.world.at(12), token)
    assert "visit_key" not in made
    assert made["booking"]["source"] == "miniapp"
    # The business knows them now.
    again = await site.book(site.world.at(15), token, client=None)
    assert again["booking"]["client_id"] == made["booking"]["client_id"]
    mine = (await site.get(f"{ME}/bookings", token=token)).body["items"]
    assert [each["id"] for each in mine] == [made["booking"]["id"], again["booking"]["id"]]
    one = await site.get(f"/api/v1/bookings/{made['booking']['id']}", token=token)
    assert one.status == 200
    assert "client" not in one.body["booking"]
    cancelled = await site.post(
        f"/api/v1/bookings/{made['booking']['id']}/status", {"status": "cancelled"}, token=token
    )
    assert cancelled.status == 200
    assert len((await site.get(f"{ME}/bookings", token=token)).body["items"]) == 1


async def test_a_booking_sent_twice_under_one_key(site: Site) -> None:
    """The person is the same in each of their sessions; another person's equal key is another key."""
    anna, again = (await enter(site))["access_token"], (await enter(site))["access_token"]
    olga = (await enter(site, 2))["access_token"]
    wish, path = site.wish(site.world.at(12)), f"{site.business}/bookings"
    key = {"Idempotency-Key": "one"}
    first = await site.post(path, wish, token=anna, headers=key)
    second = await site.post(path, wish, token=again, headers=key)
    assert (first.status, second.text) == (201, first.text)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (await site.post(path, wish, token=olga, headers=key)).status == 409


async def test_a_newcomer_says_who_they_are(site: Site) -> None:
    token = (await enter(site))["access_token"]
    reply = await site.post(
        f"{site.business}/bookings", site.wish(site.world.at(12), client=None), token=token
    )
    assert (reply.status, reply.details) == (422, [("client.name", "empty")])
    named = site.wish(site.world.at(12), client={"name": "Анна"})
    reply = await site.post(f"{site.business}/bookings", named, token=token)
    assert (reply.status, reply.details) == (422, [("client.phone", "required")])


async def test_a_client_sees_only_their_own(site: Site) -> None:
    anna, olga = (await enter(site, 1))["access_token"], (await enter(site, 2))["access_token"]
    hers = (await site.book(site.world.at(12), anna))["booking"]["id"]
    theirs = (await site.book(site.world.at(15), olga))["booking"]["id"]
    webs = (await site.book(site.world.at(17)))["booking"]["id"]
    stranger = (await enter(site, 3))["access_token"]
    for booking in (theirs, webs):
        for method, path, body in (
            ("GET", "", None),
            ("GET", "/timeline", None),
            ("GET", "/series", None),
            ("POST", "/status", {"status": "cancelled"}),
            ("POST", "/reschedule", {"start_ts": site.world.at(18).isoformat()}),
        ):
            reply = await site.call(method, f"/api/v1/bookings/{booking}{path}", json=body, token=anna)
            assert (reply.status, reply.code) == (404, "NOT_FOUND")
    assert (await site.get(f"/api/v1/bookings/{hers}", token=stranger)).status == 404
    assert (await site.get(f"{ME}/bookings", token=stranger)).body["items"] == []
    assert (await site.get(f"{site.business}/bookings", token=anna)).status == 403
    assert (await site.get(f"{site.business}/bookings", token=stranger)).status == 404
    assert (await site.get(f"{site.business}/members", token=anna)).status == 403


async def test_my_visits_in_all_businesses(site: Site) -> None:
    other = await make_business(site.core.uow, slug="other")
    token = (await enter(site))["access_token"]
    here = [(await site.book(site.world.at(hour), token))["booking"]["id"] for hour in (11, 13, 15)]
    wish = site.wish(other.at(14), service_id=str(other.manicure), staff_id=str(other.anna))
    there = (await site.post("/api/v1/businesses/other/bookings", wish, token=token)).body["booking"]["id"]
    expected = [here[0], here[1], there, here[2]]

    async def pages(**params: str) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            sent = {**params, "limit": "2", **({"cursor": cursor} if cursor else {})}
            body = (await site.get(f"{ME}/bookings", params=sent, token=token)).body
            found += [each["id"] for each in body["items"]]
            cursor = body["next_cursor"]
            if cursor is None:
                return found

    assert await pages() == expected
    assert await pages(business="other") == [there]
    assert await pages(when="past") == []
    site.clock.to(site.world.at(20, day=MONDAY))
    token = (await enter(site))["access_token"]
    assert await pages() == []
    assert await pages(when="past") == expected[::-1]
    for wrong in ("when=never", "limit=0", "limit=201", "cursor=x", "whose=all"):
        assert (await site.get(f"{ME}/bookings?{wrong}", token=token)).status == 422
    assert (await site.get(f"{ME}/bookings?business=none", token=token)).status == 404


async def test_a_member_books_for_a_client_or_for_themselves(site: Site) -> None:
    owner = await enter_as(site, Role.OWNER, 1)
    master = await enter_as(site, Role.MASTER, 2, staff_id=site.world.maria)
    booked = (await site.book(site.world.at(12), owner))["booking"]
    assert (booked["source"], booked["client"]["name"]) == ("admin", "Ольга")
    assert (await site.get(f"{ME}/bookings", token=owner)).body["items"] == []
    # A master sits in a colleague's chair: theirs as a client, not to be seen as a master.
    wish = site.wish(site.world.at(14))
    assert (await site.post(f"{site.business}/bookings", wish, token=master)).status == 403
    own = (await site.book(site.world.at(14), master, as_client=True))["booking"]
    assert own["source"] == "miniapp"
    assert (await site.get(f"/api/v1/bookings/{own['id']}", token=master)).status == 200
    assert (await site.get(f"/api/v1/bookings/{booked['id']}", token=master)).status == 404
    reply = await site.post(
        f"{site.business}/bookings", {**wish, "as_client": True}, token=await site.token()
    )
    assert (reply.status, reply.details) == (422, [("as_client", "not_a_session")])


async def test_vks_signed_phone(site: Site) -> None:
    body = (await site.post(f"{AUTH}/vk", {"launch_params": launches.vk(site.clock.now())})).body
    token = body["access_token"]
    phone = {"business": "okoshko", "phone": "79001234567", "sign": launches.vk_phone_sign("79001234567")}
    for wrong in (
        {"sign": launches.vk_phone_sign("79001234567", 1002)},
        {"phone": "79001234568"},
        {"sign": "x"},
    ):
        assert (await site.post(f"{ME}/phone", {**phone, **wrong}, token=token)).status == 401
    assert (await site.post(f"{ME}/phone", {**phone, "business": "none"}, token=token)).status == 404
    kept = await site.post(f"{ME}/phone", phone, token=token)
    assert (kept.status, kept.body) == (200, {"phone": "+79001234567", "verified": True})
    assert (await site.get(ME, token=token)).body["phone"] == "+79001234567"
    # The form may leave it out, and it is proved on the card.
    made = (await site.book(site.world.at(12), token, client={"name": "Анна"}))["booking"]
    owner = await site.token()
    card = (await site.get(f"/api/v1/bookings/{made['id']}", token=owner)).body["booking"]["client"]
    assert (card["phone"], card["phone_verified"]) == ("+79001234567", True)


async def test_a_phone_typed_beside_a_proved_one(site: Site) -> None:
    token = (await site.post(f"{AUTH}/vk", {"launch_params": launches.vk(site.clock.now())})).body[
        "access_token"
    ]
    typed = {"name": "Анна", "phone": "8 900 123-45-67"}
    made = (await site.book(site.world.at(12), token, client=typed))["booking"]
    owner = await site.token()
    where = f"/api/v1/bookings/{made['id']}"
    assert not (await site.get(where, token=owner)).body["booking"]["client"]["phone_verified"]
    phone = {"business": "okoshko", "phone": "79001234567", "sign": launches.vk_phone_sign("79001234567")}
    assert (await site.post(f"{ME}/phone", phone, token=token)).status == 200
    assert (await site.get(where, token=owner)).body["booking"]["client"]["phone_verified"]


async def test_telegram_signs_no_phones(site: Site) -> None:
    token = (await enter(site))["access_token"]
    phone = {"business": "okoshko", "phone": "79001234567", "sign": launches.vk_phone_sign("79001234567")}
    assert (await site.post(f"{ME}/phone", phone, token=token)).status == 401
