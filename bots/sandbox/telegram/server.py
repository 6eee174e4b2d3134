"""The Bot API over HTTP: ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import BodyPartReader, web

from bots.sandbox.background import running
from bots.sandbox.model import Messenger
from bots.sandbox.telegram.api import Answer, BotApi
from bots.sandbox.telegram.errors import ApiError, bad, not_found, unauthorized
from bots.sandbox.telegram.params import Params, Upload


def add_bot_api(app: web.Application, api: BotApi, prefix: str) -> None:
    """Adds the Bot API under ``prefix`` and the courier of webhooks to ``app``."""

    async def call(request: web.Request) -> web.StreamResponse:
        try:
            params = await read_params(request, api.rules.upload_bytes)
        except ApiError as refused:
            return web.json_response(refused.body(), status=refused.code)
        answer = await api.answer(request.match_info["token"], request.match_info["method"], params)
        return await _reply(request, api, answer)

    async def download(request: web.Request) -> web.Response:
        bot = api.world.bot_by_token(Messenger.TELEGRAM, request.match_info["token"])
        refused = unauthorized() if bot is None else not_found()
        if bot is not None:
            for stored in api.world.state.files.values():
                if (stored.bot_id, stored.path) == (bot.id, request.match_info["path"]):
                    return web.Response(body=stored.content, content_type="application/octet-stream")
        return web.json_response(refused.body(), status=refused.code)

    async def courier(_: web.Application) -> AsyncIterator[None]:
        async with running(api.webhooks.run()):
            yield

    app.router.add_route("*", prefix + "/bot{token:[^/]+}/{method:[^/]*}", call)
    app.router.add_get(prefix + "/file/bot{token:[^/]+}/{path:.+}", download)
    app.cleanup_ctx.append(courier)


async def _reply(request: web.Request, api: BotApi, answer: Answer) -> web.StreamResponse:
    if answer.hang:
        await api.world.closing.wait()
    if answer.drop:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    headers = {}
    if answer.status == 429:
        headers["Retry-After"] = str(answer.body["parameters"]["retry_after"])
    return web.json_response(answer.body, status=answer.status, headers=headers)


async def read_params(request: web.Request, upload_bytes: int) -> Params:
    """The call's parameters from the query and the body, whichever way it is written. Raises ``ApiError``."""
    values: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        body = await request.text()
        try:
            parsed = json.loads(body) if body.strip() else {}
        except ValueError:
            raise bad("can't parse request JSON object") from None
        if not isinstance(parsed, dict):
            raise bad("can't parse request: expected an Object")
        values |= parsed
    elif request.content_type == "application/x-www-form-urlencoded":
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    elif request.content_type == "multipart/form-data":
        size = 0
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                continue
            content = bytes(await part.read(decode=True))
            size += len(content)
            if size > upload_bytes:
                raise ApiError(413, "Request Entity Too Large")
            if part.filename is None:
                values[part.name] = content.decode(errors="replace")
            else:
                mime = part.headers.get("Content-Type", "")
                files[part.name] = Upload(part.filename, mime, content)
    return Params(values, files)
