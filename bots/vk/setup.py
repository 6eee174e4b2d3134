"""Makes the community post its events to us: the callback server with its secret, and which events.

Set at the start, and only what is not so already. Registering makes VK ask our address for the confirmation
string at once, so the web application has to be up by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bots.vk.api import VERSION, Community, Json
from bots.vk.inbound import EVENTS

#: A server's name in the community's settings, at most 14 characters.
_TITLE: Final = "Okoshko"


@dataclass(frozen=True, slots=True)
class Callback:
    """Where VK is to post events, and the secret (up to 50 letters and digits) that it sends along.

    ``confirmation``: what proves the address to be ours; None: VK's API is asked for it.
    """

    url: str
    secret: str
    confirmation: str | None = None


async def post_events_to(community: Community, callback: Callback) -> None:
    """Bring the settings up to date. Raises VKAPIError (the token needs the right «manage»), NoAnswer."""
    group = {"group_id": community.group_id}
    servers = (await community.request("groups.getCallbackServers", dict(group)))["response"]["items"]
    server_id = next((each["id"] for each in servers if each["url"] == callback.url), None)
    wanted: Json = {**group, "url": callback.url, "title": _TITLE, "secret_key": callback.secret}
    known = next((each for each in servers if each["id"] == server_id), None)
    if known is None:
        made = await community.request("groups.addCallbackServer", wanted)
        server_id = made["response"]["server_id"]
    elif known.get("secret_key") != callback.secret or known.get("status") != "ok":
        await community.request("groups.editCallbackServer", {**wanted, "server_id": server_id})
    await community.request(
        "groups.setCallbackSettings",
        {**group, "server_id": server_id, "api_version": VERSION, **dict.fromkeys(EVENTS, True)},
    )


async def confirmation_of(community: Community) -> str:
    """The confirmation string that VK wants at present. Raises VKAPIError, NoAnswer."""
    asked = await community.request("groups.getCallbackConfirmationCode", {"group_id": community.group_id})
    return str(asked["response"]["code"])
