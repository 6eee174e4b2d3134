"""The testers' client: drives whole dialogs over HTTP as a person with a phone would.

    async with SandboxClient("http://127.0.0.1:8080/sandbox") as sandbox:
        client = await sandbox.person("Анна").open("okoshko_demo_bot")
        await client.send("/start")
        await client.press("Записаться")
        assert "Когда удобно" in client.screen.text

Each deed returns when the bot has answered it (see ``answers``); a bot that doesn't is an
:class:`AssertionError`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientTimeout

from bots.sandbox.screen import Bubble, Label, Screen, pick

Json = dict[str, Any]


class SandboxClient:
    """The whole sandbox at ``url`` (the address of its page). Close it, or use it as a context."""

    def __init__(
        self, url: str, *, timeout: float = 10.0, settle: float = 0.12, patience: float = 1.0
    ) -> None:
        """``timeout`` is how long a bot may take to answer; ``settle`` and ``patience`` are explained in
        ``answers``.

        All in seconds of real time.
        """
        self.url = url.rstrip("/")
        self.timeout, self.settle, self.patience = timeout, settle, patience
        self._session: ClientSession | None = None

    @property
    def telegram_url(self) -> str:
        """What a Telegram bot takes for the base address of its Bot API server."""
        return f"{self.url}/telegram"

    @property
    def vk_url(self) -> str:
        """What a VK bot takes for the base address of VK's API."""
        return f"{self.url}/vk"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def person(self, name: str, *, language: str = "ru", phone: str | None = None) -> PersonClient:
        """Somebody by first name (and last name); there from the first chat on, the same one for the same
        name.
        """
        return PersonClient(self, name, language, phone)

    async def add_bot(
        self, token: str, username: str, name: str = "", *, messenger: str = "telegram"
    ) -> None:
        """Registers a bot's account, so that its token works."""
        body = {"token": token, "username": username, "name": name, "messenger": messenger}
        await self.post("bots", body)

    async def now(self) -> datetime:
        """The sandbox's time."""
        return datetime.fromisoformat((await self.get("state"))["clock"]["now"])

    async def advance(self, step: timedelta) -> datetime:
        """Moves the clock forward; returns when those who wait for moments have been told."""
        answer = await self.post("clock", {"seconds": step.total_seconds()})
        return datetime.fromisoformat(answer["clock"]["now"])

    async def move_to(self, moment: datetime) -> datetime:
        """Moves the clock forward to an aware ``moment``."""
        answer = await self.post("clock", {"to": moment.isoformat()})
        return datetime.fromisoformat(answer["clock"]["now"])

    async def fail(self, kind: str, method: str = "", *, count: int = 1, seconds: int = 1) -> None:
        """The next ``count`` calls of ``method`` fail: see ``faults.FaultKind``."""
        await self.post("faults", {"kind": kind, "method": method, "count": count, "seconds": seconds})

    async def calls(self, method: str = "", *, count: int = 100) -> list[Json]:
        """The log of calls, oldest first."""
        found: list[Json] = (await self.get("calls", {"method": method, "count": count}))["calls"]
        return found

    async def get(self, path: str, query: Mapping[str, Any] | None = None, *, seconds: float = 30.0) -> Json:
        return await self._request("GET", path, query=query, seconds=seconds)

    async def post(self, path: str, body: Mapping[str, Any]) -> Json:
        return await self._request("POST", path, body=body)

    async def read(self, path: str) -> bytes:
        async with self._http().get(f"{self.url}/api/{path}") as response:
            response.raise_for_status()
            return await response.read()

    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        seconds: float = 30.0,
    ) -> Json:
        async with self._http().request(
            method,
            f"{self.url}/api/{path}",
            params={name: str(value) for name, value in (query or {}).items()},
            json=body,
            timeout=ClientTimeout(total=seconds),
        ) as response:
            answer: Json = json.loads(await response.text())
        if "error" in answer:
            raise AssertionError(f"the sandbox refused {path}: {answer['error']}")
        return answer

    def _http(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession()
        return self._session


class PersonClient:
    """A person; made in the sandbox when the first chat is opened."""

    def __init__(self, sandbox: SandboxClient, name: str, language: str, phone: str | None) -> None:
        self._sandbox = sandbox
        self._name = name
        self._language = language
        self._phone = phone
        self.id: int | None = None

    async def ensure(self) -> int:
        """The person's id in the messenger."""
        if self.id is None:
            people: list[Json] = (await self._sandbox.get("state"))["people"]
            known = [p for p in people if p["name"] == self._name] or [
                p for p in people if p["first_name"] == self._name
            ]
            if known:
                self.id = int(known[0]["id"])
            else:
                first, _, last = self._name.partition(" ")
                body: Json = {"first_name": first, "last_name": last, "language": self._language}
                if self._phone is not None:
                    body["phone"] = self._phone
                self.id = int((await self._sandbox.post("people", body))["person"]["id"])
        return self.id

    async def open(self, link: str) -> ChatClient:
        """Opens a bot by username, or by a link; a link with a start parameter is started at once."""
        person = await self.ensure()
        opened = await self._sandbox.post("open", {"person": person, "link": link})
        chat = ChatClient(self._sandbox, person, opened["chat"])
        if opened["start"]:
            await chat.start(opened["start"])
        return chat


class ChatClient:
    """A person's chat with a bot: deeds, and what is on the screen after the last of them."""

    def __init__(self, sandbox: SandboxClient, person_id: int, view: Json) -> None:
        self._sandbox = sandbox
        self.person_id = person_id
        self.bot_id = int(view["bot_id"])
        self._view = view
        self._presses: list[Json] = []
        self.followed = ""

    # What is seen

    @property
    def screen(self) -> Screen:
        """The last message with buttons (or with a panel in place of the keyboard), and the last toast."""
        return Screen.of(self._view, self._presses)

    @property
    def history(self) -> list[Bubble]:
        """All messages, oldest first."""
        return [Bubble.of(message) for message in self._view["messages"]]

    @property
    def commands(self) -> list[str]:
        """What «/» offers."""
        return [item["command"] for item in self._view["commands"]]

    @property
    def blocked(self) -> bool:
        return bool(self._view["blocked"])

    async def refresh(self) -> Screen:
        """Looks again: for what came by itself."""
        self._view = (await self._sandbox.get(self._path()))["chat"]
        return self.screen

    async def wait_for(
        self,
        *words: str,
        button: str = "",
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Bubble:
        """Waits for a message of the bot with all of ``words``, and with such a ``button``; the newest one.

        Raises :class:`AssertionError`.
        """
        left = self._sandbox.timeout if timeout is None else timeout
        while True:
            shown = await self._sandbox.get(self._path())
            self._view = shown["chat"]
            for bubble in reversed(self.history):
                if (
                    bubble.author == "bot"
                    and bubble.says(*words)
                    and (not button or button in bubble.buttons)
                ):
                    return bubble
            query = {"since": shown["revision"], "timeout": left, "settle": 0}
            waited = await self._sandbox.get(f"{self._path()}/answer", query, seconds=left + 30)
            if waited["timed_out"]:
                wanted = ", ".join(f"«{word}»" for word in words)
                raise AssertionError(f"no message with {wanted} within {left:g} s.\n{self.screen.describe()}")

    # What is done

    async def start(self, parameter: str = "") -> Screen:
        """The «Start» button, with a deep link's parameter."""
        return await self._do("start", {"parameter": parameter})

    async def send(self, text: str, *, wait: bool = True) -> Screen:
        return await self._do("send", {"text": text}, wait=wait)

    async def press(
        self, label: str, *, on: Bubble | None = None, times: int = 1, wait: bool = True
    ) -> Screen:
        """Presses the button whose label is, begins with, or contains ``label``: on the screen, or under
        ``on``.

        ``times`` presses in one go are a nervous finger. A button that only the phone follows (a link, a Mini
        App) leaves its address in ``followed``. Raises :class:`AssertionError` that lists what there is to
        press.
        """
        await self._sync(on)
        screen = self.screen
        rows = on.rows if on is not None else screen.rows
        message_id = on.id if on is not None else screen.message_id
        if found := pick(rows, label):
            return await self._press_inline(message_id, *found, times=times, wait=wait)
        if on is None and (found := pick(screen.panel, label)):
            row, column, _ = found
            return await self._do("panel", {"row": row, "column": column}, wait=wait)
        where = "under that message" if on is not None else "on the screen"
        raise AssertionError(f"no button «{label}» {where}.\n{screen.describe()}")

    async def choose(self, label: str) -> Screen:
        """Presses the button, leafing through the pages of the list («›») until it is there."""
        await self._sync(None)
        first = self.screen.rows
        while not self.screen.has(label) and self.screen.has("›"):
            await self.press("›")
            if self.screen.rows == first:
                break
        return await self.press(label)

    async def press_data(
        self, data: str, *, message_id: int | None = None, times: int = 1, wait: bool = True
    ) -> Screen:
        """A press with raw callback data: forged, foreign, or of a button that is no more."""
        target = message_id or self.screen.message_id or 1
        return await self._do("press", {"message_id": target, "data": data, "times": times}, wait=wait)

    async def share_contact(
        self, *, phone: str | None = None, first_name: str = "", user_id: int | None = None, wait: bool = True
    ) -> Screen:
        """The person's own contact; with ``phone`` somebody else's, of ``user_id`` or of nobody in the
        messenger.
        """
        body: Json = {} if phone is None else {"phone": phone, "first_name": first_name, "user_id": user_id}
        return await self._do("contact", body, wait=wait)

    async def give_phone(self, *, wait: bool = True) -> Screen:
        """One's own number, as the messenger has it: the contact where a button asks for it, else typed."""
        await self._sync(None)
        if any(button.kind == "contact" for row in self.screen.panel for button in row):
            return await self.share_contact(wait=wait)
        people: list[Json] = (await self._sandbox.get("state"))["people"]
        phone = next(person["phone"] for person in people if person["id"] == self.person_id)
        return await self.send(phone, wait=wait)

    async def send_sticker(self, emoji: str = "😀", *, wait: bool = True) -> Screen:
        return await self._do("sticker", {"emoji": emoji}, wait=wait)

    async def send_photo(self, caption: str = "", *, wait: bool = True) -> Screen:
        return await self._do("photo", {"caption": caption}, wait=wait)

    async def send_voice(self, seconds: int = 3, *, wait: bool = True) -> Screen:
        return await self._do("voice", {"seconds": seconds}, wait=wait)

    async def send_location(self, latitude: float, longitude: float, *, wait: bool = True) -> Screen:
        return await self._do("location", {"latitude": latitude, "longitude": longitude}, wait=wait)

    async def block(self) -> Screen:
        return await self._do("block", {}, wait=False)

    async def unblock(self) -> Screen:
        return await self._do("unblock", {}, wait=False)

    async def delete(self, bubble: Bubble | None = None) -> Screen:
        """Deletes a message (the screen's by default) for both sides: the bot can edit it no more."""
        target = bubble.id if bubble is not None else self.screen.message_id
        return await self._do("delete_message", {"message_id": target}, wait=False)

    async def delete_chat(self) -> Screen:
        return await self._do("delete_chat", {}, wait=False)

    async def download(self, name: str = "") -> bytes:
        """The newest file whose name contains ``name``."""
        for bubble in reversed(self.history):
            if bubble.file_id and name in bubble.file_name:
                return await self._sandbox.read(f"files/{bubble.file_id}")
        raise AssertionError(f"no file «{name}» in the chat.\n{self.screen.describe()}")

    async def _press_inline(
        self, message_id: int, row: int, column: int, button: Label, *, times: int, wait: bool
    ) -> Screen:
        if button.kind in {"url", "copy"}:
            self.followed = button.value
            return self.screen
        if button.kind == "web_app":
            answer = await self._sandbox.post(f"{self._path()}/app", {"url": button.value})
            self.followed = answer["url"]
            return self.screen
        body = {"message_id": message_id, "row": row, "column": column, "times": times}
        return await self._do("press", body, wait=wait)

    async def _sync(self, on: Bubble | None) -> None:
        """What a person sees before pressing is what is there now, an old bubble excepted."""
        if on is None:
            self._view = (await self._sandbox.get(self._path()))["chat"]

    async def _do(self, deed: str, body: Json, *, wait: bool = True) -> Screen:
        done = await self._sandbox.post(f"{self._path()}/{deed}", body)
        presses: Sequence[Json] = done.get("presses", ())
        if not wait or (deed in {"press", "panel"} and not presses and not done.get("messages")):
            return await self.refresh()
        sandbox = self._sandbox
        query = {
            "since": done["since"],
            "presses": ",".join(press["id"] for press in presses),
            "timeout": sandbox.timeout,
            "settle": sandbox.settle,
            "patience": sandbox.patience,
        }
        answered = await sandbox.get(f"{self._path()}/answer", query, seconds=sandbox.timeout + 30)
        self._view, self._presses = answered["chat"], answered["presses"]
        if answered["timed_out"]:
            await self._complain(deed, body, answered)
        return self.screen

    async def _complain(self, deed: str, body: Json, answered: Json) -> None:
        open_presses = [press["id"] for press in answered["presses"] if not press["answered"]]
        what = f"left {len(open_presses)} press(es) unanswered" if open_presses else "did not answer"
        calls = [f"  {call['method']} {call['status']}" for call in await self._sandbox.calls(count=6)]
        raise AssertionError(
            f"the bot {what} within {self._sandbox.timeout:g} s: {deed} {body}\n{self.screen.describe()}\n"
            + "\n".join(["last calls:", *calls])
        )

    def _path(self) -> str:
        return f"chats/{self.person_id}/{self.bot_id}"
