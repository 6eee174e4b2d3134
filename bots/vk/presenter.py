"""Shows laid screens in VK; see :class:`bots.dialogs.present.Presenter`.

A screen is one message with its keyboard, a file or a place going along as its attachment. Messages are known
by their number in the conversation (``conversation_message_id``), which presses name too.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Final

from vkbottle import VKAPIError

from bots.common.pace import Manner
from bots.dialogs.caps import Caps
from bots.dialogs.layout import Laid
from bots.dialogs.present import Edited, NotShown, Unreachable
from bots.dialogs.screen import File, Place
from bots.vk.abilities import Lately
from bots.vk.api import Json, code_of
from bots.vk.caps import CAPS
from bots.vk.numbers import Numbering
from bots.vk.outgoing import Outgoing, told
from bots.vk.pictures import Pictures
from bots.vk.render import Rendered, Where, carousel, escape, render

_log = logging.getLogger(__name__)

#: Errors of an edit that say that this message can't become the new screen: no such message, not ours to
#: change, too late, too big, of a kind that can't be changed.
_GONE: Final = frozenset({15, 100, 909, 910, 920})
_BAD_KEYBOARD: Final = 911


class VkPresenter:
    """For one event or one outgoing message: ``number`` gives its messages their ``random_id``.

    ``pictures``: for cards, None without. ``carousels``: the newest message of each chat that shows such,
    which is replaced rather than edited.
    """

    def __init__(
        self,
        outgoing: Outgoing,
        where: Where,
        *,
        number: Numbering,
        manner: Manner | None = None,
        pictures: Pictures | None = None,
        carousels: Lately[str] | None = None,
    ) -> None:
        self._outgoing = outgoing
        self._where = where
        self._number = number
        self._manner = manner or Manner()
        self._pictures = pictures
        self._carousels = carousels if carousels is not None else Lately[str]()
        self._sent = 0

    @property
    def caps(self) -> Caps:
        """VK's limits."""
        return CAPS

    async def send(self, peer: str, laid: Laid) -> str:
        """Send as a new message; its number in the conversation. Raises Unreachable, NotShown, and VKAPIError
        for a screen that VK does not take.
        """
        extra: Json = {}
        if laid.file is not None:
            extra["attachment"] = await self._uploaded(peer, laid.file)
        if laid.place is not None:
            extra |= {"lat": laid.place.latitude, "long": laid.place.longitude}
        if not extra and (template := self._template(peer, laid)) is not None:
            return await self._send_carousel(peer, laid, template)
        try:
            return await self._send(peer, self._rendered(laid), extra)
        except VKAPIError as error:
            self._bad_keyboard(laid, error)
            return await self._send(peer, self._rendered(laid, plain=True), extra)

    async def edit(self, peer: str, message_id: str, laid: Laid) -> Edited:
        """Change a message. Raises as :meth:`send` does."""
        if laid.file is not None or laid.place is not None or not self._where.abilities.inline:
            return Edited.GONE
        if self._carousels.get(peer) == message_id or self._template(peer, laid) is not None:
            await self.retire(peer, message_id, reply=False)
            return Edited.GONE
        try:
            try:
                await self._edit(peer, message_id, self._rendered(laid))
            except VKAPIError as error:
                self._bad_keyboard(laid, error)
                await self._edit(peer, message_id, self._rendered(laid, plain=True))
        except VKAPIError as error:
            if code_of(error) in _GONE:
                return Edited.GONE
            raise
        return Edited.DONE

    async def retire(self, peer: str, message_id: str, *, reply: bool) -> None:
        """Delete an outlived screen. Never fails.

        One that is older than a day stays: it can't be changed any more either, and its buttons are answered
        with the fresh screen.
        """
        del reply  # VK has no keyboard that asks for a contact
        params = {"peer_id": peer, "cmids": message_id, "delete_for_all": True}
        try:
            await self._outgoing.call("messages.delete", params, chat=peer, manner=self._manner)
        except (VKAPIError, Unreachable, NotShown) as error:
            _log.debug("screen not retired: %s", told(error))

    # --- calls

    async def _send(self, peer: str, rendered: Rendered, extra: Json) -> str:
        content = json.dumps([rendered.text, rendered.keyboard, extra], ensure_ascii=False)
        params = {
            "peer_ids": peer,
            "random_id": self._number(self._sent, content),
            "message": rendered.text,
            "keyboard": rendered.keyboard,
            "dont_parse_links": True,
            "disable_mentions": True,
        }
        sent = await self._outgoing.call("messages.send", params | extra, chat=peer, manner=self._manner)
        self._sent += 1
        return str(sent[0]["conversation_message_id"])

    def _template(self, peer: str, laid: Laid) -> str | None:
        """The screen as cards, once VK has their pictures."""
        if self._pictures is None or not laid.cards:
            return None
        return carousel(laid, self._where, self._pictures.photos([card.picture for card in laid.cards], peer))

    async def _send_carousel(self, peer: str, laid: Laid, template: str) -> str:
        """Cards, or the list when VK refuses them."""
        rendered = replace(self._rendered(laid), keyboard=None)
        try:
            message_id = await self._send(peer, rendered, {"template": template})
        except VKAPIError as error:
            _log.error("cards were refused: %s", told(error), extra={"group": self._where.group_id})
            return await self._send(peer, self._rendered(laid), {})
        self._carousels.put(peer, message_id)
        return message_id

    async def _edit(self, peer: str, message_id: str, rendered: Rendered) -> None:
        params = {
            "peer_id": peer,
            "conversation_message_id": message_id,
            "message": rendered.text,
            "keyboard": rendered.keyboard,
            "dont_parse_links": True,
            "disable_mentions": True,
        }
        await self._outgoing.call("messages.edit", params, chat=peer, manner=self._manner)

    def _rendered(self, laid: Laid, *, plain: bool = False) -> Rendered:
        rendered = render(laid, self._where, plain=plain)
        return replace(rendered, text=_with_address(rendered.text, laid.place)) if laid.place else rendered

    def _bad_keyboard(self, laid: Laid, error: VKAPIError) -> None:
        """VK refused the keyboard: a fault of ours, or an address that VK doesn't like. Raises ``error`` when
        it is about something else.
        """
        if code_of(error) != _BAD_KEYBOARD:
            raise error
        _log.error(
            "a keyboard was refused and is shown without addresses: %s",
            error.error_msg,
            extra={"group": self._where.group_id, "keyboard": self._rendered(laid).keyboard},
        )

    async def _uploaded(self, peer: str, file: File) -> str | None:
        """The file as VK names attachments; None when the community may keep no files: the words go alone."""
        try:
            server = await self._outgoing.call(
                "docs.getMessagesUploadServer",
                {"type": "doc", "peer_id": peer},
                chat=peer,
                manner=self._manner,
            )
            answer = await self._outgoing.upload(
                str(server["upload_url"]), name=file.name, media_type=file.media_type, content=file.content
            )
            saved = await self._outgoing.call(
                "docs.save",
                {"file": answer.get("file", ""), "title": file.name},
                chat=peer,
                manner=self._manner,
            )
        except VKAPIError as error:
            _log.error("file not uploaded: %s", told(error), extra={"file": file.name})
            return None
        document = saved["doc"]
        return f"doc{document['owner_id']}_{document['id']}"


def _with_address(text: str, place: Place) -> str:
    """A point on VK's map says nothing of what is there."""
    words = [escape(part) for part in (place.title, place.address) if part and part not in text]
    return "\n".join(part for part in (text.strip(), *words) if part)
