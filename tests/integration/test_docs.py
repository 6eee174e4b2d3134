"""The API's page: the whole document, in both languages, and nothing that runs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from webapp.docs import pages

Http = TestClient[Any, Any]


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """The pages alone."""
    app = web.Application()
    app.add_routes(pages.routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def page(http: Http, path: str, **query: str) -> str:
    async with http.get(path, params=query) as response:
        assert response.status == 200
        assert "script-src" not in response.headers["Content-Security-Policy"]
        return await response.text()


def addresses() -> list[str]:
    return ["/docs", "/docs/objects", *(f"/docs/{group.slug}" for group in pages.book().groups)]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("address", addresses())
async def test_every_page_in_every_language(http: Http, address: str, language: str) -> None:
    html = await page(http, address, lang=language)
    assert f'<html lang="{language}">' in html
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html), "nothing from elsewhere"
    assert not re.search(r">docs\\.[a-z.]+<", html), "every text is there"
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(set(ids)) == len(ids)


async def test_every_operation_has_its_place(http: Http) -> None:
    overview = await page(http, "/docs")
    for group in pages.book().groups:
        html = await page(http, f"/docs/{group.slug}")
        assert group.operations
        for operation in group.operations:
            assert f'href="/docs/{group.slug}#{operation.id}"' in overview
            assert f'id="{operation.id}"' in html
            assert operation.path in html


async def test_every_object_that_is_named_can_be_looked_up(http: Http) -> None:
    objects = await page(http, "/docs/objects")
    for address in addresses():
        for name in re.findall(r'href="/docs/objects#(\w+)"', await page(http, address)):
            assert f'id="{name}"' in objects


async def test_no_such_page(http: Http) -> None:
    async with http.get("/docs/nowhere") as response:
        assert response.status == 404
