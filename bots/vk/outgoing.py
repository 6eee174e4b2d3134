"""One community's way out: paced, repeated where VK stumbled, its troubles told in four words.

Every call of a community goes through here, whether a dialog answers or the outbox delivers, so that they
share the pace. Each call may be repeated: a message by its ``random_id``, the rest by nature.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import FormData
from vkbottle import VKAPIError

from bots.common.pace import Limits, Manner, Pace
from bots.dialogs.present import Busy, NotShown, Unreachable
from bots.vk.api import Community, Json, NoAnswer, code_of, error_of

_log = logging.getLogger(__name__)

#: A community's calls of any kind per second. VK has no other limit for a chat than «flood» (error 9).
LIMITS: Final = Limits(per_second=20, chat_burst=20.0, chat_per_second=20.0, margin=0.05)

#: «Unknown», «internal», «timed out»: VK's own trouble, worth another try at once.
_STUMBLED: Final = frozenset({1, 10, 36})
#: How long (seconds) to be silent after «too many per second», «flood», «method's limit».
_SLOW_DOWN: Final = {6: 1.0, 9: 5.0, 29: 60.0}
#: The person is the trouble: deleted, unknown, has blocked us or never allowed messages.
_NOBODY: Final = frozenset({18, 113, 900, 901, 902, 917, 936})
#: The community is set up wrong: no call will get through until its owner mends that.
_SET_UP_WRONG: Final = frozenset({5, 27, 28, 125, 912})


class Outgoing:
    """``pauses``: seconds between the tries of a call that failed for no fault of its own."""

    def __init__(
        self, community: Community, pace: Pace | None = None, *, pauses: Sequence[float] = (0.3, 1.0)
    ) -> None:
        self.community = community
        self.pace = pace or Pace(LIMITS)
        self._pauses = tuple(pauses)

    async def call(self, method: str, params: Json, *, chat: str, manner: Manner | None = None) -> Any:
        """The response to ``method`` for ``chat``.

        Raises Unreachable, Busy, NotShown, and VKAPIError for the caller to understand.
        """
        manner = manner or Manner()
        pauses = list(self._pauses)
        waited = 0.0
        while True:
            await self.pace.turn(chat, urgency=manner.urgency)
            try:
                return _own((await self.community.request(method, params))["response"])
            except NoAnswer as error:
                trouble = f"{method}: {error}"
            except VKAPIError as error:
                code = code_of(error)
                if seconds := _SLOW_DOWN.get(code):
                    self.pace.refused(chat, seconds, everybody=code == 6)
                    waited += seconds
                    self._tell(logging.INFO, "asked to wait", method, error)
                    if waited > manner.patience:
                        raise Busy(seconds) from None
                    continue
                if code in _NOBODY:
                    raise Unreachable(f"{code}: {error.error_msg}") from None
                trouble = f"{method}: error {code}"
                if code in _SET_UP_WRONG:
                    self._tell(logging.CRITICAL, "the community is set up wrong", method, error)
                    raise NotShown(trouble) from None
                if code not in _STUMBLED:
                    raise
            if not pauses:
                raise NotShown(trouble)
            await asyncio.sleep(pauses.pop(0))

    async def upload(
        self, url: str, *, name: str, media_type: str, content: bytes, field: str = "file"
    ) -> Json:
        """Post a file where VK said to. Raises NotShown."""
        for pause in (*self._pauses, None):
            form = FormData()
            form.add_field(field, content, filename=name, content_type=media_type)
            try:
                answer = await self.community.session.read(url, data=form)
            except NoAnswer as error:
                if pause is None:
                    raise NotShown(f"upload: {error}") from None
                await asyncio.sleep(pause)
            else:
                return answer if isinstance(answer, dict) else {}
        raise AssertionError("unreachable")

    def _tell(self, level: int, words: str, method: str, error: VKAPIError) -> None:
        about = {"group": self.community.group_id, "method": method, "code": code_of(error)}
        _log.log(level, "%s: %s", words, error.error_msg, extra=about)


def _own(response: Any) -> Any:
    """The answer for one peer of a list of one; its own error is raised as the call's."""
    if isinstance(response, list) and len(response) == 1 and isinstance(response[0], dict):
        error = response[0].get("error")
        if isinstance(error, dict):
            raise error_of(error.get("code"), error.get("description"))
    return response


def told(error: Exception) -> str:
    """What is wrong, in a line for the log: no token, nothing that a person wrote."""
    if isinstance(error, VKAPIError):
        return f"error {code_of(error)}: {error.error_msg}"
    return f"{type(error).__name__}: {error}" if isinstance(error, NoAnswer) else type(error).__name__
