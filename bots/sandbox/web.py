"""The sandbox's own HTTP interface, for the page and the testers' client."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bots.sandbox import views
from bots.sandbox.answers import await_answer
from bots.sandbox.deeds import DEEDS
from bots.sandbox.faults import FaultKind
from bots.sandbox.hands import Hands, Refused
from bots.sandbox.model import Chat, Messenger
from bots.sandbox.world import Unknown, World

Json = dict[str, Any]
_LONGEST_STEP = timedelta(days=366)


def reads_errors(handler: Callable[..., Awaitable[web.StreamResponse]]) -> Any:
    """Refusals become ``{"error": …}``: 404 for what there is not, 400 for the rest."""

    async def wrapped(self: SandboxApi, request: web.Request) -> web.StreamResponse:
        try:
            return await handler(self, request)
        except Unknown as unknown:
            return web.json_response({"error": str(unknown)}, status=404)
        except (Refused, ValueError, KeyError, TypeError) as refused:
            return web.json_response({"error": str(refused) or "bad request"}, status=400)

    return wrapped


async def _body(request: web.Request) -> Json:
    text = await request.text()
    body = json.loads(text) if text.strip() else {}
    if not isinstance(body, dict):
        raise TypeError("an object is expected")
    return body


class SandboxApi:
    """Handlers of ``/api/…``."""

    def __init__(self, world: World, hands: Hands, zone: str) -> None:
        self._world = world
        self._hands = hands
        self._clock = world.clock
        self._zone = zone

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/state", self.state),
            web.get("/api/events", self.events),
            web.post("/api/people", self.add_person),
            web.post("/api/bots", self.add_bot),
            web.post("/api/open", self.open_chat),
            web.get("/api/chats/{person}/{bot}", self.show_chat),
            web.get("/api/chats/{person}/{bot}/answer", self.answer),
            web.post("/api/chats/{person}/{bot}/{deed}", self.do),
            web.get("/api/files/{file}", self.download),
            web.get("/api/calls", self.calls),
            web.post("/api/clock", self.move_clock),
            web.post("/api/faults", self.plan_fault),
            web.delete("/api/faults", self.clear_faults),
        ]

    def clock_view(self) -> Json:
        return {
            "now": self._clock.now().isoformat(),
            "offset_seconds": self._clock.offset.total_seconds(),
            "zone": self._zone,
        }

    async def state(self, _: web.Request) -> web.Response:
        """Everything that the page draws at first; the events after ``revision`` tell the rest."""
        state = self._world.state
        return web.json_response(
            {
                "cursor": self._world.cursor,
                "clock": self.clock_view(),
                "people": [views.person_view(person) for person in state.people.values()],
                "bots": [views.bot_view(bot) for bot in state.bots.values()],
                "chats": [self._chat_view(chat) for chat in state.chats.values()],
                "calls": [call.view() for call in self._world.calls.latest()],
            }
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events after ``after`` (or ``Last-Event-ID``); ``reset`` asks to reread the state."""
        after = request.headers.get("Last-Event-ID") or request.query.get("after") or self._world.cursor
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await stream.prepare(request)
        try:
            while not self._world.closing.is_set():
                events = self._world.since(after)
                if events is None:
                    await stream.write(b"event: reset\ndata: {}\n\n")
                    break
                for revision, kind, payload in events:
                    after = self._world.cursor_at(revision)
                    data = json.dumps(payload, ensure_ascii=False, default=str)
                    await stream.write(f"id: {after}\nevent: {kind}\ndata: {data}\n\n".encode())
                if not events and not await self._world.changed.wait(15.0):
                    await stream.write(b": still here\n\n")
        except (ConnectionError, OSError):
            return stream
        return stream

    @reads_errors
    async def add_person(self, request: web.Request) -> web.Response:
        body = await _body(request)
        person = self._world.add_person(
            str(body.get("first_name", "")),
            str(body.get("last_name", "")),
            language=str(body.get("language", "ru"))[:8],
            phone=str(body["phone"])[:20] if "phone" in body else None,
            role=str(body.get("role", ""))[:20],
        )
        return web.json_response({"person": views.person_view(person)}, status=201)

    @reads_errors
    async def add_bot(self, request: web.Request) -> web.Response:
        """A bot that the composition root knows nothing of; its token works from now on."""
        body = await _body(request)
        bot = self._world.add_bot(
            Messenger(body.get("messenger", "telegram")),
            str(body["token"]),
            str(body["username"]),
            str(body.get("name") or body["username"]),
        )
        return web.json_response({"bot": views.bot_view(bot)}, status=201)

    @reads_errors
    async def open_chat(self, request: web.Request) -> web.Response:
        """A link or a username, opened by a person; ``start`` is the link's parameter, not sent yet."""
        body = await _body(request)
        person = self._world.person(int(body["person"]))
        chat, start = self._hands.open(person, str(body["link"]))
        return web.json_response({"chat": self._chat_view(chat), "start": start})

    @reads_errors
    async def show_chat(self, request: web.Request) -> web.Response:
        chat = self._chat(request)
        return web.json_response({"chat": self._chat_view(chat), "revision": self._world.state.revision})

    @reads_errors
    async def do(self, request: web.Request) -> web.Response:
        """A person's deed (see ``deeds``). ``since`` and ``presses`` are what ``answer`` asks for."""
        deed = DEEDS.get(request.match_info["deed"])
        if deed is None:
            raise Unknown(f"no deed {request.match_info['deed']!r}")
        chat, since = self._chat(request), self._world.state.revision
        return web.json_response({"since": since, **deed(self._hands, chat, await _body(request))})

    @reads_errors
    async def answer(self, request: web.Request) -> web.Response:
        """Waits for the bot's answer to a deed and shows the chat."""
        chat, query = self._chat(request), request.query
        ids = [item for item in query.get("presses", "").split(",") if item]
        presses = [press for item in ids if (press := self._world.state.presses.get(item))]
        answered = await await_answer(
            self._world,
            chat,
            int(query.get("since", "0")),
            presses,
            seconds=min(float(query.get("timeout", "10")), 120.0),
            settle=float(query.get("settle", "0.1")),
            patience=float(query.get("patience", "1")),
        )
        return web.json_response(
            {
                "chat": self._chat_view(chat),
                "revision": self._world.state.revision,
                "presses": [views.press_view(press) for press in presses],
                "changed": answered.changed,
                "timed_out": answered.timed_out,
            }
        )

    @reads_errors
    async def download(self, request: web.Request) -> web.Response:
        """A file of a message, as the person's phone saves it."""
        stored = self._world.file(request.match_info["file"])
        inline = stored.mime in {"image/png", "image/jpeg", "image/webp"}
        name = stored.name.encode("ascii", "replace").decode().replace('"', "_").replace("?", "_")
        kind = "inline" if inline else "attachment"
        headers = {
            "Content-Disposition": f'{kind}; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=stored.content, content_type=stored.mime, headers=headers)

    @reads_errors
    async def calls(self, request: web.Request) -> web.Response:
        count = int(request.query.get("count", "100"))
        found = self._world.calls.latest(count, method=request.query.get("method", ""))
        return web.json_response({"calls": [call.view() for call in found]})

    @reads_errors
    async def move_clock(self, request: web.Request) -> web.Response:
        """``{"seconds": n}`` forward, or ``{"to": ISO with offset}``."""
        body = await _body(request)
        step = (
            datetime.fromisoformat(str(body["to"])) - self._clock.now()
            if "to" in body
            else timedelta(seconds=float(body["seconds"]))
        )
        if step > _LONGEST_STEP:
            raise ValueError("a year at once is the most")
        await self._clock.advance(step)
        return web.json_response({"clock": self.clock_view()})

    @reads_errors
    async def plan_fault(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self._world.faults.plan(
            FaultKind(body["kind"]),
            str(body.get("method", "")),
            count=int(body.get("count", 1)),
            seconds=int(body.get("seconds", 1)),
        )
        return web.json_response({"planned": len(self._world.faults.planned)}, status=201)

    async def clear_faults(self, _: web.Request) -> web.Response:
        self._world.faults.clear()
        return web.json_response({"planned": 0})

    def _chat(self, request: web.Request) -> Chat:
        """The chat of the address; opened when the person has not yet."""
        person = self._world.person(int(request.match_info["person"]))
        return self._world.open_chat(person, self._world.bot(request.match_info["bot"]))

    def _chat_view(self, chat: Chat) -> Json:
        bot, person = self._world.state.bots[chat.bot_id], self._world.state.people[chat.person_id]
        return views.chat_view(chat, bot, person, self._clock.now())
