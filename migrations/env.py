"""Alembic's entry: runs the revisions on the connection that :mod:`deploy.migrate` has opened."""

from __future__ import annotations

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # What one revision has done stays done when a later one fails.
    transaction_per_migration=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
