"""The screens of somebody whom a messenger vouches for: nothing is asked twice, own things are own."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from core.domain.visit import VisitItem, to_minutes
from tests.support.sessions import enter
from tests.support.site import Reply, Site
from webapp.miniapp.flow import Flow, read_flow

ROOT = "/b/okoshko"


class Somebody:
    """A person in Telegram with the app open."""

    def __init__(self, site: Site, token: str) -> None:
        self.site = site
        self.headers = {"HX-Request": "true", "Authorization": f"Bearer {token}", "Accept": "text/html"}

    async def get(self, path: str) -> Reply:
        return await self.site.get(f"{ROOT}/{path}", headers=self.headers)

    async def post(self, path: str, flow: Flow, **fields: str) -> Reply:
        return await self.site.call(
            "POST",
            f"{ROOT}/{path}",
            data=urlencode([*flow.pairs(), *fields.items()]),
            headers={**self.headers, "Content-Type": "application/x-www-form-urlencoded"},
        )

    async def hold(self, hour: int) -> tuple[Reply, Flow]:
        """A manicure with Anna; the answer, and the booking in progress that it leads to."""
        start = to_minutes(self.site.world.at(hour))
        flow = Flow(items=(VisitItem(self.site.world.manicure, self.site.world.anna),), start=start)
        reply = await self.post("hold", flow)
        query = reply.headers["HX-Push-Url"].partition("?")[2]
        return reply, read_flow(tuple(pair.split("=", 1)) for pair in query.split("&"))  # type: ignore[misc]


async def somebody(site: Site, number: int = 1001, name: str = "Анна") -> Somebody:
    return Somebody(site, (await enter(site, number, first_name=name))["access_token"])


async def test_a_returning_client_books_with_one_press_more(site: Site) -> None:
    anna = await somebody(site)
    first, flow = await anna.hold(10)
    assert "Как вас записать" in first.text
    assert 'value="Анна"' in first.text
    done = await anna.post("book", flow, name="Анна", phone="89001112233", consent="1")
    assert "Вы записаны" in done.text

    again, flow = await anna.hold(12)
    assert "Проверьте запись" in again.text
    assert "+7 900 111-22-33" in again.text
    assert 'name="consent"' not in again.text
    assert "Вы записаны" in (await anna.post("book", flow)).text
    owner = site.world.owner()
    booked = (await site.core.bookings.list(owner, site.world.id)).items
    assert len({booking.client_id for booking in booked}) == 1
    assert {booking.source for booking in booked} == {"miniapp"}

    mine = await anna.post("mine", Flow())
    assert mine.text.count('class="visit-card"') == 2


async def test_a_form_sent_again_is_the_same_booking(site: Site) -> None:
    anna = await somebody(site)
    _, flow = await anna.hold(10)
    said = {"name": "Анна", "phone": "89001112233", "consent": "1"}
    one = await anna.post("book", flow, **said)
    two = await anna.post("book", flow, **said)
    assert one.headers["HX-Replace-Url"] == two.headers["HX-Replace-Url"]
    assert len((await site.core.bookings.list(site.world.owner(), site.world.id)).items) == 1


async def test_another_ones_visit_is_not_there(site: Site) -> None:
    anna, olga = await somebody(site), await somebody(site, 1002, "Ольга")
    _, flow = await anna.hold(10)
    done = await anna.post("book", flow, name="Анна", phone="89001112233", consent="1")
    visit = done.headers["HX-Replace-Url"].removeprefix(f"{ROOT}/").partition("?")[0]
    assert "Маникюр" in (await anna.get(visit)).text
    assert "Маникюр" not in (await olga.get(visit)).text
    assert "отменена" not in (await olga.post(f"{visit}/cancel", Flow())).text
    assert (await olga.post(f"{visit}/connect", Flow())).status == 404
    assert "visit-card" not in (await olga.post("mine", Flow())).text
    moves = replace(flow, moves=flow.moves, key="")
    assert (await olga.post("move", replace(moves, moves=site.world.anna))).status == 404
