"""The Mini App's screens over HTTP: whole pages and fragments, who may frame and post, what is told."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from markupsafe import escape

from core.domain.actor import Actor, ActorKind
from core.domain.client import Channel
from core.domain.visit import VisitItem, to_minutes
from core.ports.repositories import CataloguePart
from tests.support.site import Reply, Site
from tests.support.world import make_business, meet
from webapp.miniapp.flow import Flow, read_id, short

HTML = {"Accept": "text/html"}
HTMX = {"HX-Request": "true", "Okoshko-Visitor": "somebody-with-a-browser", "Accept": "text/html"}
ROOT = "/b/okoshko"


def flow(site: Site, hour: int = 10, **changes: object) -> Flow:
    """A manicure with Anna on Monday."""
    start = to_minutes(site.world.at(hour))
    wanted = {"items": (VisitItem(site.world.manicure, site.world.anna),), "start": start, **changes}
    return Flow(**wanted)  # type: ignore[arg-type]  # names are checked by the dataclass


async def send(site: Site, path: str, pairs: list[tuple[str, str]], **headers: str) -> Reply:
    """A form as htmx posts it."""
    return await site.call(
        "POST",
        f"{ROOT}/{path}",
        data=urlencode(pairs),
        headers={**HTMX, "Content-Type": "application/x-www-form-urlencoded", **headers},
    )


def told_address(reply: Reply) -> str:
    """What the browser shall show as the address."""
    return reply.headers.get("HX-Push-Url") or reply.headers.get("HX-Replace-Url") or ""


def key_of(reply: Reply) -> str:
    """The form's own name."""
    found = re.search(r"[?&]k=([\w-]+)", told_address(reply))
    assert found is not None
    return found[1]


async def booked(site: Site, hour: int = 10, name: str = "Алиса", **headers: str) -> Reply:
    """All the way: hold, summary, book."""
    held = await send(site, "hold", flow(site, hour).pairs(), **headers)
    assert held.status == 200
    form = [*flow(site, hour, key=key_of(held)).pairs(), ("name", name), ("phone", "+7 900 111-22-33")]
    checked = await send(site, "who", form, **headers)
    assert escape(name) in checked.text
    return await send(site, "book", [*form, ("consent", "1")], **headers)


