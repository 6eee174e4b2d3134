"""The schema's one source: SQLAlchemy Core tables, a module a feature."""

from storage.tables import booking, catalog, claims, closures, links, messages, people, requests, sign_in
from storage.tables.base import metadata

__all__ = [
    "booking",
    "catalog",
    "claims",
    "closures",
    "links",
    "messages",
    "metadata",
    "people",
    "requests",
    "sign_in",
]
