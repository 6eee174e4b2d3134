"""New messages with files: sendDocument and sendPhoto, uploaded or by the ``file_id`` of an earlier one."""

from __future__ import annotations

import mimetypes
import struct
from typing import Any

from bots.sandbox.model import Attachment, AttachmentKind, StoredFile
from bots.sandbox.telegram.call import ApiCall, Handler
from bots.sandbox.telegram.errors import ApiError, bad
from bots.sandbox.telegram.methods.sending import deliver
from bots.sandbox.telegram.params import Upload
from bots.sandbox.telegram.texts import formatted
from bots.sandbox.world import Unknown

_PHOTO_SIDES = 10_000
_PHOTO_RATIO = 20


async def send_document(call: ApiCall) -> Any:
    return _send(call, "document", AttachmentKind.DOCUMENT)


async def send_photo(call: ApiCall) -> Any:
    return _send(call, "photo", AttachmentKind.PHOTO)


def _send(call: ApiCall, field: str, kind: AttachmentKind) -> Any:
    chat = call.open_chat()
    caption, spans = formatted(
        call.params.text("caption"),
        call.params.text("parse_mode"),
        call.params.json("caption_entities", "caption_entities"),
        most=call.rules.entities,
        limit=call.rules.caption_units,
        what="message caption",
    )
    upload, known = _source(call, field)
    content = upload.content if upload else known.content if known else b""
    width, height = _photo_size(content) if kind is AttachmentKind.PHOTO else (0, 0)
    stored = known or _store(call, field, upload)
    attachment = Attachment(
        kind,
        file_id=stored.id,
        name=stored.name,
        mime=stored.mime,
        size=len(stored.content),
        width=width,
        height=height,
    )
    return deliver(call, chat, caption, spans, attachment)


def _source(call: ApiCall, field: str) -> tuple[Upload | None, StoredFile | None]:
    """The uploaded part, or the file that an id names. Raises ``ApiError``."""
    given = call.params.text(field).strip()
    name = given.removeprefix("attach://") if given.startswith("attach://") else field
    upload = call.params.files.get(name)
    if upload is not None:
        if not upload.content:
            raise bad("file must be non-empty")
        return upload, None
    if given.startswith("attach://") or not given:
        raise bad(f"there is no {field} in the request")
    try:
        known = call.world.file(given)
    except Unknown:
        raise bad("wrong file identifier/HTTP URL specified") from None
    if known.bot_id != call.bot.id:
        raise bad("wrong file identifier/HTTP URL specified")
    return None, known


def _store(call: ApiCall, field: str, upload: Upload | None) -> StoredFile:
    if upload is None:
        raise bad(f"there is no {field} in the request")
    mime = mimetypes.guess_type(upload.name)[0] or upload.mime or "application/octet-stream"
    return call.world.store_file(call.bot, f"{field}s", upload.name, mime, upload.content)


def _photo_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG. Raises ``ApiError`` for what is no photo, or one of a shape that is
    not taken.
    """
    size = _png_size(content) or _jpeg_size(content)
    if size is None or 0 in size:
        raise ApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")
    if sum(size) > _PHOTO_SIDES or max(size) > _PHOTO_RATIO * min(size):
        raise ApiError(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    return size


def _png_size(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return int(width), int(height)


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Walks the segments to the frame header (ISO/IEC 10918-1, B.2.2)."""
    if not content.startswith(b"\xff\xd8"):
        return None
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return int(width), int(height)
        position += 2 + int(struct.unpack(">H", content[position + 2 : position + 4])[0])
    return None


METHODS: dict[str, Handler] = {"sendDocument": send_document, "sendPhoto": send_photo}
