"""A visit as an iCalendar file (RFC 5545), which any calendar takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from core.domain.booking import OCCUPIES, Booking, BookingStatus

PRODUCT: Final = "-//Okoshko//Booking//EN"
_MAX_OCTETS: Final = 75


def calendar_text(booking: Booking, *, now: datetime, summary: str, location: str, url: str = "") -> str:
    """One event in UTC, lines folded at 75 octets and ended by CRLF.

    UID is the booking's, the sequence its version: opening a later file moves or cancels the event that an
    earlier one made.
    """
    return "".join(
        f"{folded}\r\n" for line in _lines(booking, now, summary, location, url) for folded in fold(line)
    )


def _lines(booking: Booking, now: datetime, summary: str, location: str, url: str) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield f"PRODID:{PRODUCT}"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    yield "BEGIN:VEVENT"
    yield f"UID:{booking.id}@okoshko"
    yield f"SEQUENCE:{booking.version}"
    yield f"DTSTAMP:{stamp(now)}"
    yield f"CREATED:{stamp(booking.created_at)}"
    yield f"LAST-MODIFIED:{stamp(booking.updated_at)}"
    yield f"DTSTART:{stamp(booking.start)}"
    yield f"DTEND:{stamp(booking.end)}"
    yield f"SUMMARY:{escape(summary)}"
    if location:
        yield f"LOCATION:{escape(location)}"
    if url:
        yield f"URL:{url}"
    yield f"STATUS:{_status(booking.status)}"
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _status(status: BookingStatus) -> str:
    if status not in OCCUPIES:
        return "CANCELLED"
    return "TENTATIVE" if status in {BookingStatus.PENDING, BookingStatus.DEPOSIT_REQUIRED} else "CONFIRMED"


def stamp(moment: datetime) -> str:
    """An instant in the UTC form of RFC 5545, 3.3.5."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escape(text: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\\", "\\\\")
    return plain.replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> Iterator[str]:
    """Content lines of at most 75 octets (RFC 5545, 3.1); no character is cut in two."""
    piece, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > _MAX_OCTETS:
            yield piece
            piece, octets = " ", 1
        piece += character
        octets += size
    yield piece
