"""Domain errors: a stable code and the parameters that explain it.

The words belong to the catalogues (``error.<code>``), the HTTP status to ``webapp``. Services raise these and
nothing else for what a caller did or met; anything else that escapes is a bug.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from core.domain.recurrence import Occurrence


class DomainError(Exception):
    """Something the caller asked for can't be done.

    ``code`` is stable and public; ``params`` fill the catalogue's text; ``field`` names the input at fault,
    if one is.
    """

    code: ClassVar[str] = "domain_error"

    def __init__(self, field: str | None = None, /, **params: object) -> None:
        super().__init__(self.code, params)
        self.field = field
        self.params: Mapping[str, object] = params


class NotFound(DomainError):
    """No such thing, or none that this actor may know of: both look the same from outside."""

    code = "not_found"


class Forbidden(DomainError):
    """The actor is known and may see the object, but not do this to it."""

    code = "forbidden"


class Unauthorized(DomainError):
    """Nobody known: the token is missing, unknown or revoked."""

    code = "unauthorized"


class InvalidInput(DomainError):
    """A value is not acceptable; ``field`` says which, ``issue`` (a parameter) what is wrong with it."""

    code = "invalid_input"

    def __init__(self, field: str, issue: str, **params: object) -> None:
        super().__init__(field, issue=issue, **params)
        self.issue = issue


class SlotNotOffered(DomainError):
    """The start is not one that the rules offer: outside hours, off the grid, too soon, too far, nobody does
    it.

    ``reason`` is one of :class:`core.domain.visit.Refusal`'s values.
    """

    code = "slot_not_offered"

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(None, reason=reason, **params)
        self.reason = reason


class SlotConflict(DomainError):
    """The start would be offered, but somebody has it: a booking, a session, a hold of another person."""

    code = "slot_conflict"

    def __init__(self, *, start: datetime | None = None, **params: object) -> None:
        super().__init__(None, **params)
        self.start = start


class SeriesConflict(DomainError):
    """Some visits of a series can't be had as asked; nothing was booked.

    ``occurrences`` are all of them, with offers where refused.
    """

    code = "series_conflict"

    def __init__(self, occurrences: Sequence[Occurrence]) -> None:
        super().__init__()
        self.occurrences = tuple(occurrences)


class TransitionRefused(DomainError):
    """The booking's status does not allow this event (any more)."""

    code = "transition_refused"

    def __init__(self, *, status: str, event: str) -> None:
        super().__init__(None, status=status, event=event)
        self.status = status
        self.event = event


class VersionMismatch(DomainError):
    """The booking is not what it was when the decision was made on it: nothing was decided.

    ``version`` is what it is now.
    """

    code = "version_mismatch"

    def __init__(self, *, version: int) -> None:
        super().__init__(None, version=version)
        self.version = version


class PolicyRefused(DomainError):
    """The rules of the business forbid it now: too late to cancel, moved too often, too many open
    bookings.
    """

    code = "policy_refused"

    def __init__(self, rule: str, **params: object) -> None:
        super().__init__(None, rule=rule, **params)
        self.rule = rule


class ConsentRequired(DomainError):
    """Personal data can't be taken without the person's consent (152-FZ)."""

    code = "consent_required"


class InviteInvalid(DomainError):
    """The invite is unknown, used or too old."""

    code = "invite_invalid"


class LinkInvalid(DomainError):
    """The one-time link between messengers is unknown, used or too old."""

    code = "link_invalid"


class TwoPhones(DomainError):
    """Two cards can't be one person's: each has proved a phone of its own."""

    code = "two_phones"


class TryAgain(DomainError):
    """The database asked for another try too many times; nothing was changed."""

    code = "try_again"
