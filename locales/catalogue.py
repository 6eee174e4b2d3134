"""Reads the catalogues and formats what differs by language: texts, plurals, dates, times, money,
durations.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_skeleton, get_day_names, get_month_names
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision

LOCALES: Final = ("ru", "en")
DEFAULT_LOCALE: Final = "ru"

_FOLDER: Final = Path(__file__).parent
_log = logging.getLogger(__name__)

#: How a day is written. Babel's own skeletons put a comma and a full stop where people write none («ср, 26
#: нояб.»).
_DAY_PATTERNS: Final = {"ru": "EEE d MMMM", "en": "EEE d MMMM"}
_DAY_YEAR_PATTERNS: Final = {"ru": "EEE d MMMM y", "en": "EEE d MMMM y"}
#: Signs that Babel's English doesn't know.
_SIGNS: Final = {"RUB": "₽"}
_SHORT_DAY_PATTERNS: Final = {"ru": "EEE d MMM", "en": "EEE d MMM"}


def match_locale(code: str | None) -> str:
    """The catalogue for a messenger's or browser's language code (``ru-RU``, ``en``, ``uk``); the default
    when none fits.
    """
    base = (code or "").replace("_", "-").split("-")[0].lower()
    if base in LOCALES:
        return base
    return "ru" if base in {"", "be", "uk", "kk", "uz", "ky", "tg", "hy", "az"} else "en"


class Texts:
    """All texts of one language. Cheap to keep; get it from :func:`texts`."""

    def __init__(self, locale: str, catalogue: Catalog) -> None:
        self.locale = locale
        self._babel = Locale.parse(locale)
        self._single: dict[str, str] = {}
        self._plural: dict[str, tuple[str, ...]] = {}
        for message in catalogue:
            if not message.id:
                continue
            if isinstance(message.id, str):
                self._single[message.id] = str(message.string)
            else:
                self._plural[message.id[0]] = tuple(message.string or ())
        self._plural_form = _plural_rule(locale)

    def __contains__(self, msgid: str) -> bool:
        return msgid in self._single or msgid in self._plural

    def ids(self) -> frozenset[str]:
        """Every msgid of this language."""
        return frozenset(self._single) | frozenset(self._plural)

    def t(self, msgid: str, /, **params: object) -> str:
        """The text ``msgid`` with ``{name}`` places filled.

        An id that is missing answers with itself and is logged: a person is never left without an answer
        (that no id is missing is a test's business).
        """
        text = self._single.get(msgid)
        if text is None:
            _log.error("text missing", extra={"msgid": msgid, "locale": self.locale})
            return msgid
        return text.format(**params) if params else text

    def n(self, msgid: str, count: int, /, **params: object) -> str:
        """The plural form of ``msgid`` for ``count``, which fills ``{count}``."""
        forms = self._plural.get(msgid)
        if forms is None:
            return self.t(msgid, count=count, **params)
        return forms[self._plural_form(count)].format(count=count, **params)

    def money(self, minor: int, currency: str) -> str:
        """``minor`` units of an ISO 4217 currency: «1 500 ₽», "£25", kopecks only when there are some."""
        precision = get_currency_precision(currency)
        amount = Decimal(minor).scaleb(-precision)
        pattern = self._babel.currency_formats["standard"].pattern
        if amount == amount.to_integral_value():
            pattern = pattern.replace(".00", "").replace("0.00", "0")
        text = format_currency(amount, currency, format=pattern, locale=self._babel, currency_digits=False)
        return text.replace(currency, _SIGNS.get(currency, currency))

    def number(self, value: int | Decimal) -> str:
        """A number with the language's separators."""
        return format_decimal(value, locale=self._babel)

    def day(self, day: date, today: date | None = None) -> str:
        """«ср 26 ноября»; with ``today`` near days are named too: «завтра, ср 26 ноября»."""
        patterns = _DAY_PATTERNS if today is None or day.year == today.year else _DAY_YEAR_PATTERNS
        text = format_date(day, patterns[self.locale], locale=self._babel)
        if today is not None and (name := _near(day, today)):
            return f"{self.t(name)}, {text}"
        return text

    def short_day(self, day: date, today: date | None = None) -> str:
        """«сегодня», «завтра», within the week «чт», later «чт 27 нояб»: for buttons."""
        if today is not None:
            ahead = (day - today).days
            if ahead in (0, 1) and (name := _near(day, today)):
                return self.t(name)
            if 1 < ahead < 7:
                return format_date(day, "EEE", locale=self._babel)
        return format_date(day, _SHORT_DAY_PATTERNS[self.locale], locale=self._babel).replace(".", "")

    def weekday(self, weekday: int, *, wide: bool = False) -> str:
        """The name of a weekday, 0 = Monday: «пн», or «понедельник» when ``wide``."""
        return str(get_day_names("wide" if wide else "abbreviated", "stand-alone", self._babel)[weekday])

    def month(self, month: int, year: int) -> str:
        """«Ноябрь 2026»."""
        name = str(get_month_names("wide", "stand-alone", self._babel)[month])
        return f"{name[:1].upper()}{name[1:]} {year}"

    def month_short(self, month: int) -> str:
        """«нояб»."""
        return str(get_month_names("abbreviated", "format", self._babel)[month]).rstrip(".")

    def time(self, moment: time | datetime) -> str:
        """«15:00»: the 24-hour clock in both languages, as salons write it."""
        return f"{moment.hour:02}:{moment.minute:02}"

    def minutes(self, minutes: int) -> str:
        """A duration: «60 мин», «2 ч 30 мин» from an hour and a half on."""
        hours, rest = divmod(minutes, 60)
        if minutes <= 90:
            return self.t("unit.minutes", count=minutes)
        if not rest:
            return self.t("unit.hours", count=hours)
        return f"{self.t('unit.hours', count=hours)} {self.t('unit.minutes', count=rest)}"

    def join(self, items: list[str]) -> str:
        """«а, б и в»."""
        return format_list(items, locale=self._babel)

    def month_day(self, day: date) -> str:
        """«26 ноября»."""
        return format_skeleton("MMMMd", datetime.combine(day, time()), locale=self._babel)


def _near(day: date, today: date) -> str | None:
    return {0: "day.today", 1: "day.tomorrow", 2: "day.after_tomorrow"}.get((day - today).days)


def _plural_rule(locale: str) -> Callable[[int], int]:
    """Index of the plural form: the order in which gettext keeps the forms of our two languages."""
    if locale == "ru":

        def russian(n: int) -> int:
            tens, ones = abs(n) % 100, abs(n) % 10
            if ones == 1 and tens != 11:
                return 0
            return 1 if 2 <= ones <= 4 and not 12 <= tens <= 14 else 2

        return russian
    return lambda n: 0 if abs(n) == 1 else 1


@lru_cache(maxsize=len(LOCALES))
def _load(locale: str) -> Texts:
    merged = Catalog(locale=locale)
    for path in sorted((_FOLDER / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id:
                    if message.id in merged:
                        raise ValueError(f"text {message.id!r} stands twice in locales/{locale}")
                    merged[message.id] = message
    return Texts(locale, merged)


@cache
def texts(locale: str) -> Texts:
    """The texts of ``locale`` (any language code; see :func:`match_locale`)."""
    return _load(match_locale(locale))
