"""Words for what the core refused: one text a code, kinder than the code."""

from __future__ import annotations

from bots.dialogs.screen import Words, t
from core.domain.errors import DomainError, InvalidInput, PolicyRefused, SlotNotOffered


def failure_words(error: DomainError) -> Words:
    """What to tell a person about ``error``.

    Each code, and each issue, rule or reason below it, has its text in the catalogue.
    """
    match error:
        case InvalidInput(field=str(field), issue=issue):
            return t(f"failure.invalid.{field}.{issue}", **_plain(error))
        case PolicyRefused(rule=rule):
            return t(f"failure.policy.{rule}", **_plain(error))
        case SlotNotOffered(reason=reason):
            return t(f"failure.slot.{reason}")
        case _:
            return t(f"failure.{error.code}")


def _plain(error: DomainError) -> dict[str, str | int]:
    return {name: value for name, value in error.params.items() if isinstance(value, str | int)}