async def test_a_whole_page_to_a_browser_and_a_fragment_to_htmx(site: Site) -> None:
    address = f"{ROOT}/time?{flow(site, start=None).query()}"
    whole, part = await site.get(address, headers=HTML), await site.get(address, headers=HTMX)
    assert whole.text.startswith("<!doctype html>")
    assert part.text.startswith("<title>")
    assert 'id="picker"' in whole.text
    assert 'id="picker"' in part.text
    assert "HX-Request" in whole.headers["Vary"]
    assert part.headers["Cache-Control"] == "no-store"
    # Going back, htmx wants all of it again.
    again = await site.get(address, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert again.text.startswith("<!doctype html>")


async def test_an_address_with_far_too_much_in_it(site: Site) -> None:
    much = "&".join(f"s={number}" for number in range(300))
    for path in ("", "/time", "/mine"):
        assert (await site.get(f"{ROOT}{path}?{much}", headers=HTML)).status == 400
    assert (await send(site, "hold", [("a", "1")] * 500)).status == 400
    assert (await site.call("POST", f"{ROOT}/hold", data=b"s=\xff", headers=HTMX)).status == 400


async def test_only_messengers_may_frame_the_app_and_nobody_the_other_pages(site: Site) -> None:
    app = (await site.get(ROOT, headers=HTML)).headers["Content-Security-Policy"]
    ancestors = re.search(r"frame-ancestors ([^;]+)", app)
    assert ancestors is not None
    assert ancestors[1].split()[0] == "'self'"
    assert {"https://web.telegram.org", "https://vk.com"} <= set(ancestors[1].split())
    assert "'unsafe" not in app
    assert "script-src 'self' https://telegram.org;" in app
    start = (await site.get("/", headers=HTML)).headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in start


@pytest.mark.parametrize("path", ["hold", "who", "book", "move", "mine"])
async def test_another_sites_form_is_refused(site: Site, path: str) -> None:
    """A browser lets a foreign page send a form, but not with our header."""
    reply = await site.call(
        "POST",
        f"{ROOT}/{path}",
        data=urlencode(flow(site, key="abcdefgh").pairs()),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"},
    )
    assert reply.status == 403


async def test_a_start_that_has_gone_is_said_kindly_with_the_nearest(site: Site) -> None:
    await site.book(site.world.at(10))
    reply = await send(site, "hold", flow(site).pairs())
    assert reply.status == 200
    assert "Это окошко только что заняли." in reply.text
    gone = reply.text.split('class="card note gone"')[1].split("</div>")[0]
    near = [int(value) for value in re.findall(r'name="t" value="(\d+)"', gone)]
    wanted = to_minutes(site.world.at(10))
    assert len(near) == 3
    assert all(abs(each - wanted) <= 180 for each in near)
    assert reply.headers["HX-Retarget"] == "#screen"


async def test_held_by_one_gone_for_another_until_it_lapses(site: Site) -> None:
    other = {"Okoshko-Visitor": "another-browser-1"}
    assert "Держим окошко" in (await send(site, "hold", flow(site, 15).pairs())).text
    assert "только что заняли" in (await send(site, "hold", flow(site, 15).pairs(), **other)).text
    # The holder keeps it when the page is reloaded.
    assert "Держим окошко" in (await site.get(f"{ROOT}/held?{flow(site, 15).query()}", headers=HTMX)).text
    # And finds the way back to its form from the calendar.
    again = await site.get(f"{ROOT}/held?{flow(site, 15, start=None).query()}", headers=HTMX)
    assert f"{ROOT}/who?" in again.text
    site.clock.on(minutes=4)
    assert "Держим окошко" in (await send(site, "hold", flow(site, 15).pairs(), **other)).text


async def test_seats_of_a_group_are_held_too(site: Site) -> None:
    other = {"Okoshko-Visitor": "another-browser-1"}
    yoga = flow(site, 15, items=(VisitItem(site.world.yoga),), seats=4)
    assert "Держим окошко" in (await send(site, "hold", yoga.pairs())).text
    one = replace(yoga, seats=1)
    assert "только что заняли" in (await send(site, "hold", one.pairs(), **other)).text
    assert "Держим окошко" in (await site.get(f"{ROOT}/held?{yoga.query()}", headers=HTMX)).text


async def test_the_summary_lists_several_services(site: Site) -> None:
    world = site.world
    items = (VisitItem(world.manicure, world.anna, (world.design,)), VisitItem(world.pedicure))
    several = flow(site, 12, items=items)
    reply = await send(site, "hold", several.pairs())
    address = told_address(reply)
    site.clock.on(minutes=5)
    lapsed = await site.get(address, headers=HTMX)
    assert "Держим окошко" not in lapsed.text
    for page in (reply.text, lapsed.text):
        said = re.sub(
            r"\s+", " ", re.sub(r"<[^>]+>", " ", page.replace("&#160;", " ").replace("\u202f", " "))
        )
        said = said.replace("\u00a0", " ")
        assert "12:00–14:45" in said
        assert "12:00–13:15 Маникюр + Дизайн Анна 1 800 ₽" in said
        assert "13:15–14:45 Педикюр Анна 2 200 ₽" in said
        assert "Всего 2 ч 45 мин 4 000 ₽" in said


async def test_the_branch_is_named_where_there_are_several(site: Site) -> None:
    """Its clock counts, and it is what is booked, though any would have done."""
    core, world = site.core, site.world
    weekly = [{"weekday": day, "start": "10:00", "end": "20:00"} for day in range(6)]
    place = await core.admin.create_part(
        world.owner(),
        world.id,
        CataloguePart.LOCATION,
        {
            "name": "На Баумана",
            "address": "Баумана, 5",
            "timezone": "Asia/Yekaterinburg",
            "weekly": weekly,
        },
    )
    for member in (world.anna, world.maria):
        await core.admin.update_staff(world.owner(), member, {"location_ids": [str(place.id)]})
    anywhere = flow(site, 12, items=(VisitItem(world.manicure),))
    reply = await send(site, "hold", anywhere.pairs())
    assert "На Баумана, Баумана, 5" in reply.text
    assert "14:00–15:00" in reply.text
    site.clock.on(minutes=5)
    assert "14:00–15:00" in (await site.get(told_address(reply), headers=HTMX)).text


async def test_a_visit_is_its_owners(site: Site) -> None:
    reply = await booked(site)
    assert "Вы записаны" in reply.text
    address = told_address(reply).split("?")[0]
    key = re.search(r'"key": "([^"]+)"', reply.headers["HX-Trigger-After-Swap"])
    assert key is not None
    own = await site.get(address, headers={**HTMX, "Okoshko-Visit": key[1]})
    assert "Маникюр" in own.text
    for headers in (HTMX, {**HTMX, "Okoshko-Visit": "okov_x"}, HTML):
        assert "Маникюр" not in (await site.get(address, headers=headers)).text
    # The key of one visit opens no other one of the same card.
    second = await booked(site, 12)
    other = told_address(second).split("?")[0]
    assert "Маникюр" not in (await site.get(other, headers={**HTMX, "Okoshko-Visit": key[1]})).text
    for act in ("cancel",):
        refused = await site.call("POST", f"{other}/{act}", headers={**HTMX, "Okoshko-Visit": key[1]})
        assert "отменена" not in refused.text
    listed = await send(site, "mine", [("keys", f"{key[1]} nonsense")])
    assert listed.text.count('class="visit-card"') == 1


async def test_a_visit_of_another_business_is_not_shown_here(site: Site) -> None:
    await make_business(site.core.uow, slug="other")
    reply = await booked(site)
    key = re.search(r'"key": "([^"]+)"', reply.headers["HX-Trigger-After-Swap"])
    assert key is not None
    address = told_address(reply).replace("/b/okoshko", "/b/other")
    assert "Маникюр" not in (await site.get(address, headers={**HTMX, "Okoshko-Visit": key[1]})).text
    empty = await site.call(
        "POST",
        "/b/other/mine",
        data=urlencode({"keys": key[1]}),
        headers={**HTMX, "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert "visit-card" not in empty.text


async def test_a_visit_of_another_business_is_not_moved_from_here(site: Site) -> None:
    await make_business(site.core.uow, slug="other")
    reply = await booked(site)
    key = re.search(r'"key": "([^"]+)"', reply.headers["HX-Trigger-After-Swap"])
    assert key is not None
    visit = read_id(told_address(reply).partition("?")[0].rpartition("/")[2])
    moves = flow(site, 12, items=(), moves=visit)
    own = {**HTMX, "Okoshko-Visit": key[1], "Content-Type": "application/x-www-form-urlencoded"}
    for path in ("hold", "move"):
        refused = await site.call("POST", f"/b/other/{path}", data=urlencode(moves.pairs()), headers=own)
        assert refused.status == 404, refused.text
    for path in ("time", "move"):
        assert (await site.get(f"/b/other/{path}?{moves.query()}", headers=own)).status == 404
    moved = await site.call("POST", f"{ROOT}/move", data=urlencode(moves.pairs()), headers=own)
    assert moved.status == 200
    assert "12:00" in moved.text


async def test_the_browser_looks_after_a_visit_that_a_messenger_has_taken_over(site: Site) -> None:
    """It stands on the card of whoever opened the link then."""
    reply = await booked(site, 15)
    key = re.search(r'"key": "([^"]+)"', reply.headers["HX-Trigger-After-Swap"])
    assert key is not None
    own = {**HTMX, "Okoshko-Visit": key[1]}
    address = told_address(reply).split("?")[0]
    connect = await site.call("POST", f"{address}/connect", headers=own)
    assert connect.status == 200
    visit = read_id(address.rpartition("/")[2])
    assert visit is not None
    page = Actor(ActorKind.CLIENT, await site.core.bookings.client_of(visit), site.world.id)
    code = await site.core.linking.of_booking(page, visit)
    opened = await site.core.linking.open(code, await meet(site.core, "Алиса", Channel.VK))
    assert opened.client.id != page.id
    assert "Маникюр" in (await site.get(address, headers=own)).text
    assert (await send(site, "mine", [("keys", key[1])])).text.count('class="visit-card"') == 1
    cancelled = await site.call("POST", f"{address}/cancel", headers=own)
    assert "отменена" in cancelled.text


async def test_the_policy_is_told_and_kept(site: Site) -> None:
    reply = await booked(site, 12)
    assert "Перенести или отменить можно до" in reply.text
    address = told_address(reply).split("?")[0]
    key = re.search(r'"key": "([^"]+)"', reply.headers["HX-Trigger-After-Swap"])
    assert key is not None
    own = {**HTMX, "Okoshko-Visit": key[1]}
    site.clock.to(site.world.at(11))
    late = await site.get(address, headers=own)
    assert "Отменить отсюда можно не позже чем за 2" in late.text.replace("\u00a0", " ")
    assert "/cancel" not in late.text
    refused = await site.call("POST", f"{address}/cancel", headers=own)
    assert "не позже" in refused.text
    assert "отменена" not in refused.text

    # The business has something else to offer: then it is not the client who is late.
    visit = read_id(address.rpartition("/")[2])
    assert visit is not None
    await site.core.bookings.offer_times(site.world.owner(), visit, [site.world.at(18)])
    asked = await site.get(address, headers=own)
    assert "/cancel" in asked.text
    assert "Отменить отсюда можно не позже" not in asked.text.replace("\u00a0", " ")
    assert "отменена" in (await site.call("POST", f"{address}/cancel", headers=own)).text


async def test_nearest_starts_come_in_one_request(site: Site) -> None:
    page = await site.get(ROOT, headers=HTML)
    assert page.text.count("/nearest") == 1
    soon = await site.get(f"{ROOT}/nearest", headers=HTMX)
    services = [site.world.manicure, site.world.pedicure, site.world.massage, site.world.yoga]
    for service in services:
        assert f'id="near-{short(service)}"' in soon.text
    assert "сегодня, 10:00" in soon.text


async def test_a_group_shows_its_places(site: Site) -> None:
    yoga = Flow(items=(VisitItem(site.world.yoga),))
    page = await site.get(f"{ROOT}/time?{yoga.query()}", headers=HTML)
    assert "4 места" in page.text
    assert "Сколько вас" in page.text


async def test_a_spoilt_address_leads_back_to_the_services(site: Site) -> None:
    for query in ("", "s=nonsense", "s=AAAAAAAAAAAAAAAAAAAAAA", "d=2026-99-99"):
        reply = await site.get(f"{ROOT}/time?{query}", headers=HTML)
        assert (reply.status, reply.headers["Location"]) == (302, ROOT)
        part = await site.get(f"{ROOT}/time?{query}", headers=HTMX)
        assert part.headers["HX-Redirect"] == ROOT
    assert (await site.get("/b/nobody", headers=HTML)).status == 404


async def test_names_are_text_whatever_they_say(site: Site) -> None:
    reply = await booked(site, 16, name='<script>alert("О")</script>')
    assert "<script>alert" not in reply.text
    assert reply.status == 200


async def test_the_way_in(site: Site) -> None:
    only = await site.get("/app?vk_app_id=1&vk_user_id=2", headers=HTML)
    assert (only.status, only.headers["Location"]) == (302, "/b/okoshko?vk_app_id=1&vk_user_id=2")
    await make_business(site.core.uow, slug="other")
    listed = await site.get("/app", headers=HTML)
    assert listed.status == 200
    assert listed.text.count('class="visit-card row"') == 2
    named = await site.get("/app?tgWebAppStartParam=b_other", headers=HTML)
    assert named.headers["Location"].startswith("/b/other")
    own = await site.get("/app?b=other", headers=HTML)
    assert own.headers["Location"].startswith("/b/other")
    unknown = await site.get("/app?b=nobody", headers=HTML)
    assert unknown.status == 200


async def test_search_engines_read_who_and_where(site: Site) -> None:
    page = await site.get(ROOT, headers=HTML)
    assert '"@type": "LocalBusiness"' in page.text
    assert '<meta name="description"' in page.text
    times = await site.get(f"{ROOT}/time?{flow(site, start=None).query()}", headers=HTML)
    assert '<meta name="robots" content="noindex">' in times.text
