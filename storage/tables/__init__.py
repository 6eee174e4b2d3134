"""The schema's one source: SQLAlchemy Core tables, a module a feature."""

from storage.tables import booking, catalog, messages, people
from storage.tables.base import metadata

__all__ = ["booking", "catalog", "messages", "metadata", "people"]
