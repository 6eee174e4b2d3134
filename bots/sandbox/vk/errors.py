"""Refusals of VK's API: HTTP 200 and an error in the body (the numbers are those of VK's schema)."""

from __future__ import annotations

from typing import Any


class VkError(Exception):
    """``{"error": {"error_code": …, "error_msg": …}}``."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def body(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """As an answer of its own; ``params`` are repeated as VK does."""
        repeated = [{"key": name, "value": str(value)} for name, value in (params or {}).items()]
        return {
            "error": {"error_code": self.code, "error_msg": self.message, "request_params": repeated},
        }

    def for_peer(self) -> dict[str, Any]:
        """As one peer's part of an answer."""
        return {"code": self.code, "description": self.message}


def unknown_method() -> VkError:
    """There is no such method."""
    return VkError(3, "Unknown method passed")


def unauthorized() -> VkError:
    """Nobody has this token."""
    return VkError(5, "User authorization failed: invalid access_token (4).")


def too_many() -> VkError:
    """More calls than a second takes."""
    return VkError(6, "Too many requests per second")


def internal() -> VkError:
    """VK's own trouble."""
    return VkError(10, "Internal server error")


def bad(what: str) -> VkError:
    """A parameter is missing or can't be."""
    return VkError(100, f"One of the parameters specified was missing or invalid: {what}")


def bad_keyboard(what: str) -> VkError:
    """The keyboard breaks VK's rules."""
    return VkError(911, f"Keyboard format is invalid: {what}")
