"""Words for what the core refused: one text a code, kinder than the code."""

from __future__ import annotations

from typing import Final

from bots.dialogs.screen import Words, t
from bots.dialogs.values import Minutes, Value
from core.domain.errors import DomainError, InvalidInput, PolicyRefused, SlotNotOffered, TransitionRefused

#: What people can type wrong in a chat, and has words of its own.
TYPED: Final = frozenset(
    {
        ("phone", "not_a_phone"),
        ("phone", "required"),
        ("name", "empty"),
        ("name", "too_long"),
        ("name", "no_letters"),
        ("comment", "too_long"),
    }
)
POLICIES: Final = frozenset(
    {
        "cancel_too_late",
        "reschedule_too_late",
        "reschedule_too_often",
        "too_many_open",
        "already_over",
        "not_started_yet",
        "last_owner",
        "offer_gone",
    }
)


def failure_words(error: DomainError) -> Words:
    """What to tell a person about ``error``.

    What has no words of its own below its code has the code's.
    """
    match error:
        case InvalidInput(field=str(field), issue=issue) if (field, issue) in TYPED:
            return t(f"failure.invalid.{field}.{issue}", **_plain(error))
        case PolicyRefused(rule=rule) if rule in POLICIES:
            return t(f"failure.policy.{rule}", **_plain(error))
        case TransitionRefused(status=status):
            return t(f"failure.transition.{status}")
        case SlotNotOffered():
            return t("failure.slot_not_offered")
        case _:
            return t(f"failure.{error.code}")


def _plain(error: DomainError) -> dict[str, Value]:
    params: dict[str, Value] = {}
    for name, value in error.params.items():
        if name == "minutes" and isinstance(value, int):
            params[name] = Minutes(value)
        elif isinstance(value, str | int):
            params[name] = value
    return params
