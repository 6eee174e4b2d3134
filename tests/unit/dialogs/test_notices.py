"""Every kind of message, at every stage of a booking, in both messengers and languages."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bots.dialogs.layout import Laid, layout
from bots.dialogs.notices import notice
from core.domain.actor import Role
from core.domain.booking import Booking, BookingStatus
from core.domain.client import Channel, Client, Identity
from core.domain.member import Member
from core.domain.message import MessageKind, OutgoingMessage
from core.domain.visit import to_minutes
from core.ports.channels import Delivery
from deploy.clock import new_id
from locales import LOCALES, texts
from tests.support.dialog import CAPS, SIGNER, check
from tests.unit.dialogs.test_screens import Setting, setting

EVENTS = (
    "create",
    "confirm",
    "decline",
    "cancel",
    "expire",
    "reschedule",
    "offer_times",
    "will_come",
    "complete",
)
KINDS_TOLD = [kind for kind in MessageKind if not kind.value.startswith("staff_") and kind != "card_update"]


def delivery(
    made: Setting,
    about: MessageKind,
    *,
    booking: Booking | None,
    event: str = "create",
    actor: tuple[str, str] = ("client", "Ольга"),
    reason: str = "",
    **extra: object,
) -> Delivery:
    """A message on its way."""
    stored = made.booking
    assert stored is not None
    start = to_minutes(stored.start)
    params: dict[str, object] = {
        "event": event,
        "actor_kind": actor[0],
        "actor_name": actor[1],
        "reason": reason,
        "minutes": 120,
        "start": start,
        "old_start": start - 60,
        "starts": [start + 60, start + 120, start + 180],
        "kind": "reminder",
        **extra,
    }
    client = Client(
        new_id(), stored.business_id, "Ольга", "+79001234567", True, None, "ru", stored.created_at, 4
    )
    return Delivery(
        message=OutgoingMessage(new_id(), stored.business_id, about, "key", stored.created_at, params=params),
        identity=Identity(new_id(), Channel.TELEGRAM, "1", "1", "Ольга", None, "ru", True),
        locale="ru",
        catalogue=made.catalogue,
        booking=booking,
        client=client,
        member=Member(new_id(), stored.business_id, Role.OWNER, "Вера", "ru", None),
    )


def told(item: Delivery, now: datetime) -> Laid:
    """In Russian, for Telegram."""
    screen = notice(item, now)
    assert screen is not None
    return layout(screen, texts("ru"), CAPS["telegram"], rev=0, signer=SIGNER)


def plain(laid: Laid) -> str:
    """Words with ordinary spaces."""
    return laid.plain.replace("\u00a0", " ")


@pytest.mark.parametrize("size", ["five", "long names"])
async def test_every_kind_fits_at_every_stage(size: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    made = await setting(size)
    assert made.booking is not None
    now = made.city.clock.now()
    for kind in MessageKind:
        for status in BookingStatus:
            for event in EVENTS:
                booking = replace(made.booking, status=status, attendance_confirmed_at=now)
                item = delivery(made, kind, booking=booking, event=event, reason="Ы" * 300)
                screen = notice(item, now)
                assert screen is not None
                for caps in CAPS.values():
                    for locale in LOCALES:
                        laid = layout(screen, texts(locale), caps, rev=0, signer=SIGNER)
                        check(laid, caps)
                        assert not laid.actions, "buttons of notices outlive sessions"
    assert [record.getMessage() for record in caplog.records] == []


async def test_every_kind_of_message_that_may_not_get_through_has_a_name() -> None:
    made = await setting("five")
    for kind in KINDS_TOLD:
        item = delivery(made, MessageKind.STAFF_UNREACHABLE, booking=made.booking, kind=kind.value)
        words = plain(told(item, made.city.clock.now()))
        assert "unreachable." not in words
        assert "+7 900 123-45-67" in words


async def test_nothing_is_said_of_a_booking_that_is_not_there() -> None:
    made = await setting("five")
    item = delivery(made, MessageKind.REMINDER, booking=None)
    assert notice(item, made.city.clock.now()) is None


async def test_a_card_says_who_comes_and_hides_the_phone() -> None:
    made = await setting("five")
    item = delivery(made, MessageKind.STAFF_NEW_BOOKING, booking=made.booking)
    words = plain(told(item, made.city.clock.now()))
    assert "Ольга · +7 900 •••-45-67 · было 4 визита" in words
    assert "1234567" not in words.replace(" ", "").replace("-", "")


async def test_who_decided_stands_on_the_card() -> None:
    made = await setting("five")
    assert made.booking is not None
    now = made.city.clock.now()
    said = {
        (BookingStatus.CONFIRMED, "confirm", "member"): "✅ Подтверждено: Анна",
        (BookingStatus.CANCELLED, "decline", "member"): "✖️ Отказано: Анна",
        (BookingStatus.CANCELLED, "cancel", "member"): "✖️ Отменено: Анна",
        (BookingStatus.CANCELLED, "cancel", "client"): "✖️ Отменено клиентом",
        (BookingStatus.PENDING, "offer_times", "member"): "Предложено другое время: Анна",
        (BookingStatus.EXPIRED, "expire", "system"): "Время заявки вышло",
        (BookingStatus.NO_SHOW, "mark_no_show", "member"): "Клиент не пришёл",
    }
    for (status, event, kind), words in said.items():
        item = delivery(
            made,
            MessageKind.CARD_UPDATE,
            booking=replace(made.booking, status=status),
            event=event,
            actor=(kind, "Анна"),
        )
        laid = told(item, now)
        assert words in plain(laid)
        assert bool(laid.rows) == (status in {BookingStatus.CONFIRMED, BookingStatus.PENDING})


@pytest.mark.parametrize(
    ("minutes", "left", "words"),
    [
        (120, timedelta(hours=2), "Через 2 часа, в"),
        (120, timedelta(hours=2, minutes=-10), "Через 2 часа, в"),
        (60, timedelta(hours=1), "Через 1 час, в"),
        (300, timedelta(hours=5), "Через 5 часов, в"),
        (120, timedelta(hours=12), "Ждём вас"),  # moved before the quiet hours
        (1440, timedelta(hours=24), "Ждём вас завтра"),
        (90, timedelta(minutes=90), "Ждём вас"),
    ],
)
async def test_a_reminder_says_how_long_there_is(minutes: int, left: timedelta, words: str) -> None:
    made = await setting("five")
    assert made.booking is not None
    booking = replace(made.booking, status=BookingStatus.CONFIRMED)
    item = delivery(made, MessageKind.REMINDER, booking=booking, minutes=minutes)
    laid = told(item, booking.start - left)
    assert plain(laid).startswith(words)
    assert [button.label for button in laid.rows[0]] == ["Буду"]


async def test_a_reminder_that_was_answered_asks_no_more() -> None:
    made = await setting("five")
    assert made.booking is not None
    booking = replace(
        made.booking, status=BookingStatus.CONFIRMED, attendance_confirmed_at=made.booking.created_at
    )
    laid = told(delivery(made, MessageKind.REMINDER, booking=booking), booking.start - timedelta(hours=2))
    assert "Буду" not in [button.label for row in laid.rows for button in row]


async def test_times_are_the_business_zones() -> None:
    made = await setting("five")
    assert made.booking is not None
    local = made.booking.local_start
    assert local.utcoffset() == timedelta(hours=3)
    words = plain(
        told(delivery(made, MessageKind.BOOKING_CREATED, booking=made.booking), made.city.clock.now())
    )
    assert f"{local:%H:%M}–{made.booking.local_end:%H:%M}" in words


async def test_an_offer_has_a_button_for_each_time_still_ahead() -> None:
    made = await setting("five")
    assert made.booking is not None
    item = delivery(made, MessageKind.OFFER_TIMES, booking=made.booking)
    laid = told(item, made.city.clock.now())
    assert [len(row) for row in laid.rows] == [1, 1, 1, 2]
    later = told(item, made.booking.start + timedelta(minutes=90))
    assert [len(row) for row in later.rows] == [1, 1, 2]


async def test_several_visits_of_a_day_stand_in_one_reminder() -> None:
    made = await setting("five")
    assert made.booking is not None
    first = made.booking
    second = replace(
        first, id=new_id(), start=first.start + timedelta(hours=3), end=first.end + timedelta(hours=3)
    )
    item = delivery(made, MessageKind.REMINDER, booking=first)
    laid = told(replace(item, together=(first, second)), first.start - timedelta(days=1))
    assert "у вас 2 визита" in plain(laid)
    times = [each.local_start.strftime("%H:%M") for each in (first, second)]
    assert [time in plain(laid) for time in times] == [True, True]
    labels = [button.label for row in laid.rows for button in row]
    assert "Мои записи" in labels
    for caps in CAPS.values():
        screen = notice(replace(item, together=(first, second)), first.start - timedelta(days=1))
        assert screen is not None
        check(layout(screen, texts("ru"), caps, rev=0, signer=SIGNER), caps)


async def test_a_card_says_to_call_whom_nobody_can_write_to() -> None:
    made = await setting("five")
    assert made.booking is not None
    item = delivery(made, MessageKind.STAFF_NEW_BOOKING, booking=made.booking)
    now = made.booking.start - timedelta(hours=5)
    assert "позвоните" not in plain(told(item, now))
    words = plain(told(replace(item, client_reachable=False), now))
    assert "Клиенту не написать — позвоните: +7 900 123-45-67" in words
    over = plain(told(replace(item, client_reachable=False), made.booking.end))
    assert "позвоните" not in over
