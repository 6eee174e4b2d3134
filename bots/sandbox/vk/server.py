"""VK over HTTP: ``/method/<name>``, ``/longpoll/<group>``, ``/upload/docs/<group>``."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web

from bots.sandbox.background import running
from bots.sandbox.vk.api import Answer, VkApi
from bots.sandbox.vk.params import Params


def add_vk_api(app: web.Application, api: VkApi, prefix: str) -> None:
    """Adds VK's API under ``prefix`` and the courier of callbacks to ``app``."""

    async def call(request: web.Request) -> web.StreamResponse:
        values = dict(request.query)
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        token = bearer or values.get("access_token", "")
        base = f"{request.url.origin()}{request.path.rsplit('/method/', 1)[0]}"
        answer = await api.answer(token, request.match_info["method"], Params(values), base)
        return await _reply(request, api, answer)

    async def poll(request: web.Request) -> web.Response:
        query, group_id = request.query, int(request.match_info["group"])
        answer = await api.check(
            group_id,
            query.get("act", ""),
            query.get("key", ""),
            query.get("ts", ""),
            query.get("wait", ""),
        )
        return web.json_response(answer)

    async def upload(request: web.Request) -> web.Response:
        group_id = int(request.match_info["group"])
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file":
                content = bytes(await part.read(decode=True))
                mime = part.headers.get("Content-Type", "application/octet-stream")
                return web.json_response(api.store(group_id, part.filename or "file", mime, content))
        return web.json_response({"error": "no file"})

    async def upload_photo(request: web.Request) -> web.Response:
        group_id = int(request.match_info["group"])
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "photo":
                content = bytes(await part.read(decode=True))
                mime = part.headers.get("Content-Type", "application/octet-stream")
                return web.json_response(api.store_photo(group_id, part.filename or "photo", mime, content))
        return web.json_response({"error": "no photo"})

    async def courier(_: web.Application) -> AsyncIterator[None]:
        async with running(api.callbacks.run()):
            yield

    app.router.add_route("*", prefix + "/method/{method}", call)
    app.router.add_route("*", prefix + r"/longpoll/{group:\d+}", poll)
    app.router.add_post(prefix + r"/upload/docs/{group:\d+}", upload)
    app.router.add_post(prefix + r"/upload/photos/{group:\d+}", upload_photo)
    app.cleanup_ctx.append(courier)


async def _reply(request: web.Request, api: VkApi, answer: Answer) -> web.StreamResponse:
    if answer.hang:
        await api.world.closing.wait()
    if answer.drop:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    return web.json_response(answer.body)
