"""The schema's one source: SQLAlchemy Core tables, a module a feature."""

from storage.tables import booking, catalog, claims, messages, people
from storage.tables.base import metadata

__all__ = ["booking", "catalog", "claims", "messages", "metadata", "people"]
