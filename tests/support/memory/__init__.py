"""The core's ports in memory, for tests of what stands above them: real services with no database.

Transactions are serial and roll back; claims that overlap are refused, as PostgreSQL refuses them. What only
the database can show (races, plans, constraints) is tested on the database.
"""

from __future__ import annotations

from tests.support.memory.holds import MemoryHolds
from tests.support.memory.state import State
from tests.support.memory.unit_of_work import MemoryUnitOfWork, memory

__all__ = ["MemoryHolds", "MemoryUnitOfWork", "State", "memory"]
