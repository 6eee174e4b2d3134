"""A community's connection to VK's API.

One HTTP session serves all communities of a process. The token goes in a header, not in the address as
vkbottle has it, so that no log of addresses knows it.
"""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp import ClientError, ClientTimeout, FormData
from vkbottle import API, VKAPIError
from vkbottle.http import AiohttpClient

from bots.common.wire import loads

API_URL: Final = "https://api.vk.ru"
VERSION: Final = "5.199"

_CONNECT_SECONDS: Final = 10.0

Json = dict[str, Any]


class NoAnswer(Exception):
    """No answer that can be read: the connection broke, or something that is not VK's API spoke.

    The call may have had its effect.
    """


class VkSession(AiohttpClient):
    """The session. ``timeout`` (seconds) is how long a call may take, unless it says otherwise."""

    def __init__(self, api_url: str = API_URL, *, timeout: float = 15.0) -> None:
        super().__init__()
        self.api_url = api_url.rstrip("/")
        self._limits = ClientTimeout(total=timeout, sock_connect=_CONNECT_SECONDS)
        self._over = False

    async def close(self) -> None:
        """Close the connections; calls that come late raise NoAnswer."""
        self._over = True
        await super().close()

    async def read(
        self,
        url: str,
        *,
        method: str = "POST",
        data: Json | FormData | None = None,
        params: Json | None = None,
        headers: dict[str, str] | None = None,
        seconds: float | None = None,
    ) -> Any:
        """The JSON that an address answers. Raises NoAnswer."""
        if self._over:
            # vkbottle would open another session, which nobody closes.
            raise NoAnswer("closed")
        limits = self._limits
        if seconds is not None:
            limits = ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS)
        try:
            async with self.request(
                url,
                method,
                data,  # type: ignore[arg-type]  # aiohttp takes forms too
                params=params,
                headers=headers,
                timeout=limits,
                allow_redirects=False,
            ) as response:
                body = await response.read()
        except TimeoutError:
            raise NoAnswer("timeout") from None
        except (ClientError, OSError) as error:
            raise NoAnswer(type(error).__name__) from None
        try:
            return loads(body)
        except ValueError:
            raise NoAnswer(f"HTTP {response.status} without JSON") from None


class Community(API):
    """A community's own token and number; ``request`` is the one way to VK."""

    def __init__(self, group_id: int, token: str, session: VkSession) -> None:
        super().__init__(token, http_client=session)
        self.group_id = group_id
        self.session = session
        self.API_URL = f"{session.api_url}/method/"

    async def request(self, method: str, data: Json, version: str | None = None) -> Json:
        """The answer with its ``response``. Raises VKAPIError of the answer's code, NoAnswer."""
        body = {name: _field(value) for name, value in data.items() if value is not None}
        body["v"] = version or VERSION
        async with self.token_generator as token:
            answer = await self.session.read(
                self.API_URL + method, data=body, headers={"Authorization": f"Bearer {token}"}
            )
        if isinstance(answer, dict) and isinstance(error := answer.get("error"), dict):
            raise error_of(error.get("error_code"), error.get("error_msg"))
        if not isinstance(answer, dict) or "response" not in answer:
            raise NoAnswer("neither a response nor an error")
        return answer

    def __repr__(self) -> str:
        return f"<community {self.group_id}>"


def make_community(group_id: int, token: str, session: VkSession) -> Community:
    """The community ``group_id`` by its token."""
    return Community(group_id, token, session)


def error_of(code: object, message: object) -> VKAPIError:
    """The exception of an error. What VK repeats of our parameters is left out: people's words are in it."""
    number = code if isinstance(code, int) else 1
    captcha: Json = {"captcha_sid": "", "captcha_img": ""} if number == 14 else {}
    return VKAPIError[number](error_msg=str(message or ""), **captcha)


def code_of(error: VKAPIError) -> int:
    """The number of the error in VK's table."""
    return int(error.code)


def _field(value: object) -> str:
    match value:
        case bool():
            return str(int(value))
        case str():
            return value
        case list() | tuple():
            return ",".join(map(str, value))
        case dict():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case _:
            return str(value)
