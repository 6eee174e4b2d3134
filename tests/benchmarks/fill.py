"""Puts the data set into databases: one for Okoshko with its whole schema, one for the bare parts.

Rows are made by PostgreSQL itself. When there are many, the secondary indexes and constraints are taken down
first and built again over the rows: putting millions of rows one by one into two GiST indexes takes hours,
building the indexes takes minutes.
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from asyncpg import Connection, Record

from deploy.migrate import upgrade
from storage.database import Database
from storage.unit_of_work import PgUnitOfWork
from tests.benchmarks.dataset import BUSINESS, DAYS, LOCATION, SERVICE, Size, catalogue, first_day

_TABLES: Final = ("bookings", "booking_segments", "claims", "booking_timeline")
_MANY: Final = 200_000

# Ten visits to a client.
_STAGE: Final = """
CREATE UNLOGGED TABLE staged AS
SELECT uuidv7() AS id, m.id AS staff_id, m.name AS staff_name, p.day < 0 AS past,
       (timestamp '{first}' + p.day * interval '1 day' + (9 + p.place / 2) * interval '1 hour'
        + (p.place % 2) * interval '15 min') AT TIME ZONE 'Europe/Moscow' AS start_at,
       (row_number() OVER () - 1) / 10 AS client
FROM generate_series(-{past}, {days} - 1) AS p_day (day),
     (SELECT id, name, position FROM staff ORDER BY position LIMIT {masters}) AS m,
     LATERAL (SELECT p_day.day, place FROM generate_series(0, 19) AS place) AS p
ORDER BY p.day, m.position, p.place
"""
_CLIENTS: Final = f"""
CREATE UNLOGGED TABLE staged_clients AS
SELECT number, uuidv7() AS id FROM (SELECT DISTINCT client AS number FROM staged);
INSERT INTO clients (id, business_id, name, phone, locale, created_at)
SELECT id, '{BUSINESS}', 'Client ' || number, '+7910' || lpad(number::text, 7, '0'), 'ru', now()
FROM staged_clients
"""
_FILL: Final = f"""
INSERT INTO bookings (id, business_id, client_id, location_id, status, source, start_at, end_at, zone, total,
                      currency, created_at, updated_at)
SELECT s.id, '{BUSINESS}', c.id, '{LOCATION}', CASE WHEN past THEN 'completed' ELSE 'confirmed' END, 'api',
       start_at, start_at + interval '15 min', 'Europe/Moscow', 150000, 'RUB', now(), now()
FROM staged AS s JOIN staged_clients AS c ON c.number = s.client;
INSERT INTO booking_segments (booking_id, position, service_id, service_title, staff_id, staff_name, start_at,
                              end_at, buffer_before, buffer_after, price)
SELECT id, 0, '{SERVICE}', 'Haircut', staff_id, staff_name, start_at, start_at + interval '15 min', 0, 0, 150000
FROM staged;
INSERT INTO claims (business_id, booking_id, resource_id, lane, lead, start, stop, trail)
SELECT '{BUSINESS}', id, staff_id, 0, minute, minute, minute + 15, minute + 15
FROM staged, LATERAL (SELECT (extract(epoch FROM start_at) / 60)::int AS minute) AS at;
INSERT INTO booking_timeline (booking_id, at, event, actor_kind)
SELECT id, now(), 'create', 'system' FROM staged;
DROP TABLE staged, staged_clients
"""
_CONSTRAINTS: Final = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS down,
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
              pg_get_constraintdef(oid)) AS up
FROM pg_constraint WHERE conrelid = ANY($1::text[]::regclass[]) AND contype IN ('x', 'u')
"""
_INDEXES: Final = """
SELECT format('DROP INDEX %s', indexrelid::regclass) AS down, pg_get_indexdef(indexrelid) AS up
FROM pg_index WHERE indrelid = ANY($1::text[]::regclass[]) AND NOT indisprimary
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_BARE: Final = """
CREATE EXTENSION btree_gist;
CREATE TABLE taken (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, master_id int NOT NULL,
    service_id int NOT NULL DEFAULT 1, client_id bigint NOT NULL DEFAULT 1, during tstzrange NOT NULL,
    status text NOT NULL DEFAULT 'pending', created_at timestamptz NOT NULL DEFAULT now());
INSERT INTO taken (master_id, during, status)
SELECT m, tstzrange(t, t + interval '15 min'), 'confirmed'
FROM generate_series(0, {days} - 1) AS d, generate_series(0, {masters} - 1) AS m, generate_series(0, 19) AS k,
     LATERAL (SELECT (timestamp '{first}' + d * interval '1 day' + (9 + k / 2) * interval '1 hour'
                      + (k % 2) * interval '15 min') AT TIME ZONE 'Europe/Moscow' AS t) AS at
ORDER BY d, m, k;
CREATE INDEX ON taken (master_id, lower(during));
ALTER TABLE taken ADD EXCLUDE USING gist (master_id WITH =, during WITH &&)
    WHERE (status IN ('pending', 'confirmed'))
"""


def database_url(server: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


async def new_database(server: str, name: str) -> str:
    """The address of a new, empty database."""
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return database_url(server, name)


async def make_salon(server: str, name: str, size: Size) -> str:
    """A database of Okoshko's with the salon and its visits; its address."""
    url = await new_database(server, name)
    await asyncio.to_thread(upgrade, url)
    database = await Database.connect(url)
    async with PgUnitOfWork(database).begin() as tx:
        await tx.catalogue.add(catalogue())
    await database.close()
    connection = await asyncpg.connect(url)
    try:
        await _fill(connection, size)
    finally:
        await connection.close()
    return url


async def _fill(connection: Connection[Record], size: Size) -> None:
    # The rows are right by their making: no foreign key has to be looked up for each.
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET maintenance_work_mem = '1GB'")
    taken_down = []
    if size.bookings > _MANY:
        tables = list(_TABLES)
        taken_down = [
            *await connection.fetch(_CONSTRAINTS, tables),
            *await connection.fetch(_INDEXES, tables),
        ]
        for each in taken_down:
            await connection.execute(each["down"])
    await connection.execute(
        _STAGE.format(first=first_day(), past=size.past_days, days=DAYS, masters=size.masters)
    )
    await connection.execute(_CLIENTS)
    await connection.execute(_FILL)
    for each in taken_down:
        await connection.execute(each["up"])
    await connection.execute("RESET session_replication_role")
    await connection.execute("VACUUM (ANALYZE)")
    await connection.execute("CHECKPOINT")


async def make_bare(server: str, name: str, size: Size) -> str:
    """A database with the same visits in the one table that the bare server needs; its address."""
    url = await new_database(server, name)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_BARE.format(first=first_day(), days=DAYS, masters=size.masters))
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return url
