"""The application with one business, as the API's tests have it."""

from __future__ import annotations

from tests.integration.api.conftest import core, site

__all__ = ["core", "site"]
