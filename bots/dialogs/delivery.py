"""Delivers an outbox row in any messenger: words, layout, an edit where there is a message to edit, else a
new message; how it went in the outbox's terms.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bots.dialogs.layout import layout
from bots.dialogs.payload import Signer
from bots.dialogs.present import Busy, Edited, NotShown, Presenter
from bots.dialogs.present import Unreachable as CannotReach
from bots.dialogs.screen import Screen
from core.ports.channels import (
    Delivery,
    Failed,
    Gone,
    Rejected,
    RetryAfter,
    SendResult,
    Sent,
    Unreachable,
)
from core.ports.repositories import SentCopy
from locales import texts

#: Words of a message, None when there are none for it.
Notice = Callable[[Delivery], Awaitable[Screen | None]]


async def deliver(delivery: Delivery, presenter: Presenter, *, notice: Notice, signer: Signer) -> SendResult:
    """Deliver once, to the private chat of whom it is for. Raises what the presenter raises for a message
    that the messenger does not take.
    """
    identity, target = delivery.identity, delivery.edit_target
    screen = await notice(delivery)
    if screen is None:
        return Rejected(f"no words for {delivery.message.kind}")
    laid = layout(screen, texts(delivery.locale), presenter.caps, rev=0, signer=signer)
    # A private chat's id is the person's.
    peer = identity.external_id
    try:
        if (
            target is not None
            and target.account_key == identity.account_key
            and await presenter.edit(target.peer_id, target.external_id, laid) is Edited.DONE
        ):
            return Sent(target)
        if delivery.edit_only:
            return Gone()
        message_id = await presenter.send(peer, laid)
    except CannotReach as error:
        return Unreachable(str(error))
    except Busy as error:
        return RetryAfter(error.seconds)
    except NotShown as error:
        return Failed(str(error))
    return Sent(SentCopy(identity.channel, identity.account_key, peer, message_id))
