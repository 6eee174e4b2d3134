"""The web application on loopback over a small business, for tests that speak HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp.test_utils import TestClient
from multidict import CIMultiDictProxy

from core.domain.actor import SYSTEM, Role
from tests.support.world import Core, Hands, World


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; ``body`` is the JSON, None when there is none."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str
    body: Any

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.body["error"]["code"])

    @property
    def details(self) -> list[tuple[str, str]]:
        """The error's details as (field, issue)."""
        return [(detail["field"], detail["issue"]) for detail in self.body["error"]["details"]]


@dataclass(slots=True)
class Site:
    """An application with its business. Names of its addresses are the API's."""

    core: Core
    world: World
    clock: Hands
    http: TestClient[Any, Any]
    _tokens: dict[tuple[UUID, Role], str] = field(default_factory=dict)

    @property
    def business(self) -> str:
        """The address of the business."""
        return f"/api/v1/businesses/{self.world.id}"

    async def token(self, role: Role = Role.OWNER, world: World | None = None) -> str:
        """A personal token of the business."""
        business_id = (world or self.world).id
        if (business_id, role) not in self._tokens:
            made = await self.core.tokens.create(SYSTEM, business_id, role=role, name=role.value)
            self._tokens[business_id, role] = made
        return self._tokens[business_id, role]

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **how: Any,
    ) -> Reply:
        """One request; ``token`` is its bearer."""
        sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        async with self.http.request(method, path, headers=sent, allow_redirects=False, **how) as response:
            text = await response.text()
            is_json = response.content_type == "application/json"
            return Reply(response.status, response.headers, text, await response.json() if is_json else None)

    async def get(self, path: str, **how: Any) -> Reply:
        """GET."""
        return await self.call("GET", path, **how)

    async def post(self, path: str, json: Any, **how: Any) -> Reply:
        """POST."""
        return await self.call("POST", path, json=json, **how)

    def wish(self, start: datetime, **changes: object) -> dict[str, object]:
        """What is posted to book a manicure with Anna; None takes a field away."""
        wanted: dict[str, object] = {
            "service_id": str(self.world.manicure),
            "staff_id": str(self.world.anna),
            "start_ts": start.isoformat(),
            "client": {"name": "Ольга", "phone": "+7 900 123-45-67"},
            "consent": True,
            **changes,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    async def book(self, start: datetime, token: str | None = None, **changes: object) -> dict[str, Any]:
        """A booking that is made."""
        reply = await self.post(f"{self.business}/bookings", self.wish(start, **changes), token=token)
        assert reply.status == 201, reply.text
        return dict(reply.body)
