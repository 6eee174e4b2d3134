"""Gettext catalogues (ru, en) and the one module that reads them.

Texts live in ``locales/<locale>/<area>.po``: one file an area (``dialogs``, ``notices``, ``api`` …), merged
into one catalogue at first use, so no compiled file has to be kept in step. A msgid is a symbolic, dotted
name (``book.choose_day``); words never stand in code. Imports nothing of ours.
"""

from locales.catalogue import DEFAULT_LOCALE, LOCALES, Texts, match_locale, texts

__all__ = ["DEFAULT_LOCALE", "LOCALES", "Texts", "match_locale", "texts"]
