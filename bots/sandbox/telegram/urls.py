"""Which addresses Telegram takes in buttons and webhooks."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from bots.sandbox.telegram.errors import bad

_BUTTON_SCHEMES = frozenset({"http", "https", "tg", "ton"})
_WEBHOOK_PORTS = frozenset({80, 88, 443, 8443})


def is_local(host: str) -> bool:
    """A loopback address, by name or number."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def button_url(url: str, *, what: str, local: bool) -> str:
    """A button's address as it will stand. Raises ``ApiError``."""
    text = url.strip()
    parts = _split(text if "://" in text else f"http://{text}")
    scheme = text.split(":", 1)[0].lower() if ":" in text else "http"
    if "://" not in text and scheme not in {"http", text.lower()} and "." not in scheme:
        raise bad(f"{what} '{url}' is invalid: Unsupported URL protocol")
    if parts is None or not parts.hostname:
        raise bad(f"{what} '{url}' is invalid: Wrong HTTP URL")
    if parts.scheme not in _BUTTON_SCHEMES:
        raise bad(f"{what} '{url}' is invalid: Unsupported URL protocol")
    if parts.scheme in {"tg", "ton"}:
        return text
    host = parts.hostname
    if is_local(host):
        if not local:
            raise bad(f"{what} '{url}' is invalid: Wrong HTTP URL")
    elif "." not in host.strip("."):
        raise bad(f"{what} '{url}' is invalid: Wrong HTTP URL")
    return parts.geturl()


def app_url(url: str, *, what: str, local: bool) -> str:
    """A Mini App's address: HTTPS alone, but for a loopback one where ``local``. Raises ``ApiError``."""
    parts = _split(url.strip())
    if parts is None or not parts.hostname or parts.scheme not in {"http", "https"}:
        raise bad(f"{what} '{url}' is invalid: Wrong HTTP URL")
    if parts.scheme != "https" and not (local and is_local(parts.hostname)):
        raise bad(f"{what} '{url}' is invalid: Only HTTPS links are allowed")
    return parts.geturl()


def webhook_url(url: str, *, local: bool) -> str:
    """A webhook's address. Raises ``ApiError``."""
    parts = _split(url.strip())
    if parts is None or not parts.hostname or parts.scheme not in {"http", "https"}:
        raise bad("bad webhook: Failed to resolve host: Name or service not known")
    if local and is_local(parts.hostname):
        return parts.geturl()
    if parts.scheme != "https":
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in _WEBHOOK_PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    return parts.geturl()


def _split(url: str) -> SplitResult | None:
    if any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
