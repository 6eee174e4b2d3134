"""What PostgreSQL's errors mean: the one place where they become the domain's, or another try."""

from __future__ import annotations

from typing import Final

import asyncpg

from core.domain.errors import DomainError, SlotConflict, TryAgain

#: Two did the same at one moment; whoever tries again sees what the other one made.
_MEETING_POINTS: Final = frozenset(
    {
        "uq_bookings_request_key",
        "uq_clients_verified_phone",
        "uq_members_staff_id",
        "uq_identities_channel_account_key_external_id",
    }
)

#: Serialization failure (40001), deadlock (40P01), a lock not had in time (55P03).
_ROLLED_BACK: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)

#: The connection broke, or the server is going down or coming up.
_BROKEN: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    ConnectionError,
)


def is_rolled_back(error: BaseException) -> bool:
    """Nothing was changed, and the whole transaction is worth another try."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return error.constraint_name in _MEETING_POINTS
    return isinstance(error, _ROLLED_BACK)


def is_broken(error: BaseException) -> bool:
    """The connection is lost. What was not committed yet is undone; a commit under way may be done or not."""
    # A value that asyncpg can't send is an InterfaceError too, and a ValueError.
    return isinstance(error, _BROKEN) and not isinstance(error, (asyncpg.QueryCanceledError, ValueError))


def meaning(error: BaseException) -> DomainError | None:
    """What an error of PostgreSQL says to the core: SlotConflict for time that somebody has (23P01), TryAgain
    for a transaction that was rolled back; None for what is no answer but a fault.
    """
    if isinstance(error, asyncpg.ExclusionViolationError):
        return SlotConflict()
    return TryAgain() if is_rolled_back(error) else None
