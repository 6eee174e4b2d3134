"""«Повторять» by chat: a visit becomes a series, what is taken is resolved, the rest can be cancelled; and
the messages about several visits at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bots.dialogs.event import RawPress
from bots.dialogs.verb_names import ACCEPT_ONE, CANCEL_SERIES, CONFIRM_SERIES, DECLINE_SERIES, LIST
from core.domain.actor import Actor, ActorKind
from core.domain.booking import OPEN, Booking, BookingStatus
from core.domain.message import MessageKind
from core.domain.visit import to_minutes
from deploy.clock import new_id
from tests.support.dialog import SIGNER, City, Person
from tests.support.world import MONDAY, World
from tests.unit.dialogs.conftest import Hire, book_manicure
from tests.unit.dialogs.test_notices import delivery, plain, told
from tests.unit.dialogs.test_screens import setting

MESSENGERS = pytest.mark.parametrize("messenger", ["telegram", "vk"])
TUESDAY = MONDAY + timedelta(days=1)


def standing(city: City) -> list[Booking]:
    """Open bookings, by start."""
    return sorted((b for b in city.state.bookings.values() if b.status in OPEN), key=lambda b: b.start)


async def to_repeat(city: City, messenger: str = "telegram") -> Person:
    """Somebody with a booking tomorrow at ten, asked how often to repeat it."""
    person = city.person("Ольга", messenger)
    await book_manicure(person)
    await city.deliver()
    await person.command("my")
    await person.presses("Завтра 10:00")
    await person.presses("Повторять")
    return person


@MESSENGERS
async def test_four_taps_make_a_series(city: City, world: World, hire: Hire, messenger: str) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = await to_repeat(city, messenger)
    assert "Первый: завтра, вт 24 ноября, 10:00" in olga.text
    await olga.presses("Каждые 2 недели")
    await olga.presses("3 визита")
    assert "✅ завтра, вт 24 ноября, 10:00 — уже записаны".lower() in olga.text.lower()
    assert "✓ вт 8 декабря, 10:00" in olga.text.lower()
    await olga.presses("Записаться на 2 визита")
    await city.deliver()
    assert "Заявка на 2 визита отправлена" in olga.text
    assert len(standing(city)) == 3
    assert len({booking.series_id for booking in standing(city)}) == 1

    assert "Заявка на 2 визита" in anna.text
    await anna.presses("Подтвердить все")
    await city.deliver()
    assert "Вы записаны на 3 визита ✅" in olga.text, "the first one waited too"
    assert {booking.status for booking in standing(city)} == {BookingStatus.CONFIRMED}
    card = [plain(laid) for laid in anna.chat.messages.values() if "И ещё:" in plain(laid)]
    assert len(card) == 1
    assert "✅ Подтверждено: Анна" in card[0]


async def test_what_is_taken_is_moved_or_left_out_first(city: City, world: World) -> None:
    for weeks in (1, 2):
        taken = world.wish(world.at(10, day=TUESDAY + timedelta(weeks=weeks)))
        await city.core.bookings.create(world.visitor(), taken)
    olga = await to_repeat(city)
    await olga.presses("Каждую неделю")
    await olga.presses("4 визита")
    assert "На 2 визита окошек не нашлось" in olga.text
    assert not [label for label in olga.labels if label.startswith("Записаться")]
    await olga.presses("Решить")
    assert "окошка нет" in olga.text
    await olga.presses(olga.labels[0])
    await olga.presses("Решить")
    await olga.presses("Пропустить этот визит")
    assert "— пропускаем" in olga.text
    await olga.presses("Записаться на 2 визита")
    await city.deliver()
    mine = [booking for booking in standing(city) if booking.series_id]
    assert [booking.local_start.hour for booking in mine] == [10, 11, 10]


async def test_somebody_is_faster_than_the_last_press(city: City, world: World) -> None:
    olga = await to_repeat(city)
    await olga.presses("Каждую неделю")
    await olga.presses("3 визита")
    await city.core.bookings.create(
        world.visitor(), world.wish(world.at(10, day=TUESDAY + timedelta(weeks=1)))
    )
    await olga.presses("Записаться на 2 визита")
    assert "Одно из окошек только что заняли" in olga.text
    assert len([booking for booking in standing(city) if booking.series_id]) == 0
    await olga.presses("Решить")


async def test_once_more_is_an_ordinary_booking(city: City, world: World) -> None:
    olga = await to_repeat(city)
    await olga.presses("Ещё один раз")
    assert "Когда вам удобно?" in olga.text


async def test_one_or_the_rest_is_cancelled(city: City, world: World) -> None:
    olga = await to_repeat(city)
    await olga.presses("Каждую неделю")
    await olga.presses("4 визита")
    await olga.presses("Записаться на 3 визита")
    await city.deliver()
    await olga.presses("Мои записи")
    await olga.presses(olga.labels[1])
    await olga.presses("Отменить")
    await olga.presses("Отменить этот и следующие: 3 визита")
    assert olga.toast == "Отменены 3 визита"
    assert [booking.local_start.date() for booking in standing(city)] == [TUESDAY]
    await olga.presses("Отменить все")
    assert "Отменить этот" not in "".join(olga.labels), "one is left"


async def test_a_foreign_series_does_not_exist(city: City, world: World) -> None:
    await to_repeat(city)
    (booking,) = standing(city)
    stranger = city.person("Чужой")
    await stranger.start()
    for verb in (CANCEL_SERIES, CONFIRM_SERIES, DECLINE_SERIES, LIST, ACCEPT_ONE):
        message_id = next(reversed(stranger.chat.messages))
        await stranger.does(RawPress(SIGNER.verb(verb, booking.id, "1"), message_id))
        assert "возможно, запись не ваша" in (stranger.toast or "")
    assert standing(city) == [booking]


# --- messages


def closed(*visits: Sequence[Any], action: str = "offer_times") -> dict[str, Any]:
    """Parameters of a closed day."""
    return {
        "date": "2026-11-24",
        "event": action,
        "action": "offer" if action == "offer_times" else "cancel",
        "visits": [
            {"booking": str(booking), "start": start, "title": title, "offers": list(offers)}
            for booking, start, title, offers in visits
        ],
    }


async def test_one_visit_of_a_closed_day_has_its_times_and_ways_out() -> None:
    made = await setting("five")
    assert made.booking is not None
    start = to_minutes(made.booking.start)
    params = closed((made.booking.id, start, "Маникюр", [start + 1440, start + 2880]))
    laid = told(
        delivery(made, MessageKind.DAY_CLOSED, booking=made.booking, reason="Ремонт", **params),
        made.city.clock.now(),
    )
    assert "К сожалению, принять вас завтра, вт 24 ноября не получится" in plain(laid)
    assert "Ремонт" in plain(laid)
    assert [len(row) for row in laid.rows] == [1, 1, 2]
    assert [button.label for button in laid.rows[-1]] == ["Своё время", "Отменить"]


async def test_several_visits_share_one_message() -> None:
    made = await setting("five")
    assert made.booking is not None
    start = to_minutes(made.booking.start)
    visits = [
        (new_id(), start + 60 * n, f"Услуга {n}", [start + 1440 + n, start + 2880 + n]) for n in range(2)
    ]
    offered = told(
        delivery(made, MessageKind.DAY_CLOSED, booking=made.booking, **closed(*visits)), made.city.clock.now()
    )
    assert [row[0].label.split(":")[0] for row in offered.rows[:-1]] == [
        "Услуга 0",
        "Услуга 0",
        "Услуга 1",
        "Услуга 1",
    ]
    assert [button.label for button in offered.rows[-1]] == ["Мои записи"]
    gone = closed(*visits, action="cancel")
    cancelled = told(
        delivery(made, MessageKind.DAY_CLOSED, booking=made.booking, **gone), made.city.clock.now()
    )
    assert "2 визита отменены." in plain(cancelled)
    assert [row[0].label for row in cancelled.rows] == ["Услуга 0: другое время", "Услуга 1: другое время"]


async def close(city: City, world: World, **data: object) -> None:
    """The owner closes Tuesday."""
    await city.core.closing.close(world.owner("Вера"), world.id, {"date": str(TUESDAY), **data})
    await city.deliver()


@MESSENGERS
async def test_one_visit_of_a_closed_day_moves_by_a_press(
    city: City, world: World, hire: Hire, messenger: str
) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = city.person("Ольга", messenger)
    await book_manicure(olga)
    await city.deliver()
    await close(city, world, action="offer", reason="Отключат воду")
    assert "принять вас завтра, вт 24 ноября не получится" in olga.text
    assert "Отключат воду" in olga.text
    assert "Клиенты получат сообщение" in anna.text
    await olga.presses(olga.labels[0])
    await city.deliver()
    (moved,) = standing(city)
    assert moved.local_start.date() != TUESDAY
    assert moved.status is BookingStatus.CONFIRMED
    assert "Запись подтверждена ✅" in olga.text


async def test_two_visits_of_a_closed_day_move_one_after_the_other(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    (first,) = standing(city)
    client = Actor(ActorKind.CLIENT, first.client_id, world.id)
    later = world.wish(world.at(15, day=TUESDAY), client=None, consent=False)
    await city.core.bookings.create(client, later)
    await city.deliver()
    before = len(olga.chat.messages)
    await close(city, world, action="offer")
    assert len(olga.chat.messages) == before + 1, "one message, however many visits"
    labels = [label for label in olga.labels if label.startswith("Маникюр")]
    assert len(labels) == len(set(labels)) == 4
    await olga.presses(labels[0])
    await city.deliver()
    await olga.presses(labels[2])
    await city.deliver()
    assert [booking.local_start.date() == TUESDAY for booking in standing(city)] == [False, False]


async def test_a_cancelled_day_leads_to_another_time(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    await close(city, world, action="cancel")
    assert "1 визит отменён." in olga.text
    assert standing(city) == []
    await olga.presses("Другое время")
    assert "Когда вам удобно?" in olga.text
