"""``Idempotency-Key``: a POST sent again has its effect once and gets the first one's answer, byte for byte.

A key belongs to its caller, the method and the path; what was sent has to be the same, byte for byte too.
Remembered for a day at least. As with Stripe, an answer is kept once the request's work has begun: what was
done, and refusals of the trade (``SLOT_CONFLICT``, ``POLICY_REFUSED``, ``TRANSITION_REFUSED``), which a new
key may overcome. Nothing is kept of a request that was turned away at the door: 400, 401, 403, 404, 413, 429
and 422 for what was sent (``INVALID_INPUT``, ``CONSENT_REQUIRED``); its key may be used again. After a 5xx,
and after ten seconds without an answer, the same request is worked on again. All that a POST does is made
under the request's own id or found done, so that the effect is still one.

``Idempotency-Replayed: true`` marks an answer that was given before. Signing in is left out: a session is for
whoever has asked now.

Answers may carry a visit key or a new token, which we keep nowhere else. So they are kept unreadable without
the key that came with the request, which is not kept at all.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from typing import Final
from uuid import UUID

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.ports.requests import KeyedRequest, StoredAnswer
from core.services.requests import Begun, Done, Requests, Standing
from webapp.access import Caller, caller_of
from webapp.client_address import ADDRESSES
from webapp.errors import Fault, Issue, Refused, refused
from webapp.inputs import MAX_BODY, read_body
from webapp.limits import name_of

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"

#: The id of the request that is being worked on, for what it makes.
REQUEST_UUID: Final = web.RequestKey("request_uuid", UUID)
#: The code of the fault that is about to be answered.
FAULT_CODE: Final = web.RequestKey("fault_code", str)

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_PATHS: Final = "/api/v1/"
_SIGN_IN: Final = "/api/v1/auth/"
#: Nothing of ours has a longer address (characters), and no index takes any length.
_LONGEST_PATH: Final = 300
_NONCE_BYTES: Final = 12
_KEPT_HEADERS: Final = ("Content-Type", "Location")
#: Refusals of what was sent, before anything was looked at.
_AT_THE_DOOR: Final = frozenset({"INVALID_INPUT", "CONSENT_REQUIRED", "IDEMPOTENCY_KEY_REUSED"})
_log = logging.getLogger(__name__)


def given_key(request: web.Request) -> str | None:
    """The key that came with a request. Raises Refused (422) for one that is none."""
    given = request.headers.get(HEADER)
    if given is not None and not _KEY.fullmatch(given):
        raise refused("INVALID_INPUT", Issue(HEADER, "not_a_key"))
    return given


def new_id_of(request: web.Request) -> UUID | None:
    """The id for what this request makes: the same, however often it is worked on; None: any new one."""
    return request.get(REQUEST_UUID)


class Idempotency:
    """Works on a request once. ``secret``: the deployment's."""

    def __init__(self, requests: Requests, secret: bytes) -> None:
        self._requests = requests
        self._secret = secret

    @staticmethod
    def concerns(request: web.Request) -> bool:
        """Whether the request has a key that means something."""
        return (
            request.method == hdrs.METH_POST
            and HEADER in request.headers
            and request.path.startswith(_PATHS)
            and not request.path.startswith(_SIGN_IN)
            and len(request.path) <= _LONGEST_PATH
        )

    async def once(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The answer of ``handler``, which makes one of every fault, or the one that was given before.

        Raises Refused (409, 422), Unauthorized, TryAgain.
        """
        key = given_key(request)
        assert key is not None
        caller = await caller_of(request)
        body = await read_body(request, MAX_BODY)
        asked = self._asked(request, caller, key, body)
        begun = await self._requests.begin(asked)
        if begun is Standing.UNDER_WAY:
            raise Refused(Fault("REQUEST_IN_PROGRESS", headers={hdrs.RETRY_AFTER: "1"}))
        if begun is Standing.ANOTHER:
            raise refused("IDEMPOTENCY_KEY_REUSED", Issue(HEADER, "reused"))
        assert isinstance(begun, Begun | Done)
        seal = hmac.digest(self._secret, b"answer:" + begun.id.bytes + key.encode(), hashlib.sha256)
        if isinstance(begun, Done):
            status, headers, kept = begun.answer
            body = _opened(kept, seal)
            return web.Response(status=status, body=body, headers={**headers, REPLAYED: "true"})
        request[REQUEST_UUID] = begun.id
        response = await handler(request)
        await self._keep(request, begun, response, seal)
        return response

    async def _keep(
        self, request: web.Request, begun: Begun, response: web.StreamResponse, seal: bytes
    ) -> None:
        """What comes of the request is done: trouble with keeping its answer is none of the caller's."""
        try:
            if response.status >= 500:
                await self._requests.release(begun)
            elif _is_kept(response.status, request.get(FAULT_CODE)) and isinstance(response, web.Response):
                body = _sealed(response.body if isinstance(response.body, bytes) else b"", seal)
                headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
                await self._requests.finish(begun, StoredAnswer(response.status, headers, body))
            else:
                await self._requests.drop(begun)
        except Exception:  # noqa: BLE001 - whoever asks again is answered after the lease
            _log.exception("an answer could not be kept")

    def _asked(self, request: web.Request, caller: Caller, key: str, body: bytes) -> KeyedRequest:
        name = name_of(caller) or self._stranger(request, body)
        return KeyedRequest(
            business_id=caller.actor.business_id,
            caller=name,
            operation=f"{request.method} {request.rel_url.raw_path}",
            key_hash=hmac.digest(self._secret, b"key:" + key.encode(), hashlib.sha256),
            fingerprint=hashlib.sha256(request.rel_url.raw_query_string.encode() + b"\n" + body).digest(),
        )

    def _stranger(self, request: web.Request, body: bytes) -> str:
        """Somebody without an account is told from others by the phone they book with; else by their browser,
        or their address.
        """
        mark = _phone(body) or request.headers.get("Okoshko-Visitor")
        mark = mark or request.app[ADDRESSES].of(request)
        # A header may have bytes that are no text.
        said = b"stranger:" + mark.encode(errors="backslashreplace")
        return f"stranger:{hmac.digest(self._secret, said, hashlib.sha256).hex()}"


def _sealed(body: bytes, seal: bytes) -> bytes:
    """``body`` as only :func:`_opened` with the same seal reads it (AES-256-GCM, a nonce before it)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(seal).encrypt(nonce, body, None)


def _opened(kept: bytes, seal: bytes) -> bytes:
    """What was sealed."""
    return AESGCM(seal).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], None)


def _is_kept(status: int, fault: str | None) -> bool:
    if status < 400:
        return True
    return status in {409, 422} and fault is not None and fault not in _AT_THE_DOOR


def _phone(body: bytes) -> str | None:
    """The phone of the client in a booking's form, as it was typed."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    client = content.get("client") if isinstance(content, dict) else None
    phone = client.get("phone") if isinstance(client, dict) else None
    return phone if isinstance(phone, str) else None
