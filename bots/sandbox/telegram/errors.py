"""Refusals of the Bot API, in the words of the real server."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """``{"ok": false, "error_code": …, "description": …}``, with ``parameters`` where there are any."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad(what: str) -> ApiError:
    """400."""
    return ApiError(400, f"Bad Request: {what}")


def forbidden(what: str) -> ApiError:
    """403."""
    return ApiError(403, f"Forbidden: {what}")


def conflict(what: str) -> ApiError:
    """409."""
    return ApiError(409, f"Conflict: {what}")


def too_many(retry_after: int) -> ApiError:
    """429 with the seconds to wait."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def unauthorized() -> ApiError:
    """401: nobody has this token."""
    return ApiError(401, "Unauthorized")


def not_found() -> ApiError:
    """404: there is no such method."""
    return ApiError(404, "Not Found")


def server_error() -> ApiError:
    """500."""
    return ApiError(500, "Internal Server Error")
