"""What all tables share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> Column[Any]:
    """The UUIDv7 primary key; the program gives it, the default is for hands."""
    return Column("id", UUID(as_uuid=True), primary_key=True, server_default=text("uuidv7()"))


def ref(
    name: str, target: str, *, nullable: bool = False, ondelete: str = "RESTRICT", **options: Any
) -> Column[Any]:
    """A reference to the key of another table."""
    return Column(
        name, UUID(as_uuid=True), ForeignKey(f"{target}.id", ondelete=ondelete), nullable=nullable, **options
    )


def tenant() -> Column[Any]:
    """Whose row it is, where :func:`inside` leads there: a key of its own would check the same twice."""
    return Column("business_id", UUID(as_uuid=True), nullable=False)


def within(name: str, *, nullable: bool = False, **options: Any) -> Column[Any]:
    """The key of a row of the same business: goes together with :func:`inside`."""
    return Column(name, UUID(as_uuid=True), nullable=nullable, **options)


def inside(name: str, target: str) -> ForeignKeyConstraint:
    """A reference that can't leave the business, whatever the program does."""
    return ForeignKeyConstraint(
        ["business_id", name], [f"{target}.business_id", f"{target}.id"], ondelete="RESTRICT"
    )


def referred() -> UniqueConstraint:
    """What :func:`inside` refers to."""
    return UniqueConstraint("business_id", "id")


def moment(name: str, *, nullable: bool = False) -> Column[Any]:
    """An instant."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def words(name: str, *, nullable: bool = False) -> Column[Any]:
    """Text; empty unless given, where it may not be null."""
    return Column(name, Text, nullable=nullable, server_default=None if nullable else "")


def minutes(name: str, *, nullable: bool = False, default: int | None = None) -> Column[Any]:
    """Whole minutes."""
    return Column(
        name, SmallInteger, nullable=nullable, server_default=None if default is None else str(default)
    )


def amount(name: str, *, nullable: bool = False) -> Column[Any]:
    """Minor units of a currency."""
    return Column(name, BigInteger, nullable=nullable)


def position() -> Column[Any]:
    """The place in a list, smaller first."""
    return Column("position", SmallInteger, nullable=False, server_default="0")


def document(name: str, default: str = "{}") -> Column[Any]:
    """JSON."""
    return Column(name, JSONB, nullable=False, server_default=text(f"'{default}'::jsonb"))


def one_of(
    column: str, values: type | list[str] | tuple[str, ...], name: str | None = None
) -> CheckConstraint:
    """The column has one of these values."""
    listed = ", ".join(f"'{value}'" for value in values)  # type: ignore[union-attr]
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)
