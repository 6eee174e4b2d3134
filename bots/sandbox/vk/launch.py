"""How a Mini App is opened: launch parameters signed with the app's key (VKCOM/vk-apps-launch-params)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import urlencode

from bots.sandbox.model import Bot, Person
from bots.sandbox.vk.rules import MiniApp


def sign(params: dict[str, str], secret: str) -> str:
    """The ``sign`` of launch parameters: those that begin with ``vk_``, sorted."""
    signed = sorted((name, value) for name, value in params.items() if name.startswith("vk_"))
    mac = hmac.new(secret.encode(), urlencode(signed).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def phone_sign(number: int, app: MiniApp, person: Person, phone: str) -> str:
    """What goes along with a number that the person gave the app (dev.vk.com: VKWebAppGetPhoneNumber)."""
    words = f"{number}{app.secret}{person.id}phone_number{phone}"
    return base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()


def launch_params(number: int, app: MiniApp, bot: Bot, person: Person, now: datetime) -> dict[str, str]:
    """What VK opens the app with."""
    params = {
        "vk_access_token_settings": "",
        "vk_app_id": str(number),
        "vk_are_notifications_enabled": "0",
        "vk_group_id": str(bot.id),
        "vk_is_app_user": "1",
        "vk_is_favorite": "0",
        "vk_language": person.language,
        "vk_platform": "mobile_web",
        "vk_ref": "other",
        "vk_ts": str(int(now.timestamp())),
        "vk_user_id": str(person.id),
        "vk_viewer_group_role": "member",
    }
    return params | {"sign": sign(params, app.secret)}


def launch_url(
    number: int,
    app: MiniApp,
    bot: Bot,
    person: Person,
    now: datetime,
    *,
    place: str = "",
    signed: bool = True,
) -> str:
    """The app's address for this person; ``place`` is the part after «#», which is not signed."""
    params = launch_params(number, app, bot, person, now)
    if not signed:
        del params["sign"]
    joined = "&" if "?" in app.url else "?"
    return f"{app.url}{joined}{urlencode(params)}" + (f"#{place}" if place else "")
