"""A bot's connection to the Bot API.

One HTTP session serves all bots of a process. The token is a part of each address and therefore of what HTTP
errors say: it is masked before anybody sees it.
"""

from __future__ import annotations

import re
from typing import Final, cast

import orjson
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientConnectionError, ClientConnectorError, ClientError, ClientTimeout, FormData

from bots.common.wire import loads
from bots.telegram.calls import LeanMethod

API_URL: Final = "https://api.telegram.org"

_TOKEN: Final = re.compile(r"(\d+):[A-Za-z0-9_-]{20,}")
_JSON: Final = {"Content-Type": "application/json"}
_CONNECT_SECONDS: Final = 10.0


class NeverSent(TelegramNetworkError):
    """There was no connection, so the call can't have had an effect: it is safe to repeat."""


def mask_tokens(text: str) -> str:
    """``text`` with the secret part of bot tokens taken out: «123456:…»."""
    return _TOKEN.sub(r"\1:…", text)


class BotSession(AiohttpSession):
    """The session. ``timeout`` (seconds) is how long a call may take, unless it says otherwise."""

    def __init__(self, api_url: str = API_URL, *, timeout: float = 15.0, connections: int = 100) -> None:
        super().__init__(
            limit=connections,
            api=TelegramAPIServer.from_base(api_url),
            json_loads=loads,
            json_dumps=lambda value: orjson.dumps(value).decode(),
            timeout=timeout,
        )
        self._over = False

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: float | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Call ``method``. Raises ``TelegramAPIError`` of the kind that the answer tells, NeverSent."""
        if self._over:
            # aiogram would open another session, which nobody closes.
            raise NeverSent(method=method, message="closed")
        session = await self.create_session()
        self._over = False  # aiogram closes what there is, even nothing, before it opens the first one
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        limits = ClientTimeout(total=timeout or self.timeout, sock_connect=_CONNECT_SECONDS)
        data: bytes | FormData
        if isinstance(method, LeanMethod):
            data, headers = orjson.dumps(method.body()), _JSON
        else:
            data, headers = self.build_form_data(bot=bot, method=method), None
        try:
            async with session.post(
                url, data=data, headers=headers, timeout=limits, allow_redirects=False
            ) as response:
                content = await response.text()
        except ClientConnectorError as error:
            raise NeverSent(method=method, message=_words(error)) from None
        except (ClientError, TimeoutError, OSError) as error:
            raise TelegramNetworkError(method=method, message=_words(error)) from None
        answer = self.check_response(bot=bot, method=method, status_code=response.status, content=content)
        return cast(TelegramType, answer.result)

    async def close(self) -> None:
        """Close the connections; calls that come late raise NeverSent."""
        self._over = True
        if self._session is not None and not self._session.closed:
            await self._session.close()


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    words = str(error) if isinstance(error, ClientConnectionError | OSError) else ""
    return mask_tokens(f"{type(error).__name__}: {words}".rstrip(": "))


def make_bot(token: str, session: BotSession) -> Bot:
    """The bot of ``token``. Raises ``TokenValidationError``, which does not show it."""
    return Bot(token, session=session)
