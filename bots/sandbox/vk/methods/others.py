"""``users.get``, ``docs.*`` and ``photos.*``."""

from __future__ import annotations

from typing import Any

from bots.sandbox.vk.call import ApiCall, Handler
from bots.sandbox.vk.errors import bad
from bots.sandbox.vk.objects import document_json, document_number, user_json
from bots.sandbox.world import Unknown


async def get_users(call: ApiCall) -> Any:
    """Those that there are; the others are left out."""
    found = (call.world.state.people.get(number) for number in call.params.integers("user_ids"))
    return [user_json(person) for person in found if person is not None]


async def get_messages_upload_server(call: ApiCall) -> Any:
    call.peer_chat(call.params.needed("peer_id"))
    return {"upload_url": f"{call.base}/upload/docs/{call.bot.id}"}


async def save_document(call: ApiCall) -> Any:
    try:
        stored = call.world.file(call.params.text("file"))
    except Unknown:
        raise bad("file is invalid") from None
    if stored.bot_id != call.bot.id:
        raise bad("file is invalid")
    stored.name = call.params.text("title").strip() or stored.name
    return {"type": "doc", "doc": document_json(stored)}


async def get_photo_upload_server(call: ApiCall) -> Any:
    return {"upload_url": f"{call.base}/upload/photos/{call.bot.id}"}


async def save_photo(call: ApiCall) -> Any:
    """``photo``, ``server`` and ``hash`` as the upload told them."""
    try:
        stored = call.world.file(call.params.text("hash"))
    except Unknown:
        raise bad("photo is invalid") from None
    if stored.bot_id != call.bot.id or not call.params.text("photo") or not call.params.text("server"):
        raise bad("photo is invalid")
    return [{"id": document_number(stored), "owner_id": -call.bot.id, "sizes": [], "text": ""}]


METHODS: dict[str, Handler] = {
    "users.get": get_users,
    "docs.getMessagesUploadServer": get_messages_upload_server,
    "docs.save": save_document,
    "photos.getMessagesUploadServer": get_photo_upload_server,
    "photos.saveMessagesPhoto": save_photo,
}
